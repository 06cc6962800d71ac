// Exponentials of the small matrices of flows.
#pragma once

#include "sim/core/types.hpp"

namespace acidsim {

// Vectors that a worker may have, and that a message may.
inline constexpr int most_vectors = 16;

// A matrix of any size up to most_vectors, row by row; nothing is allocated.
using SmallMatrix =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor, most_vectors, most_vectors>;

// e^A, by Eigen. The sizes that methods with flows have (A²CiD²: 2, DADAO: 6) are compiled as such, which takes a third of
// the time; without FMA the bits are those of matrices of any size.
SmallMatrix exponential(const SmallMatrix& a);

}  // namespace acidsim
