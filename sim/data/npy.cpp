// The format: "\x93NUMPY", the version (two bytes), the length of the header (two bytes, little-endian; four
// from version 2 on), the header, which is a Python dictionary in one line, and the numbers.
// https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html
#include "sim/data/npy.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <bit>
#include <cmath>
#include <fstream>
#include <regex>

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

template <class Scalar>
std::vector<double> read_values(std::istream& in, std::size_t count, const std::string& place) {
  std::vector<double> values(count);
  std::vector<Scalar> part(std::min<std::size_t>(count, 1 << 16));
  for (std::size_t done = 0; done < count;) {
    const std::size_t some = std::min(part.size(), count - done);
    in.read(reinterpret_cast<char*>(part.data()), static_cast<std::streamsize>(some * sizeof(Scalar)));
    for (std::size_t k = 0; k < some; ++k, ++done) {
      values[done] = static_cast<double>(part[k]);
      if (!std::isfinite(values[done]))
        throw InputError(place, fmt::format("number {} is not finite", done), fmt::format("{}", part[k]),
                         "numbers are counted from 0");
    }
  }
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
  const std::string place = file.string();
  std::error_code failed;
  if (!std::filesystem::is_regular_file(file, failed))
    throw InputError(place, "cannot be read", "", "no such file, or not a regular one");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(place, "cannot be read", "", "no permission");
  const std::string header = read_header(in, place);
  const std::string type = header_field(header, "'descr': *'([^']*)'", place);
  if (type != "<f4" && type != "<f8")
    throw InputError(place, "holds numbers of another type", shown_text(type),
                     "float32 or float64, little-endian: numpy.save(file, x.astype('<f8'))");
  if (header_field(header, "'fortran_order': *(True|False)", place) == "True")
    throw InputError(place, "is in Fortran order", "", "numpy.save(file, numpy.ascontiguousarray(x))");
  NpyArray array;
  array.shape = read_shape(header_field(header, "'shape': *(\\([0-9, ]*\\))", place), place);
  std::size_t count = 1;
  for (const std::uint64_t size : array.shape) count *= size;
  const std::size_t scalar_bytes = type == "<f4" ? sizeof(float) : sizeof(double);
  const auto there = std::filesystem::file_size(file) - static_cast<std::uintmax_t>(in.tellg());
  if (there != count * scalar_bytes)
    throw InputError(place, fmt::format("does not hold the {} numbers of its shape", count),
                     fmt::format("{} bytes for {}", there, shape_text(array.shape)), "truncated?");
  array.values = type == "<f4" ? read_values<float>(in, count, place) : read_values<double>(in, count, place);
  return array;
}

}  // namespace acidsim
