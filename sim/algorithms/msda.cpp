#include "sim/algorithms/msda.hpp"

#include <cmath>

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

MsdaParameters MsdaParameters::of(double smoothness, double strong_convexity, const Chebyshev& chebyshev) {
  const double q = std::pow(chebyshev.c1, chebyshev.steps), root = std::sqrt(smoothness / strong_convexity);
  return {.eta = strong_convexity * (1 + q * q) / ((1 + q) * (1 + q)),
          .momentum = ((1 + q) * root - 1 + q) / ((1 + q) * root + 1 - q)};
}

Dynamics msda_dynamics(const MsdaParameters& parameters, const Chebyshev& chebyshev) {
  const LinearForms symbols(5, 1);
  const Form x = symbols.vector(0), u = symbols.vector(1), w = symbols.vector(2), z = symbols.vector(3),
             before = symbols.vector(4);
  Dynamics dynamics{.vectors = {"x", "u", "w", "z", "z_before"},
                    .initial = Vector<double>::Zero(5),
                    .point = Vector<double>::Unit(5, 0),
                    .gradient = symbols.gradient({symbols.step(), u, w, z, before})};
  dynamics.gradient.point = Vector<double>::Unit(5, 1);
  dynamics.gradient.at_start = Vector<double>::Unit(5, 0);
  dynamics.dual_gradients = true;
  for (int k = 0; k < chebyshev.steps; ++k) {
    const auto [told, next] = chebyshev.exchange(k, symbols, x, z, before);
    Form next_u = u, next_w = w;
    if (k + 1 == chebyshev.steps) {
      next_w = u - parameters.eta * (x - next / chebyshev.scale());
      next_u = (1 + parameters.momentum) * next_w - parameters.momentum * w;
    }
    dynamics.rounds.push_back(symbols.round({told}, {x, next_u, next_w, next, told}));
    dynamics.program.push_back(Verb::round);
  }
  dynamics.program.push_back(Verb::gradient);
  return dynamics;
}

namespace {

bool msda_asks_theory(const Values& values) {
  return Chebyshev::any_automatic(values) || values.automatic("eta") || values.automatic("momentum");
}

void resolve_msda(Values& values, const MethodFacts& facts) {
  if (!msda_asks_theory(values)) return;
  Chebyshev::resolve(values, *facts.mixing);
  Chebyshev chebyshev = Chebyshev::of(facts.mixing->lambda_2, facts.mixing->lambda_n);
  chebyshev.steps = Chebyshev::from(values).steps;
  const MsdaParameters theory =
      MsdaParameters::of(*facts.objective->smoothness, *facts.objective->strong_convexity, chebyshev);
  values.resolve("eta", theory.eta);
  values.resolve("momentum", theory.momentum);
}

}  // namespace

AlgorithmRow msda_row() {
  AlgorithmRow row{
      .name = "msda",
      .summary = "MSDA: accelerated and exact in the dual, rounds of several exchanges; needs ∇f_i*",
      .source = "Scaman et al. 2017",
      .equations = {"round: w⁺ = u − η (x − P(W) x), u⁺ = (1 + m) w⁺ − m w, x_i = ∇f_i*(u_i)",
                    "P(W): K exchanges, as in chebyshev_gossip"},
      .parameters = Chebyshev::parameters(),
      .needs_objective = msda_asks_theory,
      .needs_mixing = msda_asks_theory,
      .resolve = resolve_msda,
      .dynamics =
          [](const Values& values) {
            return msda_dynamics({.eta = values.number("eta"), .momentum = values.number("momentum")},
                                 Chebyshev::from(values));
          },
      .own_steps = true,
      .one_matrix_because = "K exchanges make a polynomial of one W",
      .sends = "K vectors to each neighbour",
      .fixed_point = "exact: Σ_i ∇f_i(x) = 0"};
  row.parameters.push_back({.name = "eta",
                            .what = "η: dual step size; auto = μ (1 + q²)/(1 + q)², q = c1^K",
                            .automatic = true,
                            .minimum = 0});
  row.parameters.push_back({.name = "momentum",
                            .what = "m; auto = ((1 + q)√κ − 1 + q)/((1 + q)√κ + 1 − q)",
                            .automatic = true,
                            .minimum = 0,
                            .maximum = 1});
  row.parameters.push_back(mixing_parameter());
  return row;
}

}  // namespace acidsim
