#include "sim/algorithms/gradient_tracking.hpp"

#include <cmath>

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

Dynamics gradient_tracking_dynamics(TrackingVariant variant) {
  const LinearForms symbols(3, 2);
  const Form x = symbols.vector(0), y = symbols.vector(1), g = symbols.vector(2);
  const Form first = symbols.mixed(0), second = symbols.mixed(1);
  Dynamics dynamics{.vectors = {"x", "gamma_y", "gamma_g"},
                    .initial = Eigen::Vector3d(1, 0, 0),
                    .point = Eigen::Vector3d(1, 0, 0),
                    .gradient = symbols.gradient({x, y + symbols.step() - g, symbols.step()})};
  switch (variant) {
    case TrackingVariant::diging:
      dynamics.rounds = {symbols.round({x, y}, {first - y, second, g})};
      dynamics.program = {Verb::gradient, Verb::round};
      break;
    case TrackingVariant::semi_atc:
      dynamics.rounds = {symbols.round({x - y, y}, {first, second, g})};
      dynamics.program = {Verb::gradient, Verb::round};
      break;
    case TrackingVariant::atc:
      dynamics.rounds = {symbols.round({y}, {x, first, g}), symbols.round({x - y}, {first, y, g})};
      dynamics.opening = {symbols.round({}, {x, y, g}), dynamics.rounds[1]};  // y⁰ = g⁰ is not mixed
      dynamics.program = {Verb::gradient, Verb::round, Verb::round};
      break;
  }
  return dynamics;
}

AlgorithmRow gradient_tracking_row() {
  return {
      .name = "gradient_tracking",
      .summary = "gradient tracking in rounds: exact under heterogeneous data",
      .source = "Di Lorenzo and Scutari 2016; Xu et al. 2015; Nedić et al. 2017",
      .equations = {"diging: x⁺ = Wx − γy, y⁺ = Wy + g⁺ − g", "semi_atc: x⁺ = W(x − γy), y⁺ = Wy + g⁺ − g",
                    "atc: x⁺ = W(x − γy), y⁺ = W(y + g⁺ − g)"},
      .parameters = {{.name = "variant",
                      .kind = Parameter::Kind::text,
                      .default_value = std::string("atc"),
                      .what = "what is mixed before, and what after a step",
                      .choices = {"diging", "semi_atc", "atc"}},
                     mixing_parameter()},
      .dynamics =
          [](const Values& values) {
            const std::string& variant = values.text("variant");
            return gradient_tracking_dynamics(variant == "diging"     ? TrackingVariant::diging
                                              : variant == "semi_atc" ? TrackingVariant::semi_atc
                                                                      : TrackingVariant::atc);
          },
      .needs_constant_learning_rate = always,
      .needs_symmetric_mixing = false,
      .sends = "x and y to each neighbour, 2 vectors",
      .fixed_point = "exact: Σ_i ∇f_i(x) = 0",
      .step_limit =
          [](const Values& values, const StepFacts& facts) {
            if (values.text("variant") != "diging")
              return stable_below(2 / facts.smoothness(), "2/L, where all workers have the same Hessian");
            return stable_below(std::pow(1 + facts.mixing.lambda_n, 2) / (2 * facts.smoothness()),
                                "(1 + λ_n)²/(2L), where all workers have the same Hessian");
          }};
}

}  // namespace acidsim
