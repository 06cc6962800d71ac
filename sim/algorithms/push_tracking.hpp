// Gradient tracking over directed edges: push-DIGing and push-pull.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// With P (columns sum to 1) and R (rows sum to 1) as the directed edges give them, y_0 = ∇F(x_0, ξ):
//
//     push-DIGing   u⁺ = P (u − γy), v⁺ = P v, x = u / v, y⁺ = P y + g⁺ − g
//                   Nedić, Olshevsky, Shi, SIAM J. Optim. 27, 2017, algorithm 2, in the order of Bluefog
//     push-pull     x⁺ = R (x − γy), y⁺ = P y + g⁺ − g
//                   Pu, Shi, Xu, Nedić, IEEE Trans. Autom. Control 66, 2021; Xin, Khan 2018 (AB)
//
//     x_i   model of worker i, in R^d      y_i   tracks the sum of the gradients
//     v_i   its weight, 1 at the start     γ     learning rate, constant
//
// Σ_i y_i = Σ_i g_i always; both are exact. The vectors stored are u (or x), γy and γg.
Dynamics push_diging_dynamics();
Dynamics push_pull_dynamics();

AlgorithmRow push_diging_row();
AlgorithmRow push_pull_row();

}  // namespace acidsim
