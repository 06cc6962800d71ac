#include "sim/algorithms/chebyshev_gossip.hpp"

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

Dynamics chebyshev_gossip_dynamics(const Chebyshev& chebyshev) {
  const LinearForms symbols(3, 1);
  const Form x = symbols.vector(0), z = symbols.vector(1), before = symbols.vector(2);
  Dynamics dynamics{.vectors = {"x", "z", "z_before"},
                    .initial = Eigen::Vector3d(1, 0, 0),
                    .point = Eigen::Vector3d(1, 0, 0),
                    .gradient = {.landing = Eigen::Vector3d(-1, 0, 0)},
                    .program = {Verb::gradient}};
  for (int k = 0; k < chebyshev.steps; ++k) {
    const auto [told, next] = chebyshev.exchange(k, symbols, x, z, before);
    const bool last = k + 1 == chebyshev.steps;
    dynamics.rounds.push_back(symbols.round({told}, {last ? Form(next / chebyshev.scale()) : x, next, told}));
    dynamics.program.push_back(Verb::round);
  }
  return dynamics;
}

AlgorithmRow chebyshev_gossip_row() {
  AlgorithmRow row{
      .name = "chebyshev_gossip",
      .summary = "D-PSGD whose rounds mix by accelerated gossip: K exchanges with Chebyshev's weights",
      .source = "Scaman et al. 2017",
      .equations =
          {"round: x ← P(W) (x − γg), with K exchanges: z_1 = c2 (I − c3 (I − W)) v, z_{k+1} = 2 c2 (I − "
           "c3 (I − W)) z_k − z_{k−1}, P(W) v = z_K/a_K"},
      .parameters = Chebyshev::parameters(),
      .needs_mixing = Chebyshev::any_automatic,
      .resolve =
          [](Values& values, const MethodFacts& facts) {
            if (facts.mixing != nullptr) Chebyshev::resolve(values, *facts.mixing);
          },
      .dynamics = [](const Values& values) { return chebyshev_gossip_dynamics(Chebyshev::from(values)); },
      .one_matrix_because = "K exchanges make a polynomial of one W",
      .sends = "K vectors to each neighbour",
      .fixed_point = "biased, as D-PSGD (atc) with the mixing matrix P(W)",
      .limit =
          [](const Values& values) {
            return LimitRule{.kind = LimitRule::Kind::adapt_combine,
                             .mixed_by = [chebyshev = Chebyshev::from(values)](const Matrix<double>& w) {
                               return chebyshev.of_matrix(w);
                             }};
          }};
  row.parameters.push_back(mixing_parameter());
  return row;
}

}  // namespace acidsim
