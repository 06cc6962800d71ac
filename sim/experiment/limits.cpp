#include "sim/experiment/limits.hpp"

#include <Eigen/LU>
#include <algorithm>
#include <cmath>
#include <vector>

#include "sim/experiment/mixings.hpp"
#include "topologies/spectrum/mixing_spectrum.hpp"

namespace acidsim {
namespace {

using Forms = std::vector<QuadraticForm>;
using Kind = LimitRule::Kind;

constexpr Worker most_dense_workers = 1000;  // whose mixing matrix has its eigenvalues found
constexpr Worker most_workers = 10000;       // whose quadratics are looked at

bool is_diagonal(const QuadraticForm& form) { return form.hessian.cols() == 1 && form.pull.size() > 1; }

// The forms along one coordinate.
Forms along(std::span<const QuadraticForm> forms, Index coordinate) {
  Forms result;
  for (const QuadraticForm& form : forms)
    result.push_back({form.hessian.row(coordinate), form.pull.segment(coordinate, 1)});
  return result;
}

// Σ_i C_i x = Σ_i C_i b_i, where C_i = γ D_i A_i with D_i = Σ_{h < steps} (I − γA_i)^h.
Matrix<double> common_limit(const LimitRule& rule, double gamma, const Forms& forms) {
  const Index d = forms[0].pull.size();
  const Matrix<double> identity = Matrix<double>::Identity(d, d);
  Matrix<double> sum = Matrix<double>::Zero(d, d);
  Vector<double> right = Vector<double>::Zero(d);
  for (const QuadraticForm& form : forms) {
    const Matrix<double> step = identity - gamma * form.hessian;
    Matrix<double> power = identity, powers = identity;
    for (int h = 1; h < rule.steps; ++h) powers += power = step * power;
    sum += powers * form.hessian;
    right += powers * form.pull;
  }
  return sum.partialPivLu().solve(right).replicate(1, static_cast<Index>(forms.size()));
}

// What one worker puts into the system of all: rows of its own, and what it adds to those of whom it is coupled with.
struct Terms {
  Matrix<double> own, through;
  Vector<double> right;
};
// `rate`: of the worker's gradients, for pairwise rules; `weight`: w_i of one that pushes, else 1.
Terms terms_of(const LimitRule& rule, double gamma, double rate, double weight, const QuadraticForm& form) {
  const Index d = form.pull.size();
  const Matrix<double> identity = weight * Matrix<double>::Identity(d, d), step = gamma * form.hessian;
  const Vector<double> pull = gamma * form.pull;
  if (rule.kind == Kind::combine_adapt) return {identity + step, -identity, pull};
  if (rule.kind == Kind::adapt_combine) return {identity, step - identity, pull};
  if (!rule.stale) return {rate * step, identity, rate * pull};
  const Eigen::PartialPivLU<Matrix<double>> delayed(identity + step);
  return {rate * delayed.solve(step), identity, rate * delayed.solve(pull)};
}

// w of a column stochastic W: W w = w, and n with what is under way.
Vector<double> push_weights(const LimitRule& rule, const Matrix<double>& w) {
  const Index n = w.rows();
  Matrix<double> system = w - Matrix<double>::Identity(n, n);
  Vector<double> right = Vector<double>::Zero(n);
  const Vector<double> told = Vector<double>::Ones(n) - w.diagonal();
  system.row(0) = (Vector<double>::Ones(n) + rule.rounds_under_way * told).transpose();
  right[0] = static_cast<double>(n);
  return system.partialPivLu().solve(right);
}

// One linear system for the models of all workers.
Matrix<double> coupled_limit(const LimitRule& rule, const LimitFacts& facts, const Forms& forms) {
  const auto n = static_cast<Index>(forms.size());
  const Index d = forms[0].pull.size();
  Matrix<double> coupling = rule.weight * facts.coupling;
  if (rule.kind != Kind::pairwise) coupling.diagonal().array() += 1 - rule.weight;
  const Vector<double> weights =
      rule.pushed ? push_weights(rule, coupling) : Vector<double>(Vector<double>::Ones(n));
  Matrix<double> system = Matrix<double>::Zero(n * d, n * d), right(d, n);
  for (Index j = 0; j < n; ++j) {
    const auto at = static_cast<std::size_t>(j);
    const double rate = rule.kind == Kind::pairwise ? facts.gradient_rates[at] : 1;
    const Terms terms = terms_of(rule, facts.learning_rate, rate, weights[j], forms[at]);
    system.block(j * d, j * d, d, d) += terms.own;
    for (Index i = 0; i < n; ++i) system.block(i * d, j * d, d, d) += coupling(i, j) * terms.through;
    right.col(j) = terms.right;
  }
  if (rule.kind == Kind::adapt_combine) right *= coupling.transpose();
  return system.partialPivLu().solve(right.reshaped()).reshaped(d, n);
}

Matrix<double> laplacian(const Plan& plan) {
  Matrix<double> result = Matrix<double>::Zero(plan.workers(), plan.workers());
  for (const Edge& edge : plan.network->edges.list()) {
    result(edge.i, edge.i) += edge.rate;
    result(edge.j, edge.j) += edge.rate;
    result(edge.i, edge.j) -= edge.rate;
    result(edge.j, edge.i) -= edge.rate;
  }
  return result;
}

// γ of the rule, or nothing where the optimizer is none that it speaks of.
std::optional<double> effective_learning_rate(const LimitRule& rule, const OptimizerParameters& optimizer) {
  const auto* known = std::get_if<SgdParameters>(&optimizer);
  if (known == nullptr) return std::nullopt;
  const SgdParameters& sgd = *known;
  if (!sgd.learning_rate.is_constant() || sgd.learning_rate.base == 0 || sgd.weight_decay != 0 ||
      sgd.clip_norm || sgd.momentum == 1 || (sgd.momentum != 0 && !rule.with_momentum))
    return std::nullopt;
  return sgd.learning_rate.base / (1 - sgd.momentum);
}

// The matrix that a rule of rounds mixes with, of a graph that does not change.
Matrix<double> mixing_of(const LimitRule& rule, const Plan& plan) {
  if (rule.pushed) return mixing_matrix(round_groups(plan).first.pushed);
  const Matrix<double> w = mixing_matrix(round_group(plan));
  return rule.mixed_by ? rule.mixed_by(w) : w;
}

// Whether the equations of a rule are those of the experiment's graph and clocks.
bool applies(const LimitRule& rule, const Plan& plan) {
  const Timing& timing = plan.experiment.timing;
  if (timing.model != TimingModel::poisson || timing.churn || timing.backup_workers > 0 ||
      timing.messages.any())
    return false;
  if (plan.network->directed() && !rule.pushed) return false;
  return rule.kind == Kind::local_steps || !plan.network->changes();
}

// The quadratics of all workers; none where there are others, or where the limit would take longer than some seconds.
template <class Scalar>
std::optional<Forms> affordable_forms(const Plan& plan, const LimitRule& rule,
                                      const Objective<Scalar>& objective) {
  if (plan.workers() > most_workers || !objective.no_minimiser_reason().empty()) return std::nullopt;
  const double n = plan.workers(), d = static_cast<double>(objective.dimension());
  constexpr double most_flops = 2e10, most_numbers = 2e7;  // some seconds, 160 MB
  Forms forms;
  for (Worker i = 0; i < plan.workers(); ++i) {
    auto form = objective.quadratic_form(i);
    if (!form) return std::nullopt;
    const bool diagonal = is_diagonal(*form);
    const double rows = (rule.kind == Kind::local_steps ? 1 : n) * (diagonal ? 1 : d);
    if (rows * rows * rows * (diagonal ? d : 1) > most_flops || n * form->hessian.size() > most_numbers)
      return std::nullopt;
    forms.push_back(std::move(*form));
  }
  return forms;
}

template <class Scalar>
std::optional<Bias> known_bias(const Plan& plan, const Objective<Scalar>& objective) {
  if (!plan.algorithm().limit) return std::nullopt;
  const std::optional<LimitRule> rule = plan.algorithm().limit(plan.constants);
  if (!rule || !applies(*rule, plan)) return std::nullopt;
  const auto gamma = effective_learning_rate(*rule, plan.experiment.optimizer.rule);
  if (!gamma) return std::nullopt;
  const std::optional<Forms> forms = affordable_forms(plan, *rule, objective);
  if (!forms) return std::nullopt;
  const std::vector<double> rates = plan.gradient_rates(plan.experiment.seed);
  LimitFacts facts{*gamma, rates, {}};
  if (rule->kind == Kind::pairwise) facts.coupling = laplacian(plan);
  if (rule->kind == Kind::combine_adapt || rule->kind == Kind::adapt_combine)
    facts.coupling = mixing_of(*rule, plan);
  Matrix<double> states = limit_states(*rule, facts, *forms);
  const double n = plan.workers(), scale = states.squaredNorm() / n;
  states.colwise() -= objective.minimiser().point;
  const Bias bias{states.rowwise().mean().squaredNorm(), states.squaredNorm() / n, scale};
  return std::isfinite(bias.of_workers) ? std::optional(bias) : std::nullopt;
}

std::optional<StepLimit> known_step_limit(const Plan& plan, const ObjectiveConstants& objective) {
  const AlgorithmRow& row = plan.algorithm();
  if (!std::holds_alternative<SgdParameters>(plan.experiment.optimizer.rule)) return std::nullopt;
  if (!row.step_limit || objective.smoothness.value_or(0) <= 0) return std::nullopt;
  StepFacts facts{.objective = objective, .workers = plan.workers()};
  if (const auto& codec = plan.experiment.algorithm.compression)
    facts.contraction = codec->contraction(plan.expected.dimension);
  if (plan.constants.has("mixing")) {
    if (plan.network->changes() || plan.network->directed() || plan.workers() > most_dense_workers ||
        (plan.mixing && !row.needs_symmetric_mixing))
      return std::nullopt;
    facts.mixing = mixing_constants(round_group(plan));
  }
  return row.step_limit(plan.constants, facts);
}

template <class Scalar>
KnownLimits known_limits_of(const Plan& plan, Resources& resources) {
  const auto objective = plan.make_objective<Scalar>(resources, plan.experiment.seed);
  if (!objective) return {};
  const ObjectiveConstants constants = objective->constants();
  return {constants, objective->blocks(), known_step_limit(plan, constants), known_bias(plan, *objective)};
}

}  // namespace

Matrix<double> limit_states(const LimitRule& rule, const LimitFacts& facts,
                            std::span<const QuadraticForm> forms) {
  const auto solve = [&](const Forms& some) {
    return rule.kind == Kind::local_steps ? common_limit(rule, facts.learning_rate, some)
                                          : coupled_limit(rule, facts, some);
  };
  if (!std::all_of(forms.begin(), forms.end(), is_diagonal)) return solve({forms.begin(), forms.end()});
  const Index d = forms[0].pull.size();
  Matrix<double> states(d, static_cast<Index>(forms.size()));
  for (Index k = 0; k < d; ++k) states.row(k) = solve(along(forms, k));
  return states;
}

KnownLimits known_limits(const Plan& plan, Resources& resources) {
  return plan.single_precision() ? known_limits_of<float>(plan, resources)
                                 : known_limits_of<double>(plan, resources);
}

}  // namespace acidsim
