// Push-sum with gradients (stochastic gradient push): directed messages without replies.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Kempe, Dobra, Gehrke 2003; Assran, Loizou, Ballas, Rabbat, "Stochastic Gradient Push for Distributed Deep
// Learning", ICML 2019, arXiv 1811.10792. One message at a time:
//
//     gradient event of i   x_i ← x_i − γ ∇F_i(x_i / w_i, ξ)
//     message i → j         i keeps half of (x_i, w_i) and sends the other half, which j adds to its own
//
// or in rounds, where P_ji = 1/(1 + d_i) is what i sends to each of the d_i workers that hear it, and keeps:
//
//     SGP (overlap 0)       x⁺ = P (x − γ g), w⁺ = P w, g_i = ∇F_i(x_i / w_i, ξ)
//     OSGP (overlap 1)      x⁺ = P x − γ g, w⁺ = P w: messages leave before the step
//     OSGP (overlap τ)      x_i⁺ = P_ii x_i + Σ_j≠i P_ij x_j(k − τ + 1) − γ g_i in round k, w_i alike: and land τ rounds
//                           later; what is under way to a worker is τ − 1 more of its vectors, the sums that land in
//                           1, 2, … rounds
//
// Messages of the first kind may carry running sums [Hadjicostis, Vaidya, Domínguez-García 2016], which lost and repeated
// ones do no harm:
//
//     message i → j         σ_ij ← σ_ij + ½ (x_i, w_i) is sent, and i keeps the other half
//     it arrives            (x_j, w_j) ← (x_j, w_j) + σ_ij − ρ_ij, ρ_ij ← σ_ij
//
//     σ_ij        all that i ever put on its edge to j    ρ_ij   the last such sum that j saw
//     x_i         numerator of worker i, in R^d       w_i   its weight, 1 at the start
//     x_i / w_i   its model                           γ     learning rate
//
// Where a sequence of graphs prescribes weights (base_graph, od_equidyn, ou_equidyn), P is what it prescribes.
//
// Σ_i w_i = n and, without gradients, Σ_i x_i are conserved, if messages under way are counted; and σ_ij − ρ_ij, where
// some are lost. Without running sums a lost message takes its share with it. A gradient moves the model by γ/w_i: where
// messages are lost weights become small more often, and need smaller steps. At rest Σ_i ∇f_i(x_i /
// w_i) = 0: the only bias is that the models differ, by O(γ).
Dynamics push_sum_dynamics(bool running_sums = false);
Dynamics push_sum_in_rounds(int overlap);

AlgorithmRow push_sum_row();

}  // namespace acidsim
