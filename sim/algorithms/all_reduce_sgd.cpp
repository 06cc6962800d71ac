#include "sim/algorithms/all_reduce_sgd.hpp"

namespace acidsim {

Dynamics all_reduce_sgd_dynamics() { return local_sgd_dynamics(1); }

Dynamics all_reduce_sgd_dynamics(ErrorFeedback feedback) { return local_sgd_dynamics(1, feedback); }

AlgorithmRow all_reduce_sgd_row() {
  return {
      .name = "all_reduce_sgd",
      .summary = "synchronous SGD: in each round one gradient per worker, then the mean over all workers",
      .source =
          "Goyal et al. 2017; compressed: Richtárik, Sokolov, Fatkhullin 2021, with ef14 Seide et al. 2014",
      .equations =
          {"round: x_i ← (1/n) Σ_j (x_j − γ ∇F_j(x_j, ξ))",
           "compressed, ef21: q_i = Q(γ∇F_i(x, ξ) − g_i), g_i ← g_i + q_i, x ← x − (1/n) Σ_j g_j; in the "
           "first round q_i = γ∇F_i(x, ξ), sent whole",
           "ef14: q_i = Q(γ∇F_i(x, ξ) + e_i), e_i ← e_i + γ∇F_i(x, ξ) − q_i, x ← x − (1/n) Σ_j q_j; "
           "none: e_i stays 0"},
      .parameters = {error_feedback_parameter({"ef21", "ef14", "none"})},
      .resolve = note_compression,
      .dynamics =
          [](const Values& values) {
            const auto feedback = error_feedback(values);
            return feedback ? all_reduce_sgd_dynamics(*feedback) : all_reduce_sgd_dynamics();
          },
      .needs_constant_learning_rate =
          [](const Values& values) { return error_feedback(values) == ErrorFeedback::ef21; },
      .compresses = true,
      .sends = "x to all, 2(n − 1)/n vectors per worker and round; compressed: 1 message q_i",
      .fixed_point = "exact: Σ_i ∇f_i(x) = 0, compressed with ef21 too; beside it with ef14 and none",
      .step_limit =
          [](const Values& values, const StepFacts& facts) {
            return error_feedback(values) == ErrorFeedback::ef21 ? ef21_step_limit(facts)
                                                                 : two_over_smoothness(facts);
          }};
}

}  // namespace acidsim
