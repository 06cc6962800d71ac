// DiLoCo: local steps, and an outer step with Nesterov momentum on their mean.
#pragma once

#include "sim/algorithms/compressed_mean.hpp"

namespace acidsim {

// Douillard et al., "DiLoCo: Distributed Low-Communication Training of Language Models", 2023, arXiv 2311.08105.
// In each round
//
//     H times   x_i ← x_i − γ ∇F_i(x_i, ξ)
//     then      Δ = θ − (1/n) Σ_j x_j,   u ← μu + Δ,   θ ← θ − η (Δ + μu),   x_i ← θ
//
//     x_i   model of worker i, in R^d      θ   the common model, the same for all
//     u     outer momentum buffer          H   local_steps
//     γ     learning rate                  η   outer_learning_rate,  μ   outer_momentum
//
// Its fixed point is that of local SGD, whatever η and μ.
Dynamics diloco_dynamics(int local_steps, double outer_learning_rate, double outer_momentum);
// With compressed messages: Δ is what compressed_mean.hpp makes of the changes θ − x_i.
Dynamics diloco_dynamics(int local_steps, double outer_learning_rate, double outer_momentum,
                         ErrorFeedback feedback);

AlgorithmRow diloco_row();

}  // namespace acidsim
