// Many classes: f_i(x) = 1/N_i Σ_s [log Σ_c exp(a_sᵀw_c) − a_sᵀw_{label(s)}] + (l2/2)‖x‖².
// x = (w_0, w_1, …): features × classes, column-major, so class c is the c-th block of `features`
// coordinates. Ties count as the lowest class. Minimiser: L-BFGS in double precision; needs l2 > 0.
#pragma once

#include "sim/objectives/regression.hpp"

namespace acidsim {

// Needs at least two classes.
template <class Scalar>
std::unique_ptr<Objective<Scalar>> make_softmax_regression(RegressionParameters<Scalar> parameters);

}  // namespace acidsim
