// D-PSGD: decentralized parallel SGD, in synchronous rounds.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Lian, Zhang, Zhang, Hsieh, Zhang, Liu, "Can Decentralized Algorithms Outperform Centralized Algorithms?",
// NeurIPS 2017, arXiv 1705.09056. In each round every worker computes one gradient and mixes with all its
// neighbours:
//
//     atc   x_i ← Σ_j W_ij (x_j − γ ∇F_j(x_j, ξ))        adapt, then combine
//     cta   x_i ← Σ_j W_ij x_j − γ ∇F_i(x_i, ξ)          combine, then adapt (the paper's Algorithm 1)
//
//     x_i   model of worker i, in R^d        W   mixing matrix, symmetric and doubly stochastic
//     γ     learning rate                    ξ   minibatch or gradient noise
enum class MixingOrder { adapt_then_combine, combine_then_adapt };

Dynamics d_psgd_dynamics(MixingOrder order);

AlgorithmRow d_psgd_row();

}  // namespace acidsim
