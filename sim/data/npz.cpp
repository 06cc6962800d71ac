// Of each file a local header, its name and its bytes; then the central directory with a header for each, and its end.
// PKWARE, .ZIP File Format Specification 6.3.10, sections 4.3.7, 4.3.12 and 4.3.16.
#include "sim/data/npz.hpp"

#include <zlib.h>

#include <fstream>
#include <stdexcept>

#include "sim/core/error.hpp"
#include "sim/data/npy.hpp"

namespace acidsim {
namespace {

constexpr std::uint64_t largest_archive = 0xffff0000;

// Little-endian numbers of 2 and 4 bytes.
void put2(std::string& out, std::uint64_t value) {
  for (int k = 0; k < 2; ++k) out += static_cast<char>(value >> (8 * k) & 0xff);
}
void put4(std::string& out, std::uint64_t value) {
  put2(out, value & 0xffff);
  put2(out, value >> 16);
}

struct Entry {
  std::string name, header;
  std::uint64_t size, checksum, offset;

  // What both headers say, from the version on.
  std::string facts() const {
    std::string out;
    put2(out, 20);      // version 2.0
    put2(out, 0x0800);  // names are UTF-8
    put2(out, 0);       // stored
    put2(out, 0);       // no time of day
    put2(out, 0x0021);  // 1 January 1980
    put4(out, checksum);
    put4(out, size);
    put4(out, size);
    put2(out, name.size());
    put2(out, 0);  // nothing further
    return out;
  }
};

std::uint64_t checksum_of(const std::string& header, std::span<const std::byte> numbers) {
  const auto* const text = reinterpret_cast<const Bytef*>(header.data());
  const auto* const bytes = reinterpret_cast<const Bytef*>(numbers.data());
  return ::crc32_z(::crc32_z(0, text, header.size()), bytes, numbers.size());
}

}  // namespace

void write_npz(const std::filesystem::path& file, const std::vector<NpzArray>& arrays) {
  std::vector<Entry> entries;
  std::uint64_t end = 0;
  for (const NpzArray& array : arrays) {
    Entry entry{array.name + ".npy", npy_header(array.shape, array.scalar_bytes), 0, 0, end};
    entry.size = entry.header.size() + array.numbers.size();
    entry.checksum = checksum_of(entry.header, array.numbers);
    end += 30 + entry.name.size() + entry.size;
    if (end > largest_archive)
      throw InputError(file.string(), "would be larger than the 4 GB of a .npz file", "", "name a .npy file");
    entries.push_back(std::move(entry));
  }
  std::ofstream out(file, std::ios::binary);
  for (std::size_t k = 0; k < arrays.size(); ++k) {
    out << "PK\3\4" << entries[k].facts() << entries[k].name << entries[k].header;
    out.write(reinterpret_cast<const char*>(arrays[k].numbers.data()),
              static_cast<std::streamsize>(arrays[k].numbers.size()));
  }
  std::string directory;
  for (const Entry& entry : entries) {
    directory += "PK\1\2";
    put2(directory, 20);
    directory += entry.facts();
    put2(directory, 0);  // no comment
    put2(directory, 0);  // first disk
    put2(directory, 0);
    put4(directory, 0);
    put4(directory, entry.offset);
    directory += entry.name;
  }
  std::string last = "PK\5\6";
  put4(last, 0);  // disks
  put2(last, entries.size());
  put2(last, entries.size());
  put4(last, directory.size());
  put4(last, end);
  put2(last, 0);
  out << directory << last;
  out.close();
  if (!out) throw std::runtime_error(file.string() + ": cannot be written (disk full?)");
}

}  // namespace acidsim
