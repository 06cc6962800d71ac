#include "sim/algorithms/chebyshev_gossip.hpp"

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

Dynamics chebyshev_gossip_dynamics(const Chebyshev& constants, int steps) {
  const LinearForms symbols(3, 1);
  const Form x = symbols.vector(0), z = symbols.vector(1), before = symbols.vector(2);
  // (I − c3 𝓦) v, of what was told.
  const auto mixed = [&](const Form& told) {
    return Form((1 - constants.c3) * told + constants.c3 * symbols.mixed(0));
  };
  Dynamics dynamics{.vectors = {"x", "z", "z_before"},
                    .initial = Eigen::Vector3d(1, 0, 0),
                    .point = Eigen::Vector3d(1, 0, 0),
                    .gradient = {.landing = Eigen::Vector3d(-1, 0, 0)},
                    .program = {Verb::gradient}};
  const double scale = constants.scale(steps);
  for (int k = 0; k < steps; ++k) {
    const Form told = k == 0 ? x : z;
    const Form next = k == 0 ? Form(constants.c2 * mixed(x)) : Form(2 * constants.c2 * mixed(z) - before);
    const bool last = k + 1 == steps;
    dynamics.rounds.push_back(symbols.round({told}, {last ? Form(next / scale) : x, next, told}));
    dynamics.program.push_back(Verb::round);
  }
  return dynamics;
}

AlgorithmRow chebyshev_gossip_row() {
  return {
      .name = "chebyshev_gossip",
      .summary = "D-PSGD whose rounds mix by accelerated gossip: K exchanges with Chebyshev's weights",
      .source = "Scaman et al. 2017",
      .equations = {"round: x ← P(W) (x − γg), with K exchanges: z_1 = c2 (I − c3 (I − W)) v, z_{k+1} = 2 c2 "
                    "(I − c3 (I − W)) z_k − z_{k−1}, P(W) v = z_K/a_K"},
      .parameters = {{.name = "steps",
                      .kind = Parameter::Kind::whole,
                      .what = "K: exchanges in a round; auto = ⌊1/√γ_W⌋, γ_W = (1 − λ_2)/(1 − λ_n) of W",
                      .automatic = true,
                      .minimum = 1,
                      .maximum = 10000},
                     {.name = "c2", .what = "auto = (1 + γ_W)/(1 − γ_W)", .automatic = true, .minimum = 0},
                     {.name = "c3", .what = "auto = 2/((1 + γ_W)(1 − λ_n))", .automatic = true, .minimum = 0},
                     mixing_parameter()},
      .needs_mixing =
          [](const Values& values) {
            return values.automatic("steps") || values.automatic("c2") || values.automatic("c3");
          },
      .resolve =
          [](Values& values, const MethodFacts& facts) {
            if (facts.mixing == nullptr) return;
            const Chebyshev theory = Chebyshev::of(facts.mixing->lambda_2, facts.mixing->lambda_n);
            values.resolve("steps", theory.steps);
            values.resolve("c2", theory.c2);
            values.resolve("c3", theory.c3);
          },
      .dynamics =
          [](const Values& values) {
            return chebyshev_gossip_dynamics({.c1 = 0,
                                              .c2 = values.number("c2"),
                                              .c3 = values.number("c3"),
                                              .steps = static_cast<int>(values.number("steps"))},
                                             static_cast<int>(values.number("steps")));
          },
      .sends = "K vectors to each neighbour",
      .fixed_point = "biased, as D-PSGD (atc) with the mixing matrix P(W)"};
}

}  // namespace acidsim
