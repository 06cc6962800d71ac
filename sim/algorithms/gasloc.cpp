#include "sim/algorithms/gasloc.hpp"

#include "sim/algorithms/linear_forms.hpp"
#include "sim/algorithms/local_sgd.hpp"

namespace acidsim {

Dynamics gasloc_dynamics(int local_steps, double outer_learning_rate, double gossip_step,
                         double outer_momentum) {
  const LinearForms symbols(3, 1);
  const Form x = symbols.vector(0), theta = symbols.vector(1), last = symbols.vector(2);
  const Form u = theta + outer_learning_rate * (x - theta);
  const Form mixed = u - gossip_step * (u - symbols.mixed(0)), moved = mixed + outer_momentum * (u - last);
  return {.vectors = {"x", "theta", "u"},
          .initial = Eigen::Vector3d(1, 1, 0),
          .point = Eigen::Vector3d(1, 0, 0),
          .gradient = {.landing = Eigen::Vector3d(-1, 0, 0)},
          .rounds = {symbols.round({u}, {moved, moved, u})},
          .opening = {symbols.round({u}, {mixed, mixed, u})},
          .program = local_steps_program(local_steps)};
}

AlgorithmRow gasloc_row() {
  return {.name = "gasloc",
          .summary = "GASLoC, unverified: local steps, then a gossip step with momentum",
          .source = "after a third party's notes on arXiv 2606.11081",
          .equations =
              {"local_steps times: x_i ← x_i − γ ∇F_i(x_i, ξ)",
               "then: u_i = θ_i + η (x_i − θ_i), θ_i ← u_i − α (u_i − Σ_j W_ij u_j) + μ (u_i − u_i of the "
               "round before), x_i ← θ_i"},
          .parameters = {local_steps_parameter(10),
                         {.name = "outer_learning_rate",
                          .default_value = 1.0,
                          .what = "η, how much of the local steps is taken",
                          .minimum = 0,
                          .above_minimum = true},
                         {.name = "gossip_step",
                          .default_value = 1.0,
                          .what = "α, how much of the mixing is taken",
                          .minimum = 0,
                          .maximum = 1},
                         {.name = "outer_momentum",
                          .default_value = 0.25,
                          .what = "μ, the momentum of the outer optimizer",
                          .minimum = 0,
                          .maximum = 1},
                         mixing_parameter()},
          .dynamics =
              [](const Values& values) {
                return gasloc_dynamics(static_cast<int>(values.whole("local_steps")),
                                       values.number("outer_learning_rate"), values.number("gossip_step"),
                                       values.number("outer_momentum"));
              },
          .sends = "u to each neighbour",
          .fixed_point = "biased, by the local steps and by the disagreement of the workers"};
}

}  // namespace acidsim
