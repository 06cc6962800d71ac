// .npy files as a test writes them.
#pragma once

#include <string>
#include <vector>

namespace acidsim {

// A file of format version 1.0 with these bytes as its numbers.
inline std::string npy_text(const std::string& dictionary, const std::string& numbers) {
  std::string header = dictionary;
  header.resize((header.size() + 11 + 63) / 64 * 64 - 11, ' ');
  header += '\n';
  return std::string("\x93NUMPY\1\0", 8) + static_cast<char>(header.size() & 0xff) +
         static_cast<char>(header.size() >> 8) + header + numbers;
}

template <class Scalar>
std::string bytes_of(const std::vector<Scalar>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(Scalar)};
}

}  // namespace acidsim
