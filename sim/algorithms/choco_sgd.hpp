// CHOCO-SGD: decentralized SGD whose messages are compressed.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Koloskova, Stich, Jaggi, "Decentralized Stochastic Optimization and Gossip Algorithms with Compressed Communication",
// ICML 2019, arXiv 1902.00340. Every worker keeps a public copy x̂ of its model, which all neighbours know; what is sent
// is compressed, q = Q(x − x̂):
//
//     paper            x_h = x − γ ∇F(x, ξ),  x̂⁺ = x̂ + Q(x_h − x̂),  x⁺ = x_h + ε Σ_j W_ij (x̂_j⁺ − x̂_i⁺)   (algorithm 2)
//     published_code   x_h = x − γ ∇F(x, ξ),  x⁺ = x_h + ε Σ_j W_ij (x̂_j − x̂_i),  x̂⁺ = x̂ + Q(x⁺ − x̂)
//
//     x_i   model of worker i, in R^d      x̂_i   its public copy, 0 at the start
//     Q     compression                    ε     consensus_step
//     W     mixing matrix                  γ     learning rate
//
// The vectors stored are x, x̂ and Σ_j W_ij x̂_j. The mean moves by gradients alone. Without compression and with ε = 1
// `paper` is D-PSGD's atc, `published_code` its cta (from x̂ = x).
enum class ChocoOrder { paper, published_code };

Dynamics choco_sgd_dynamics(ChocoOrder order, double consensus_step);

AlgorithmRow choco_sgd_row();

}  // namespace acidsim
