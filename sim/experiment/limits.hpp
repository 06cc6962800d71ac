// What closed forms say about an experiment before it runs: where its workers end, and which steps are stable.
#pragma once

#include <optional>
#include <span>

#include "sim/algorithms/limit.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/objectives/objective.hpp"

namespace acidsim {

// What the equations of a LimitRule hold of an experiment, for n workers.
struct LimitFacts {
  double learning_rate = 0;                     // γ
  std::span<const double> gradient_rates = {};  // n, for pairwise rules
  Matrix<double> coupling = {};  // n × n: Λ for pairwise rules, the W that mixes for others, else empty
};

// dimension × n: the models that solve the rule's equations; infinite or not a number where they do not determine them.
Matrix<double> limit_states(const LimitRule& rule, const LimitFacts& facts,
                            std::span<const QuadraticForm> forms);

// How far from the minimiser x* of f the workers end, apart from noise.
struct Bias {
  double of_mean;     // ‖x̄ − x*‖²
  double of_workers;  // (1/n) Σ_i ‖x_i − x*‖²
  double scale;       // (1/n) Σ_i ‖x_i‖²

  // Whether a squared distance between such states may be a rounding error alone.
  bool is_rounding(double squared_distance) const { return squared_distance <= 1e-24 * scale; }
};

// What is known of the first repeat's objective, and what follows from it.
struct KnownLimits {
  std::optional<ObjectiveConstants> constants;  // none without objective
  std::vector<ParameterBlock> blocks;           // the pieces of x; none where nothing tells them apart
  std::optional<StepLimit> step;                // none where L is not known, or no limit is
  // None where no closed form is known, or where it would take longer than some seconds.
  std::optional<Bias> bias;
};
// Throws InputError as make_objective does.
KnownLimits known_limits(const Plan& plan, Resources& resources);

}  // namespace acidsim
