// Every worker alone: SGD without any communication, the control of every comparison.
#pragma once

#include <memory>

#include "sim/algorithms/dynamics.hpp"
#include "sim/algorithms/kernel.hpp"

namespace acidsim {

//     dx_i = − γ ∇F_i(x_i, ξ) dN_i            x_i   model of worker i, in R^d      γ   learning rate
//
// The dynamics say `communicates = false`: the timing plane runs no communication clock.
Dynamics local_only_dynamics();

template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_local_only_kernel(Worker workers, Index dimension);

}  // namespace acidsim
