#include "sim/algorithms/diloco.hpp"

#include "sim/algorithms/linear_forms.hpp"
#include "sim/algorithms/local_sgd.hpp"

namespace acidsim {

Dynamics diloco_dynamics(int local_steps, double outer_learning_rate, double outer_momentum) {
  const LinearForms symbols(3, 1);
  const Form x = symbols.vector(0), theta = symbols.vector(1), u = symbols.vector(2);
  const Form delta = theta - symbols.mixed(0);
  const Form next_u = outer_momentum * u + delta;
  const Form next_theta = theta - outer_learning_rate * (delta + outer_momentum * next_u);
  return {.vectors = {"x", "theta", "u"},
          .initial = Eigen::Vector3d(1, 1, 0),
          .point = Eigen::Vector3d(1, 0, 0),
          .gradient = {.landing = Eigen::Vector3d(-1, 0, 0)},
          .rounds = {symbols.round({x}, {next_theta, next_theta, next_u}, Company::everyone)},
          .program = local_steps_program(local_steps)};
}

AlgorithmRow diloco_row() {
  return {.name = "diloco",
          .summary = "DiLoCo: local steps, then an outer Nesterov step on the mean over all workers",
          .source = "Douillard et al. 2023",
          .equations = {"local_steps times: x_i ← x_i − γ ∇F_i(x_i, ξ)",
                        "then: Δ = θ − (1/n) Σ_j x_j, u ← μu + Δ, θ ← θ − η (Δ + μu), x_i ← θ"},
          .parameters = {local_steps_parameter(10),
                         {.name = "outer_learning_rate",
                          .default_value = 0.7,
                          .what = "η, the step size of the outer optimizer",
                          .minimum = 0,
                          .above_minimum = true},
                         {.name = "outer_momentum",
                          .default_value = 0.9,
                          .what = "μ, the Nesterov momentum of the outer optimizer",
                          .minimum = 0,
                          .maximum = 1}},
          .dynamics =
              [](const Values& values) {
                return diloco_dynamics(static_cast<int>(values.whole("local_steps")),
                                       values.number("outer_learning_rate"), values.number("outer_momentum"));
              },
          .sends = "x to all, 2(n − 1)/n vectors per worker and round",
          .fixed_point = "that of local SGD with as many local steps, whatever the outer optimizer",
          .limit = local_steps_limit};
}

}  // namespace acidsim
