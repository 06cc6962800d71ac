// A matrix from a file.
#pragma once

#include <filesystem>

#include "sim/core/types.hpp"

namespace acidsim {

// A .npy file of two dimensions (as read_npy reads it), or text: one row per line, numbers apart by commas,
// semicolons, tabs or blanks, empty lines and those that start with # left out; perhaps packed by gzip. Throws
// InputError for anything else, for rows of unequal length, and for a number that is not finite.
Matrix<double> read_matrix(const std::filesystem::path& file);

}  // namespace acidsim
