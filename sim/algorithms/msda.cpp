#include "sim/algorithms/msda.hpp"

#include <cmath>

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

MsdaParameters MsdaParameters::of(double smoothness, double strong_convexity, const Chebyshev& chebyshev) {
  const double q = std::pow(chebyshev.c1, chebyshev.steps), root = std::sqrt(smoothness / strong_convexity);
  return {.eta = strong_convexity * (1 + q * q) / ((1 + q) * (1 + q)),
          .momentum = ((1 + q) * root - 1 + q) / ((1 + q) * root + 1 - q)};
}

Dynamics msda_dynamics(const MsdaParameters& parameters, const Chebyshev& chebyshev, int steps) {
  const LinearForms symbols(5, 1);
  const Form x = symbols.vector(0), u = symbols.vector(1), w = symbols.vector(2), z = symbols.vector(3),
             before = symbols.vector(4);
  const auto mixed = [&](const Form& told) {
    return Form((1 - chebyshev.c3) * told + chebyshev.c3 * symbols.mixed(0));
  };
  Dynamics dynamics{.vectors = {"x", "u", "w", "z", "z_before"},
                    .initial = Vector<double>::Zero(5),
                    .point = Vector<double>::Unit(5, 0),
                    .gradient = symbols.gradient({symbols.step(), u, w, z, before})};
  dynamics.gradient.point = Vector<double>::Unit(5, 1);
  dynamics.gradient.at_start = Vector<double>::Unit(5, 0);
  dynamics.dual_gradients = true;
  const double scale = chebyshev.scale(steps);
  for (int k = 0; k < steps; ++k) {
    const Form told = k == 0 ? x : z;
    const Form next = k == 0 ? Form(chebyshev.c2 * mixed(x)) : Form(2 * chebyshev.c2 * mixed(z) - before);
    if (k + 1 < steps) {
      dynamics.rounds.push_back(symbols.round({told}, {x, u, w, next, told}));
    } else {
      const Form next_w = u - parameters.eta * (x - next / scale);
      const Form next_u = (1 + parameters.momentum) * next_w - parameters.momentum * w;
      dynamics.rounds.push_back(symbols.round({told}, {x, next_u, next_w, next, told}));
    }
    dynamics.program.push_back(Verb::round);
  }
  dynamics.program.push_back(Verb::gradient);
  return dynamics;
}

namespace {

bool any_automatic(const Values& values) {
  for (const char* name : {"steps", "c2", "c3", "eta", "momentum"})
    if (values.automatic(name)) return true;
  return false;
}

void resolve(Values& values, const MethodFacts& facts) {
  if (!any_automatic(values)) return;
  Chebyshev chebyshev = Chebyshev::of(facts.mixing->lambda_2, facts.mixing->lambda_n);
  values.resolve("steps", chebyshev.steps);
  values.resolve("c2", chebyshev.c2);
  values.resolve("c3", chebyshev.c3);
  chebyshev.steps = static_cast<int>(values.number("steps"));
  const MsdaParameters theory =
      MsdaParameters::of(*facts.objective->smoothness, *facts.objective->strong_convexity, chebyshev);
  values.resolve("eta", theory.eta);
  values.resolve("momentum", theory.momentum);
}

}  // namespace

AlgorithmRow msda_row() {
  return {
      .name = "msda",
      .summary = "MSDA: accelerated and exact in the dual, rounds of several exchanges; needs ∇f_i*",
      .source = "Scaman et al. 2017",
      .equations = {"round: w⁺ = u − η (x − P(W) x), u⁺ = (1 + m) w⁺ − m w, x_i = ∇f_i*(u_i)",
                    "P(W): K exchanges, as in chebyshev_gossip"},
      .parameters = {{.name = "steps",
                      .kind = Parameter::Kind::whole,
                      .what = "K: exchanges in a round; auto = ⌊1/√γ_W⌋, γ_W = (1 − λ_2)/(1 − λ_n) of W",
                      .automatic = true,
                      .minimum = 1,
                      .maximum = 10000},
                     {.name = "c2", .what = "auto = (1 + γ_W)/(1 − γ_W)", .automatic = true, .minimum = 0},
                     {.name = "c3", .what = "auto = 2/((1 + γ_W)(1 − λ_n))", .automatic = true, .minimum = 0},
                     {.name = "eta",
                      .what = "η: dual step size; auto = μ (1 + q²)/(1 + q)², q = c1^K",
                      .automatic = true,
                      .minimum = 0},
                     {.name = "momentum",
                      .what = "m; auto = ((1 + q)√κ − 1 + q)/((1 + q)√κ + 1 − q)",
                      .automatic = true,
                      .minimum = 0,
                      .maximum = 1},
                     mixing_parameter()},
      .needs_objective = any_automatic,
      .needs_mixing = any_automatic,
      .resolve = resolve,
      .dynamics =
          [](const Values& values) {
            const int steps = static_cast<int>(values.number("steps"));
            return msda_dynamics(
                {.eta = values.number("eta"), .momentum = values.number("momentum")},
                {.c1 = 0, .c2 = values.number("c2"), .c3 = values.number("c3"), .steps = steps}, steps);
          },
      .own_steps = true,
      .sends = "K vectors to each neighbour",
      .fixed_point = "exact: Σ_i ∇f_i(x) = 0"};
}

}  // namespace acidsim
