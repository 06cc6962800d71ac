// GASLoC: local steps, and a gossip step with momentum as the outer optimizer.
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

// Cagnasso, Belilovsky, Oyallon, 2026, arXiv 2606.11081, as a third party describes it. UNVERIFIED: nobody has checked
// these equations against the authors' text or code. In each round t
//
//     H times   x_i ← x_i − γ ∇F_i(x_i, ξ)
//     then      u_i^t = θ_i + η (x_i − θ_i),   θ_i ← u_i^t − α (u_i^t − Σ_j W_ij u_j^t) + μ (u_i^t − u_i^{t−1}),   x_i ← θ_i
//
//     x_i   model of worker i, in R^d      θ_i   where its round started        H   local_steps
//     η     outer_learning_rate            α     gossip_step                    μ   outer_momentum, 0 in the first round
//     γ     learning rate                  W     mixing matrix
Dynamics gasloc_dynamics(int local_steps, double outer_learning_rate, double gossip_step,
                         double outer_momentum);

AlgorithmRow gasloc_row();

}  // namespace acidsim
