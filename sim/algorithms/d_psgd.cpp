#include "sim/algorithms/d_psgd.hpp"

namespace acidsim {

Dynamics d_psgd_dynamics(MixingOrder order) {
  const Matrix<double> one = Matrix<double>::Ones(1, 1);
  return {.vectors = {"x"},
          .initial = Vector<double>::Ones(1),
          .point = Vector<double>::Ones(1),
          .gradient = {.landing = Vector<double>::Constant(1, -1.0)},
          .rounds = {{.told = one, .landing = one}},
          .program = order == MixingOrder::adapt_then_combine
                         ? std::vector{Verb::gradient, Verb::round}
                         : std::vector{Verb::read, Verb::round, Verb::step}};
}

namespace {

MixingOrder mixing_order(const Values& values) {
  return values.text("order") == "cta" ? MixingOrder::combine_then_adapt : MixingOrder::adapt_then_combine;
}

}  // namespace

AlgorithmRow d_psgd_row() {
  return {
      .name = "d_psgd",
      .summary = "decentralized parallel SGD: in each round one gradient per worker, then all neighbours mix",
      .source = "Lian et al. 2017",
      .equations = {"atc: x_i ← Σ_j W_ij (x_j − γ ∇F_j(x_j, ξ))", "cta: x_i ← Σ_j W_ij x_j − γ ∇F_i(x_i, ξ)"},
      .parameters = {{.name = "order",
                      .kind = Parameter::Kind::text,
                      .default_value = std::string("atc"),
                      .what = "atc = adapt, then combine; cta = combine, then adapt",
                      .choices = {"atc", "cta"}},
                     mixing_parameter()},
      .dynamics = [](const Values& values) { return d_psgd_dynamics(mixing_order(values)); },
      .needs_symmetric_mixing = false,
      .sends = "x to each neighbour",
      .fixed_point = "biased: on quadratics (I − W(I − γA)) x = γWAb for atc, (I − W + γA) x = γAb for cta",
      .limit =
          [](const Values& values) {
            return LimitRule{.kind = mixing_order(values) == MixingOrder::adapt_then_combine
                                         ? LimitRule::Kind::adapt_combine
                                         : LimitRule::Kind::combine_adapt};
          },
      .step_limit =
          [](const Values& values, const StepFacts& facts) {
            return mixing_order(values) == MixingOrder::adapt_then_combine
                       ? two_over_smoothness(facts)
                       : stable_below((1 + facts.mixing.lambda_n) / facts.smoothness(), "(1 + λ_n)/L");
          }};
}

}  // namespace acidsim
