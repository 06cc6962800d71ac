#include "sim/algorithms/continuized.hpp"

#include <cmath>
#include <numbers>

#include "sim/algorithms/chi_course.hpp"

namespace acidsim {

ContinuizedParameters continuized_parameters(const GraphConstants& graph, double smoothness,
                                             double strong_convexity) {
  if (!std::isfinite(graph.chi_1)) return {0, strong_convexity / 2, strong_convexity / 2};
  return {.eta = 0.5 * std::sqrt(strong_convexity / (smoothness * graph.chi_1 * graph.chi_2)),
          .gamma = strong_convexity / 2,
          .gamma_tilde = 0.5 * std::sqrt(smoothness * strong_convexity * graph.chi_1 / graph.chi_2)};
}

Dynamics continuized_dynamics(const ContinuizedParameters& parameters) {
  const double eta = parameters.eta;
  return {.vectors = {"y", "z"},
          .initial = Eigen::Vector2d(0, 0),
          .flow = Eigen::Matrix2d{{-eta, eta}, {eta, -eta}},
          .point = Eigen::Vector2d(0, 1),
          .gradient = {.landing = Eigen::Vector2d(0, 0)},
          .exchange = {.told = Eigen::RowVector2d(1, 0),
                       .landing = Eigen::Vector2d(parameters.gamma, parameters.gamma_tilde)},
          .dual = true};
}

namespace {

bool continuized_asks_theory(const Values& values) {
  return values.automatic("mixing_rate") || values.automatic("gamma") || values.automatic("gamma_tilde");
}

// Where nothing ever communicates (χ infinite) η = 0 and, by convention, γ̃ = γ.
void resolve_continuized(Values& values, const MethodFacts& facts) {
  if (!continuized_asks_theory(values)) return;
  const ContinuizedParameters theory =
      continuized_parameters(facts.graph != nullptr ? *facts.graph : GraphConstants{infinity, infinity},
                             *facts.objective->smoothness, *facts.objective->strong_convexity);
  const bool published = values.text("eta") == "published_code";
  values.resolve("mixing_rate", published ? std::numbers::sqrt2 * theory.eta : theory.eta);
  values.resolve("gamma", theory.gamma);
  values.resolve("gamma_tilde", theory.gamma_tilde);
}

}  // namespace

AlgorithmRow continuized_row() {
  return {
      .name = "continuized",
      .summary =
          "accelerated and exact in the dual: each communication computes ∇f* of both workers, nothing else",
      .source = "Even et al. 2021",
      .equations = {"dy = η (z − y) dt − γ Σ_j (∇f_i*(y_i) − ∇f_j*(y_j)) dM_ij",
                    "dz = η (y − z) dt − γ̃ Σ_j (∇f_i*(y_i) − ∇f_j*(y_j)) dM_ij",
                    "model: ∇f_i*(z_i); y = z = 0 at the start"},
      .parameters = {{.name = "eta",
                      .kind = Parameter::Kind::text,
                      .default_value = std::string("theory"),
                      .what = "which η is automatic: theory = ½√(μ/(Lχ1χ2)); published_code = √2 times that, "
                              "as a published comparison has it",
                      .choices = {"theory", "published_code"}},
                     {.name = "mixing_rate",
                      .what = "η: mixing rate of y and z per unit time; auto = what `eta` says",
                      .automatic = true,
                      .minimum = 0,
                      .maximum = 1e9},
                     {.name = "gamma",
                      .what = "γ: how far y moves at a communication; auto = μ/2",
                      .automatic = true,
                      .minimum = 0},
                     {.name = "gamma_tilde",
                      .what = "γ̃: how far z moves at a communication; auto = ½√(Lμχ1/χ2)",
                      .automatic = true,
                      .minimum = 0},
                     chi_parameter()},
      .needs_spectrum =
          [](const Values& values) {
            return values.automatic("mixing_rate") || values.automatic("gamma_tilde");
          },
      .needs_objective = continuized_asks_theory,
      .resolve = resolve_continuized,
      .dynamics =
          [](const Values& values) {
            return continuized_dynamics({.eta = values.number("mixing_rate"),
                                         .gamma = values.number("gamma"),
                                         .gamma_tilde = values.number("gamma_tilde")});
          },
      .own_steps = true,
      .sends = "∇f_i*(y_i), a model",
      .fixed_point = "the minimiser of f; there are no gradient events"};
}

}  // namespace acidsim
