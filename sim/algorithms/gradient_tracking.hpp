// Gradient tracking in synchronous rounds.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Every worker tracks the mean gradient, y_i, which starts as ∇F_i(x_0, ξ); g⁺ is the gradient at x⁺:
//
//     diging     x⁺ = Wx − γy        y⁺ = Wy + g⁺ − g      Nedić, Olshevsky, Shi 2017, arXiv 1607.03218
//     semi_atc   x⁺ = W(x − γy)      y⁺ = Wy + g⁺ − g      NEXT: Di Lorenzo, Scutari 2016
//     atc        x⁺ = W(x − γy)      y⁺ = W(y + g⁺ − g)    Aug-DGM: Xu, Zhu, Soh, Xie 2015
//
//     x_i   model of worker i, in R^d      y_i   its estimate of the mean gradient
//     g_i   its last gradient              W     mixing matrix
//     γ     learning rate, constant
//
// Σ_i y_i = Σ_i g_i always. The vectors stored are x, γy and γg. In the first two forms a round computes g and y, then mixes
// both in one message. In the third y is mixed once the gradient is there, x after it: two messages of one vector, of which
// the first round needs only the second.
//
// With equal Hessians h on a mode w of W, `diging` is stable iff γh < (1 + λ_n)²/2, the others iff γh < 2.
enum class TrackingVariant { diging, semi_atc, atc };

Dynamics gradient_tracking_dynamics(TrackingVariant variant);

AlgorithmRow gradient_tracking_row();

}  // namespace acidsim
