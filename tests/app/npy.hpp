// .npy files as a test reads them, by the description of the format alone.
#pragma once

#include <cstring>
#include <string>
#include <vector>

#include "tests/app/program.hpp"
#include "tests/datasets/npy_text.hpp"

namespace acidsim::testing {

struct Npy {
  std::string dictionary, numbers;
  std::vector<std::size_t> shape;

  double at(std::size_t k) const {  // of a file of float64
    double value = 0;
    std::memcpy(&value, numbers.data() + k * sizeof value, sizeof value);
    return value;
  }
  // The bytes of the k-th of the equal parts along the first axis.
  std::string part(std::size_t k) const {
    const std::size_t size = numbers.size() / shape.at(0);
    return numbers.substr(k * size, size);
  }
};

inline Npy read_npy_file(const fs::path& file) {
  const std::string text = read_text(file);
  EXPECT_EQ(text.substr(0, 8), std::string("\x93NUMPY\1\0", 8));
  const std::size_t length =
      static_cast<unsigned char>(text.at(8)) + 256u * static_cast<unsigned char>(text.at(9));
  EXPECT_EQ((10 + length) % 64, 0u);
  Npy npy{text.substr(10, length), text.substr(10 + length), {}};
  const auto open = npy.dictionary.find('('), close = npy.dictionary.find(')');
  std::istringstream sizes(npy.dictionary.substr(open + 1, close - open - 1));
  for (std::string size; std::getline(sizes, size, ',');)
    if (size.find_first_of("0123456789") != std::string::npos) npy.shape.push_back(std::stoul(size));
  return npy;
}

}  // namespace acidsim::testing
