#include "sim/algorithms/choco_sgd.hpp"

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

Dynamics choco_sgd_dynamics(ChocoOrder order, double consensus_step) {
  const LinearForms symbols(3, 1);
  const Form x = symbols.vector(0), copy = symbols.vector(1), neighbours = symbols.vector(2);
  const Form next_copy = copy + symbols.own(0), next_neighbours = neighbours + symbols.mixed(0);
  Dynamics dynamics{.vectors = {"x", "x_hat", "neighbours_x_hat"},
                    .initial = Eigen::Vector3d(1, 0, 0),
                    .point = Eigen::Vector3d(1, 0, 0),
                    .gradient = {.landing = Eigen::Vector3d(-1, 0, 0)},
                    .program = {Verb::gradient, Verb::round}};
  if (order == ChocoOrder::paper) {
    dynamics.rounds = {symbols.round(
        {x - copy}, {x + consensus_step * (next_neighbours - next_copy), next_copy, next_neighbours})};
  } else {
    const Form next = x + consensus_step * (neighbours - copy);
    dynamics.rounds = {symbols.round({next - copy}, {next, next_copy, next_neighbours})};
  }
  return dynamics;
}

AlgorithmRow choco_sgd_row() {
  return {
      .name = "choco_sgd",
      .summary = "CHOCO-SGD: D-PSGD with compressed messages and public copies, in rounds",
      .source = "Koloskova, Stich, Jaggi 2019",
      .equations = {"paper: x_h = x − γ ∇F(x, ξ), x̂⁺ = x̂ + Q(x_h − x̂), x⁺ = x_h + ε Σ_j W_ij (x̂_j⁺ − x̂_i⁺)",
                    "published_code: x⁺ = x_h + ε Σ_j W_ij (x̂_j − x̂_i), x̂⁺ = x̂ + Q(x⁺ − x̂)"},
      .parameters = {{.name = "order",
                      .kind = Parameter::Kind::text,
                      .default_value = std::string("paper"),
                      .what = "mix with the new public copies, or with the old ones",
                      .choices = {"paper", "published_code"}},
                     {.name = "consensus_step",
                      .default_value = 0.2,
                      .what = "ε; the theory's is far too small to be of use",
                      .minimum = 0,
                      .maximum = 1},
                     mixing_parameter()},
      .dynamics =
          [](const Values& values) {
            return choco_sgd_dynamics(
                values.text("order") == "paper" ? ChocoOrder::paper : ChocoOrder::published_code,
                values.number("consensus_step"));
          },
      .one_matrix_because = "Σ_j W_ij x̂_j is kept as a sum over all rounds so far",
      .compresses = true,
      .sends = "Q(x − x̂) to each neighbour",
      .fixed_point =
          "biased, as D-PSGD with I − ε(I − W) in the place of W: atc for paper, cta for published_code",
      .limit =
          [](const Values& values) {
            return LimitRule{.kind = values.text("order") == "paper" ? LimitRule::Kind::adapt_combine
                                                                     : LimitRule::Kind::combine_adapt,
                             .weight = values.number("consensus_step")};
          }};
}

}  // namespace acidsim
