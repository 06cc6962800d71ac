// All-reduce SGD: every round, all workers take the mean of all models.
#pragma once

#include "sim/algorithms/local_sgd.hpp"

namespace acidsim {

// The synchronous baseline of distributed training: in each round
//
//     x_i ← (1/n) Σ_j (x_j − γ ∇F_j(x_j, ξ))
//
//     x_i   model of worker i, in R^d; the same for all after each round
//     γ     learning rate                    ξ   minibatch or gradient noise
Dynamics all_reduce_sgd_dynamics();
// With compressed messages: EF21, SGD with error feedback, or without any.
Dynamics all_reduce_sgd_dynamics(ErrorFeedback feedback);

AlgorithmRow all_reduce_sgd_row();

}  // namespace acidsim
