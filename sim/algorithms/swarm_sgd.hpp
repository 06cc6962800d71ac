// SwarmSGD: local steps between averagings of random pairs, blocking or not.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Nadiradze, Sabour, Davies, Li, Alistarh, "Asynchronous Decentralized SGD with Quantized and Local Updates",
// NeurIPS 2021, arXiv 1910.12308:
//
//     gradient event of i                  x_i ← x_i − γ ∇F_i(x_i, ξ)
//     communication (i, j), blocking       x_i, x_j ← (x_i + x_j)/2
//     communication (i, j), non_blocking   x_i ← (s_i + s_j)/2 + (x_i − s_i),   s_i ← x_i;   the same for j
//
//     x_i   model of worker i, in R^d                             γ   learning rate
//     s_i   its model after its last communication: what it       ξ   minibatch or gradient noise
//           shows to the others while it computes
//
// Blocking, an event acts as in asynchronous gossip. Clocks are independent, so that the number of a worker's
// gradients between two of its averagings is geometric, one of the two choices that the paper analyses; its mean
// is gradient_rate / communication_rate. `local_steps` H slows the clocks of the edges down H-fold, so that at
// equal rates the mean is H.
enum class SwarmVariant { blocking, non_blocking };

Dynamics swarm_sgd_dynamics(SwarmVariant variant);

AlgorithmRow swarm_sgd_row();

}  // namespace acidsim
