#include "sim/algorithms/local_sgd.hpp"

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

Parameter local_steps_parameter(std::int64_t usual) {
  return {.name = "local_steps",
          .kind = Parameter::Kind::whole,
          .default_value = usual,
          .what = "gradients of each worker in a round",
          .minimum = 1,
          .maximum = 100000};
}

std::vector<Verb> local_steps_program(int local_steps) {
  std::vector<Verb> program(static_cast<std::size_t>(local_steps), Verb::gradient);
  program.push_back(Verb::round);
  return program;
}

std::optional<LimitRule> local_steps_limit(const Values& values) {
  if (error_feedback(values)) return std::nullopt;
  return LimitRule{.kind = LimitRule::Kind::local_steps,
                   .steps = static_cast<int>(values.whole("local_steps")),
                   .with_momentum = false};
}

Dynamics local_sgd_dynamics(int local_steps) {
  const LinearForms symbols(1, 1);
  const Form x = symbols.vector(0);
  return {.vectors = {"x"},
          .initial = Vector<double>::Ones(1),
          .point = Vector<double>::Ones(1),
          .gradient = {.landing = Vector<double>::Constant(1, -1.0)},
          .rounds = {symbols.round({x}, {symbols.mixed(0)}, Company::everyone)},
          .program = local_steps_program(local_steps)};
}

Dynamics local_sgd_dynamics(int local_steps, ErrorFeedback feedback) {
  Dynamics dynamics = compressed_mean_dynamics(
      feedback, {"theta", "change"}, [](const LinearForms& symbols, const Form& change) {
        return std::vector<Form>{symbols.vector(0) - change, symbols.zero()};
      });
  dynamics.program = local_steps_program(local_steps);
  return dynamics;
}

AlgorithmRow local_sgd_row() {
  return {
      .name = "local_sgd",
      .summary = "local SGD: in each round some gradients per worker, then the mean over all workers",
      .source = "Stich 2019; compressed: Reisizadeh et al. 2020, with ef14 Basu et al. 2019",
      .equations = {"local_steps times: x_i ← x_i − γ ∇F_i(x_i, ξ)", "then: x_i ← (1/n) Σ_j x_j",
                    "compressed: x_i ← θ ← θ − (1/n) Σ_j q_j, θ the model at the start of the round; none: "
                    "q_i = Q(θ − x_i); ef14: q_i = Q(θ − x_i + e_i), e_i ← e_i + θ − x_i − q_i"},
      .parameters = {local_steps_parameter(4), error_feedback_parameter({"ef14", "none"})},
      .resolve = note_compression,
      .dynamics =
          [](const Values& values) {
            const auto local_steps = static_cast<int>(values.whole("local_steps"));
            const auto feedback = error_feedback(values);
            return feedback ? local_sgd_dynamics(local_steps, *feedback) : local_sgd_dynamics(local_steps);
          },
      .compresses = true,
      .sends = "x to all, 2(n − 1)/n vectors per worker and round; compressed: 1 message q_i",
      .fixed_point =
          "biased with more than one local step: quadratics end where Σ_i (I − (I − γA_i)^H)(x − "
          "b_i) = 0; compressed: beside that",
      .limit = local_steps_limit,
      .step_limit = [](const Values&, const StepFacts& facts) { return two_over_smoothness(facts); }};
}

}  // namespace acidsim
