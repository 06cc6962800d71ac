// Asynchronous push-sum (stochastic gradient push): directed messages without replies.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Kempe, Dobra, Gehrke 2003; Assran, Loizou, Ballas, Rabbat, "Stochastic Gradient Push for Distributed Deep
// Learning", ICML 2019, arXiv 1811.10792, with one message at a time:
//
//     gradient event of i   x_i ← x_i − γ ∇F_i(x_i / w_i, ξ)
//     message i → j         i keeps half of (x_i, w_i) and sends the other half, which j adds to its own
//
//     x_i         numerator of worker i, in R^d       w_i   its weight, 1 at the start
//     x_i / w_i   its model                           γ     learning rate
//
// Σ_i w_i = n and, without gradients, Σ_i x_i are conserved, if messages under way are counted.
Dynamics push_sum_dynamics();

AlgorithmRow push_sum_row();

}  // namespace acidsim
