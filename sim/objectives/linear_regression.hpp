// Least squares: f_i(x) = 1/(2 N_i) Σ_s (a_sᵀx − y_s)² + (l2/2)‖x‖², s over the rows of worker i. x:
// features. Minimiser: the normal equations of f, in double precision.
#pragma once

#include "sim/objectives/regression.hpp"

namespace acidsim {

// Needs targets, not labels.
template <class Scalar>
std::unique_ptr<Objective<Scalar>> make_linear_regression(RegressionParameters<Scalar> parameters);

}  // namespace acidsim
