// Arrays of a batch as Eigen sees them.
#pragma once

#include "sim/core/types.hpp"

namespace acidsim {

// Column-major.
template <class Scalar>
using MatrixView = Eigen::Map<Matrix<Scalar>>;
template <class Scalar>
using ConstMatrixView = Eigen::Map<const Matrix<Scalar>>;
// Number by number.
template <class Scalar>
using ArrayView = Eigen::Map<Eigen::Array<Scalar, Eigen::Dynamic, 1>>;
template <class Scalar>
using ConstArrayView = Eigen::Map<const Eigen::Array<Scalar, Eigen::Dynamic, 1>>;

}  // namespace acidsim
