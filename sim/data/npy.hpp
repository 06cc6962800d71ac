// NumPy's .npy files of numbers: little-endian, in C order (the last index varies fastest).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace acidsim {

// What precedes the numbers in a file of format version 1.0. `scalar_bytes`: 4 or 8.
std::string npy_header(const std::vector<std::uint64_t>& shape, std::size_t scalar_bytes);

struct NpyArray {
  std::vector<std::uint64_t> shape;
  std::vector<double> values;  // finite
};
// A file of float32 or float64. Throws InputError for anything else, and for a number that is not finite.
NpyArray read_npy(const std::filesystem::path& file);

// Of such a file the shape alone, and the numbers first … first + count − 1 of it.
std::vector<std::uint64_t> npy_shape(const std::filesystem::path& file);
std::vector<double> read_npy_part(const std::filesystem::path& file, std::uint64_t first,
                                  std::uint64_t count);

struct NpyBytes {
  std::vector<std::uint64_t> shape;
  std::vector<std::uint8_t> values;
};
// A file of uint8.
NpyBytes read_npy_bytes(const std::filesystem::path& file);

struct NpyIntegers {
  std::vector<std::uint64_t> shape;
  std::vector<std::int32_t> values;
};
// A file of integers of any width that fit into 32 bits.
NpyIntegers read_npy_integers(const std::filesystem::path& file);

}  // namespace acidsim
