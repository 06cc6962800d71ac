#include "sim/algorithms/noloco.hpp"

#include "sim/algorithms/linear_forms.hpp"
#include "sim/algorithms/local_sgd.hpp"

namespace acidsim {

Dynamics noloco_dynamics(int local_steps, double outer_learning_rate, double outer_momentum) {
  const LinearForms symbols(3, 2);
  const Form x = symbols.vector(0), phi = symbols.vector(1), m = symbols.vector(2);
  const Form delta = symbols.mixed(0), partners = symbols.mixed(1);
  const Form next_m = outer_momentum * m + outer_learning_rate * (delta + partners - phi);
  return {.vectors = {"x", "phi", "m"},
          .initial = Eigen::Vector3d(1, 1, 0),
          .point = Eigen::Vector3d(1, 0, 0),
          .gradient = {.landing = Eigen::Vector3d(-1, 0, 0)},
          .rounds = {symbols.round({x - phi, phi}, {phi + next_m, phi + next_m, next_m}, Company::partner)},
          .program = local_steps_program(local_steps)};
}

AlgorithmRow noloco_row() {
  return {.name = "noloco",
          .summary = "NoLoCo: local steps, then an outer momentum step with one random neighbour",
          .source = "Kolehmainen et al. 2025",
          .equations = {"local_steps times: x_i ← x_i − γ ∇F_i(x_i, ξ)",
                        "then, with a random neighbour j: m_i ← α m_i + β (Δ_i + Δ_j)/2 + β ((φ_i + φ_j)/2 − "
                        "φ_i), Δ_i = x_i − φ_i",
                        "φ_i ← φ_i + m_i, x_i ← φ_i"},
          .parameters = {local_steps_parameter(10),
                         {.name = "outer_learning_rate",
                          .default_value = 0.7,
                          .what = "β, the step size of the outer optimizer",
                          .minimum = 0,
                          .above_minimum = true},
                         {.name = "outer_momentum",
                          .default_value = 0.3,
                          .what = "α, the momentum of the outer optimizer",
                          .minimum = 0,
                          .maximum = 1}},
          .dynamics =
              [](const Values& values) {
                return noloco_dynamics(static_cast<int>(values.whole("local_steps")),
                                       values.number("outer_learning_rate"), values.number("outer_momentum"));
              },
          .sends = "Δ and φ to one partner, 2 vectors",
          .fixed_point = "biased, by the local steps and by the disagreement of the workers"};
}

}  // namespace acidsim
