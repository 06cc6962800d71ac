#include "sim/algorithms/all_reduce_sgd.hpp"

#include "sim/algorithms/local_sgd.hpp"

namespace acidsim {

Dynamics all_reduce_sgd_dynamics() { return local_sgd_dynamics(1); }

AlgorithmRow all_reduce_sgd_row() {
  return {.name = "all_reduce_sgd",
          .summary = "synchronous SGD: in each round one gradient per worker, then the mean over all workers",
          .source = "Goyal et al. 2017",
          .equations = {"round: x_i ← (1/n) Σ_j (x_j − γ ∇F_j(x_j, ξ))"},
          .dynamics = [](const Values&) { return all_reduce_sgd_dynamics(); },
          .sends = "x to all, 2(n − 1)/n vectors per worker and round",
          .fixed_point = "exact: Σ_i ∇f_i(x) = 0",
          .step_limit = [](const Values&, double smoothness,
                           const MixingConstants&) { return two_over_smoothness(smoothness); }};
}

}  // namespace acidsim
