// The eigenvector of the largest eigenvalue, by Spectra's Lanczos method with implicit restarts.
#pragma once

#include <functional>

#include "sim/core/types.hpp"

namespace acidsim {

// y := A x for a symmetric A.
using SymmetricOperator = std::function<void(const double* x, double* y)>;

// From a fixed start, so that the result is a function of A; `basis` vectors are kept between restarts. Empty
// where `restarts` do not reach the relative `tolerance`.
Vector<double> top_eigenvector(Index rows, const SymmetricOperator& apply, Index basis, Index restarts,
                               double tolerance);

}  // namespace acidsim
