// Two classes: f_i(x) = 1/N_i Σ_s log(1 + exp(−y_s a_sᵀx)) + (l2/2)‖x‖², y_s = −1, +1 for labels 0, 1. x:
// features. A tie a_sᵀx = 0 counts as class 0. Minimiser: L-BFGS in double precision; needs l2 > 0.
#pragma once

#include "sim/objectives/regression.hpp"

namespace acidsim {

// Needs exactly two classes.
template <class Scalar>
std::unique_ptr<Objective<Scalar>> make_logistic_regression(RegressionParameters<Scalar> parameters);

}  // namespace acidsim
