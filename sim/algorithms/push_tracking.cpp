#include "sim/algorithms/push_tracking.hpp"

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

Dynamics push_diging_dynamics() {
  const LinearForms symbols(3, 2);
  const Form u = symbols.vector(0), y = symbols.vector(1), g = symbols.vector(2);
  return {.vectors = {"u", "gamma_y", "gamma_g"},
          .initial = Eigen::Vector3d(1, 0, 0),
          .point = Eigen::Vector3d(1, 0, 0),
          .gradient = symbols.gradient({u, y + symbols.step() - g, symbols.step()}),
          .rounds = {symbols.round({u - y, y}, {symbols.mixed(0), symbols.mixed(1), g}, Company::pushed)},
          .program = {Verb::gradient, Verb::round},
          .weights = 1};
}

Dynamics push_pull_dynamics() {
  const LinearForms symbols(3, 1);
  const Form x = symbols.vector(0), y = symbols.vector(1), g = symbols.vector(2), mixed = symbols.mixed(0);
  return {.vectors = {"x", "gamma_y", "gamma_g"},
          .initial = Eigen::Vector3d(1, 0, 0),
          .point = Eigen::Vector3d(1, 0, 0),
          .gradient = symbols.gradient({x, y + symbols.step() - g, symbols.step()}),
          .rounds = {symbols.round({x - y}, {mixed, y, g}, Company::pulled),
                     symbols.round({y}, {x, mixed, g}, Company::pushed)},
          .program = {Verb::gradient, Verb::round, Verb::round}};
}

AlgorithmRow push_diging_row() {
  return {.name = "push_diging",
          .summary = "gradient tracking by push-sum, in rounds: exact on directed graphs",
          .source = "Nedić, Olshevsky, Shi 2017",
          .equations = {"round: u⁺ = P (u − γy), v⁺ = P v, x = u / v", "y⁺ = P y + g⁺ − g, y⁰ = g⁰"},
          .dynamics = [](const Values&) { return push_diging_dynamics(); },
          .needs_constant_learning_rate = always,
          .sends = "its share of u − γy, y and the weight to each that hears it: 2 vectors and a number",
          .fixed_point = "exact: Σ_i ∇f_i(x) = 0"};
}

AlgorithmRow push_pull_row() {
  return {.name = "push_pull",
          .summary = "push-pull (AB), in rounds: exact on directed graphs, without weights",
          .source = "Pu, Shi, Xu, Nedić 2021; Xin and Khan 2018",
          .equations = {"round: x⁺ = R (x − γy)", "y⁺ = P y + g⁺ − g, y⁰ = g⁰"},
          .dynamics = [](const Values&) { return push_pull_dynamics(); },
          .needs_constant_learning_rate = always,
          .sends = "x − γy and its share of y to each that hears it: 2 vectors",
          .fixed_point = "exact: Σ_i ∇f_i(x) = 0"};
}

}  // namespace acidsim
