#include "sim/algorithms/extra.hpp"

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

Dynamics extra_dynamics() {
  const LinearForms symbols(3, 1);
  const Form x = symbols.vector(0), c = symbols.vector(1), g = symbols.vector(2), mixed = symbols.mixed(0);
  return {.vectors = {"x", "c", "gamma_g"},
          .initial = Eigen::Vector3d(1, 0, 0),
          .point = Eigen::Vector3d(1, 0, 0),
          .gradient = symbols.gradient({x, c, symbols.step()}),
          .rounds = {symbols.round({x}, {mixed + c - g, c + 0.5 * (mixed - x), symbols.zero()})},
          .program = {Verb::gradient, Verb::round}};
}

AlgorithmRow extra_row() {
  return {.name = "extra",
          .summary = "EXTRA, in rounds: exact under heterogeneous data",
          .source = "Shi et al. 2015",
          .equations = {"round: x_i⁺ = Σ_j W_ij x_j + c_i − γ ∇F_i(x_i, ξ)",
                        "c_i⁺ = c_i + ½ (Σ_j W_ij x_j − x_i)"},
          .parameters = {mixing_parameter()},
          .dynamics = [](const Values&) { return extra_dynamics(); },
          .one_matrix_because = "c_i sums up what W does to the models",
          .sends = "x to each neighbour",
          .fixed_point = "exact: Σ_i ∇f_i(x) = 0",
          .step_limit =
              [](const Values&, const StepFacts& facts) {
                return stable_below((5 + 3 * facts.mixing.lambda_n) / (4 * facts.smoothness()),
                                    "(5 + 3λ_n)/(4L)");
              }};
}

}  // namespace acidsim
