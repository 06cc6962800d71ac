// Local SGD: some steps of every worker's own, then the mean of all models.
#pragma once

#include "sim/algorithms/compressed_mean.hpp"

namespace acidsim {

// Stich, "Local SGD Converges Fast and Communicates Little", ICLR 2019, arXiv 1805.09767. In each round
//
//     H times     x_i ← x_i − γ ∇F_i(x_i, ξ)
//     then        x_i ← (1/n) Σ_j x_j
//
//     x_i   model of worker i, in R^d     H   local_steps
//     γ     learning rate                 ξ   minibatch or gradient noise
//
// On quadratics of Hessians A_i and minimisers b_i it ends where Σ_i (I − (I − γA_i)^H)(x − b_i) = 0.
Dynamics local_sgd_dynamics(int local_steps);
// The same with compressed messages.
Dynamics local_sgd_dynamics(int local_steps, ErrorFeedback feedback);

AlgorithmRow local_sgd_row();

// H gradients, then one mixing.
std::vector<Verb> local_steps_program(int local_steps);

// The parameter `local_steps`, H, and where methods with H local steps end unless their messages are compressed.
Parameter local_steps_parameter(std::int64_t usual);
std::optional<LimitRule> local_steps_limit(const Values& values);

}  // namespace acidsim
