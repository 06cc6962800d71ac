// NumPy's .npz files: a ZIP archive with one .npy file for each array, stored as it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <vector>

namespace acidsim {

// float32 or float64, in C order.
struct NpzArray {
  std::string name;
  std::vector<std::uint64_t> shape;
  std::size_t scalar_bytes;  // 4 or 8
  std::span<const std::byte> numbers;
};

// Throws InputError where it would be larger than 4 GB, which this form of the archive cannot hold, and
// std::runtime_error where the file cannot be written.
void write_npz(const std::filesystem::path& file, const std::vector<NpzArray>& arrays);

}  // namespace acidsim
