// Exponentials of the small matrices of flows.
#pragma once

#include "sim/core/types.hpp"

namespace acidsim {

// Vectors that a worker may have, and that a message may.
inline constexpr int most_vectors = 16;

// A matrix of any size up to most_vectors, row by row; nothing is allocated.
using SmallMatrix =
    Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor, most_vectors, most_vectors>;

// e^A by scaling and squaring of Padé approximants [Higham 2005]. The sizes that methods have are compiled as such, and
// their operations follow the order of Eigen's MatrixBase::exp() on its two-number vectors, so that the bits are the same;
// what is zero is left out. Other sizes go to Eigen.
SmallMatrix exponential(const SmallMatrix& a);

}  // namespace acidsim
