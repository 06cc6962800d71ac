#include "sim/algorithms/diloco.hpp"

#include "sim/algorithms/linear_forms.hpp"
#include "sim/algorithms/local_sgd.hpp"

namespace acidsim {

namespace {

struct Outer {
  Form theta, u;
};

// The outer step.
Outer outer_step(const Form& theta, const Form& u, const Form& delta, double learning_rate, double momentum) {
  const Form next_u = momentum * u + delta;
  return {theta - learning_rate * (delta + momentum * next_u), next_u};
}

}  // namespace

Dynamics diloco_dynamics(int local_steps, double outer_learning_rate, double outer_momentum) {
  const LinearForms symbols(3, 1);
  const Form x = symbols.vector(0), theta = symbols.vector(1), u = symbols.vector(2);
  const Outer next = outer_step(theta, u, theta - symbols.mixed(0), outer_learning_rate, outer_momentum);
  return {.vectors = {"x", "theta", "u"},
          .initial = Eigen::Vector3d(1, 1, 0),
          .point = Eigen::Vector3d(1, 0, 0),
          .gradient = {.landing = Eigen::Vector3d(-1, 0, 0)},
          .rounds = {symbols.round({x}, {next.theta, next.theta, next.u}, Company::everyone)},
          .program = local_steps_program(local_steps)};
}

Dynamics diloco_dynamics(int local_steps, double outer_learning_rate, double outer_momentum,
                         ErrorFeedback feedback) {
  Dynamics dynamics = compressed_mean_dynamics(
      feedback, {"theta", "change", "u"}, [=](const LinearForms& symbols, const Form& change) {
        const Outer next =
            outer_step(symbols.vector(0), symbols.vector(2), change, outer_learning_rate, outer_momentum);
        return std::vector<Form>{next.theta, symbols.zero(), next.u};
      });
  dynamics.program = local_steps_program(local_steps);
  return dynamics;
}

AlgorithmRow diloco_row() {
  return {
      .name = "diloco",
      .summary = "DiLoCo: local steps, then an outer Nesterov step on the mean over all workers",
      .source = "Douillard et al. 2023; compressed, with ef14: Thérien et al. 2025",
      .equations = {"local_steps times: x_i ← x_i − γ ∇F_i(x_i, ξ)",
                    "then: Δ = θ − (1/n) Σ_j x_j, u ← μu + Δ, θ ← θ − η (Δ + μu), x_i ← θ",
                    "compressed: Δ = (1/n) Σ_j q_j; none: q_i = Q(θ − x_i); ef14: q_i = Q(θ − x_i + e_i), "
                    "e_i ← e_i + θ − x_i − q_i"},
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
                      .maximum = 1},
                     error_feedback_parameter({"ef14", "none"})},
      .resolve = note_compression,
      .dynamics =
          [](const Values& values) {
            const auto local_steps = static_cast<int>(values.whole("local_steps"));
            const double eta = values.number("outer_learning_rate"), mu = values.number("outer_momentum");
            const auto feedback = error_feedback(values);
            return feedback ? diloco_dynamics(local_steps, eta, mu, *feedback)
                            : diloco_dynamics(local_steps, eta, mu);
          },
      .compresses = true,
      .sends = "x to all, 2(n − 1)/n vectors per worker and round; compressed: 1 message q_i",
      .fixed_point =
          "that of local SGD with as many local steps, whatever the outer optimizer; compressed: "
          "beside it",
      .limit = local_steps_limit};
}

}  // namespace acidsim
