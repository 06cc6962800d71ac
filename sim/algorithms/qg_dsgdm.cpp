#include "sim/algorithms/qg_dsgdm.hpp"

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

Dynamics qg_dsgdm_dynamics(double momentum) {
  const LinearForms symbols(3, 1);
  const Form x = symbols.vector(0), m = symbols.vector(1), g = symbols.vector(2), mixed = symbols.mixed(0);
  return {.vectors = {"x", "gamma_m", "gamma_g"},
          .initial = Eigen::Vector3d(1, 0, 0),
          .point = Eigen::Vector3d(1, 0, 0),
          .gradient = symbols.gradient({x, m, symbols.step()}),
          .rounds = {symbols.round({x - momentum * m - g},
                                   {mixed, momentum * m + (1 - momentum) * (x - mixed), symbols.zero()})},
          .program = {Verb::gradient, Verb::round}};
}

AlgorithmRow qg_dsgdm_row() {
  return {.name = "qg_dsgdm",
          .summary = "decentralized SGD with quasi-global momentum, in rounds",
          .source = "Lin et al. 2021",
          .equations = {"round: x_i⁺ = Σ_j W_ij (x_j − γ (β m_j + ∇F_j(x_j, ξ)))",
                        "m_i⁺ = β m_i + (1 − β) (x_i − x_i⁺)/γ"},
          .parameters = {{.name = "momentum",
                          .default_value = 0.9,
                          .what = "β, of the quasi-global momentum",
                          .minimum = 0,
                          .maximum = 1},
                         mixing_parameter()},
          .dynamics = [](const Values& values) { return qg_dsgdm_dynamics(values.number("momentum")); },
          .needs_constant_learning_rate = always,
          .needs_symmetric_mixing = false,
          .sends = "one vector to each neighbour",
          .fixed_point = "biased, as D-PSGD (atc) of step γ: (I − W(I − γA)) x = γWAb on quadratics",
          .limit =
              [](const Values&) {
                return LimitRule{.kind = LimitRule::Kind::adapt_combine, .with_momentum = false};
              }};
}

}  // namespace acidsim
