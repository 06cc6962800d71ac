// The format: "\x93NUMPY", the version (two bytes), the length of the header (two bytes, little-endian; four
// from version 2 on), the header, which is a Python dictionary in one line, and the numbers.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include "sim/data/npy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <fstream>
#include <initializer_list>
#include <regex>
#include <stdexcept>
#include <utility>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

static_assert(std::endian::native == std::endian::little, "numbers are written as they stand in memory");

constexpr std::string_view magic = "\x93NUMPY";
constexpr std::size_t alignment = 64;  // of the numbers in the file
constexpr std::size_t longest_header = 1 << 16;

std::string shape_text(const std::vector<std::uint64_t>& shape) {
  return fmt::format("({}{})", fmt::join(shape, ", "), shape.size() == 1 ? "," : "");
}

// The dictionary, from a stream that stands at the start.
std::string read_header(std::istream& in, const std::string& place) {
  std::string start(magic.size() + 2, '\0');
  in.read(start.data(), static_cast<std::streamsize>(start.size()));
  if (!in || !start.starts_with(magic))
    throw InputError(place, "is not a .npy file", shown_text(start), "what numpy.save writes");
  const std::size_t bytes = start[magic.size()] == 1 ? 2 : 4;
  std::size_t length = 0;
  for (std::size_t k = 0; k < bytes; ++k) length |= static_cast<std::size_t>(in.get() & 0xff) << (8 * k);
  if (!in || length > longest_header)
    throw InputError(place, "has no header that can be read", "", "what numpy.save writes");
  std::string header(length, '\0');
  in.read(header.data(), static_cast<std::streamsize>(length));
  if (!in) throw InputError(place, "ends within its header", "", "truncated?");
  return header;
}

std::string header_field(const std::string& header, const char* pattern, const std::string& place) {
  std::smatch found;
  if (!std::regex_search(header, found, std::regex(pattern)))
    throw InputError(place, "has no header that can be read", shown_text(header), "what numpy.save writes");
  return found[1];
}

std::vector<std::uint64_t> read_shape(const std::string& text, const std::string& place) {
  std::vector<std::uint64_t> shape;
  const std::regex number("[0-9]+");
  double entries = 1;
  for (auto at = std::sregex_iterator(text.begin(), text.end(), number); at != std::sregex_iterator(); ++at) {
    const std::string digits = at->str();
    if (digits.size() > 15) throw InputError(place, "is too large", shown_text(text));
    shape.push_back(std::stoull(digits));
    entries *= static_cast<double>(shape.back());
  }
  if (entries > 0x1p40) throw InputError(place, "is too large", shown_text(text));
  return shape;
}

// The type, the shape, and a stream that stands at the numbers.
struct OpenNpy {
  std::string place;
  std::ifstream in;
  std::string type;  // as in the header: "<f8"
  std::vector<std::uint64_t> shape;
  std::size_t count = 1;  // numbers
};

// Of one of these types, else `hint`.
OpenNpy open_npy(const std::filesystem::path& file, std::initializer_list<std::string_view> types,
                 const char* hint) {
  OpenNpy npy{.place = file.string(), .in = {}, .type = {}, .shape = {}};
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed))
    throw InputError(npy.place, "cannot be read", "", "no such file, or not a regular one");
  npy.in.open(file, std::ios::binary);
  if (!npy.in) throw InputError(npy.place, "cannot be read", "", "no permission");
  const std::string header = read_header(npy.in, npy.place);
  npy.type = header_field(header, "'descr': *'([^']*)'", npy.place);
  if (std::find(types.begin(), types.end(), npy.type) == types.end())
    throw InputError(npy.place, "holds numbers of another type", shown_text(npy.type), hint);
  if (header_field(header, "'fortran_order': *(True|False)", npy.place) == "True")
    throw InputError(npy.place, "is in Fortran order", "", "numpy.save(file, numpy.ascontiguousarray(x))");
  npy.shape = read_shape(header_field(header, "'shape': *(\\([0-9, ]*\\))", npy.place), npy.place);
  for (const std::uint64_t size : npy.shape) npy.count *= size;
  const auto bytes = static_cast<std::size_t>(npy.type.back() - '0');
  const auto there = std::filesystem::file_size(file) - static_cast<std::uintmax_t>(npy.in.tellg());
  if (there != npy.count * bytes)
    throw InputError(npy.place, fmt::format("does not hold the {} numbers of its shape", npy.count),
                     fmt::format("{} bytes for {}", there, shape_text(npy.shape)), "truncated?");
  return npy;
}

OpenNpy open_floats(const std::filesystem::path& file) {
  return open_npy(file, {"<f4", "<f8"},
                  "float32 or float64, little-endian: numpy.save(file, x.astype('<f8'))");
}

// add(number, place of it) for all numbers, which are of type Number.
template <class Number, class Add>
void visit_numbers(OpenNpy& npy, Add add) {
  std::vector<Number> part(std::min<std::size_t>(npy.count, 1 << 16));
  for (std::size_t done = 0; done < npy.count;) {
    const std::size_t some = std::min(part.size(), npy.count - done);
    npy.in.read(reinterpret_cast<char*>(part.data()), static_cast<std::streamsize>(some * sizeof(Number)));
    for (std::size_t k = 0; k < some; ++k, ++done) add(part[k], done);
  }
}

template <class Scalar>
std::vector<double> finite_numbers(OpenNpy& npy) {
  std::vector<double> values;
  values.reserve(npy.count);
  visit_numbers<Scalar>(npy, [&](Scalar value, std::size_t number) {
    if (!std::isfinite(value))
      throw InputError(npy.place, fmt::format("number {} is not finite", number), fmt::format("{}", value),
                       "numbers are counted from 0");
    values.push_back(static_cast<double>(value));
  });
  return values;
}

template <class Integer>
std::vector<std::int32_t> small_integers(OpenNpy& npy) {
  std::vector<std::int32_t> values;
  values.reserve(npy.count);
  visit_numbers<Integer>(npy, [&](Integer value, std::size_t number) {
    if (!std::in_range<std::int32_t>(value))
      throw InputError(npy.place, fmt::format("number {} is out of range", number), fmt::format("{}", value),
                       "integers of 32 bits; numbers are counted from 0");
    values.push_back(static_cast<std::int32_t>(value));
  });
  return values;
}

}  // namespace

std::string npy_header(const std::vector<std::uint64_t>& shape, std::size_t scalar_bytes) {
  std::string dictionary = fmt::format("{{'descr': '<f{}', 'fortran_order': False, 'shape': {}, }}",
                                       scalar_bytes, shape_text(shape));
  const std::size_t before = magic.size() + 4, unpadded = before + dictionary.size() + 1;
  dictionary.append((alignment - unpadded % alignment) % alignment, ' ');
  dictionary += '\n';
  const std::size_t length = dictionary.size();
  std::string header(magic);
  header += {'\1', '\0', static_cast<char>(length & 0xff), static_cast<char>(length >> 8)};
  return header + dictionary;
}

NpyArray read_npy(const std::filesystem::path& file) {
  OpenNpy npy = open_floats(file);
  return {npy.shape, npy.type == "<f4" ? finite_numbers<float>(npy) : finite_numbers<double>(npy)};
}

std::vector<std::uint64_t> npy_shape(const std::filesystem::path& file) { return open_floats(file).shape; }

std::vector<double> read_npy_part(const std::filesystem::path& file, std::uint64_t first,
                                  std::uint64_t count) {
  OpenNpy npy = open_floats(file);
  if (first > npy.count || count > npy.count - first) throw std::logic_error("npy: no such part");
  const std::size_t size = npy.type == "<f4" ? sizeof(float) : sizeof(double);
  npy.in.seekg(static_cast<std::streamoff>(first * size), std::ios::cur);
  npy.count = count;
  return npy.type == "<f4" ? finite_numbers<float>(npy) : finite_numbers<double>(npy);
}

NpyBytes read_npy_bytes(const std::filesystem::path& file) {
  OpenNpy npy = open_npy(file, {"|u1"}, "uint8: numpy.save(file, x.astype('u1'))");
  NpyBytes array{npy.shape, std::vector<std::uint8_t>(npy.count)};
  npy.in.read(reinterpret_cast<char*>(array.values.data()), static_cast<std::streamsize>(npy.count));
  return array;
}

NpyIntegers read_npy_integers(const std::filesystem::path& file) {
  OpenNpy npy = open_npy(file, {"|u1", "|i1", "<u2", "<i2", "<u4", "<i4", "<u8", "<i8"},
                         "integers: numpy.save(file, y.astype('<i8'))");
  const auto read = [&]() -> std::vector<std::int32_t> {
    const bool is_signed = npy.type[1] == 'i';
    switch (npy.type.back()) {
      case '1':
        return is_signed ? small_integers<std::int8_t>(npy) : small_integers<std::uint8_t>(npy);
      case '2':
        return is_signed ? small_integers<std::int16_t>(npy) : small_integers<std::uint16_t>(npy);
      case '4':
        return is_signed ? small_integers<std::int32_t>(npy) : small_integers<std::uint32_t>(npy);
      default:
        return is_signed ? small_integers<std::int64_t>(npy) : small_integers<std::uint64_t>(npy);
    }
  };
  return {npy.shape, read()};
}

}  // namespace acidsim
