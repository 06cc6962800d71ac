// EXTRA: an exact first-order algorithm in synchronous rounds.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Shi, Ling, Wu, Yin, "EXTRA: An Exact First-Order Algorithm for Decentralized Consensus Optimization", SIAM J.
// Optim. 2015, arXiv 1404.6264, with W̃ = (I + W)/2:
//
//     x¹ = Wx⁰ − γg⁰,   x^{k+2} = (I + W) x^{k+1} − W̃ x^k − γ (g^{k+1} − g^k)
//
// here in the equal form of one message per round:
//
//     x_i⁺ = Σ_j W_ij x_j + c_i − γ ∇F_i(x_i, ξ),   c_i⁺ = c_i + ½ (Σ_j W_ij x_j − x_i)
//
//     x_i   model of worker i, in R^d      c_i   its correction, 0 at the start
//     W     mixing matrix                  γ     learning rate
//
// Stable iff γL < (5 + 3λ_n)/4. Σ_i c_i = 0 always.
Dynamics extra_dynamics();

AlgorithmRow extra_row();

}  // namespace acidsim
