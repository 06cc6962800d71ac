// Every worker alone: SGD without any communication, the control of every comparison.
#pragma once

#include <memory>

#include "sim/algorithms/row.hpp"

namespace acidsim {

//     dx_i = − γ ∇F_i(x_i, ξ) dN_i            x_i   model of worker i, in R^d      γ   learning rate
//
// The declaration has no way to communicate, so the timing plane runs no communication clock.
Dynamics local_only_dynamics();

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_local_only_kernel(Worker workers, Index dimension);

AlgorithmRow local_only_row();

}  // namespace acidsim
