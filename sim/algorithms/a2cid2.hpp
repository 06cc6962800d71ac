// A²CiD²: asynchronous gossip accelerated by a continuous momentum between the events.
#pragma once

#include <memory>

#include "sim/algorithms/a2cid2_parameters.hpp"
#include "sim/algorithms/row.hpp"

namespace acidsim {

// Nabli, Belilovsky, Oyallon, "A²CiD²: Accelerating Asynchronous Communication in Decentralized Deep
// Learning", NeurIPS 2023, arXiv 2306.08289, equation 4:
//
//     dx_i = η (x̃_i − x_i) dt − γ ∇F_i(x_i, ξ) dN_i − α Σ_j (x_i − x_j) dM_ij
//     dx̃_i = η (x_i − x̃_i) dt − γ ∇F_i(x_i, ξ) dN_i − α̃ Σ_j (x_i − x_j) dM_ij
//
//     x_i     model of worker i, in R^d             η      mixing rate of x and x̃, per unit time
//     x̃_i     its momentum companion                γ      learning rate
//     N_i     gradient events of worker i           α, α̃   how far x and x̃ move at a communication
//     M_ij    communication events of edge (i, j)   ξ      minibatch or gradient noise
//
// Communications change neither mean, of x or of x̃; η = 0 with α = α̃ = ½ is asynchronous gossip.
Dynamics a2cid2_dynamics(const A2cid2Parameters& parameters);

// For `sde` the fused kernel. It stores u = (x + x̃)/2 and v = (x − x̃)/2, in which the flow is u constant
// and v ← e^{−2ηs} v: the decay is applied late, from one time per worker, a gradient step changes u alone,
// and a communication changes both. For the other orders the kernel of a2cid2_orders.hpp.
template <class Scalar>
std::unique_ptr<Kernel<Scalar>> make_a2cid2_kernel(const A2cid2Parameters& parameters, Worker workers,
                                                   Index dimension, ExchangeOrder order = ExchangeOrder::sde);

AlgorithmRow a2cid2_row();

}  // namespace acidsim
