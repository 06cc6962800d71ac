#include "sim/algorithms/adom_plus.hpp"

#include <Eigen/LU>
#include <cmath>
#include <numbers>

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

AdomParameters AdomParameters::of(double smoothness, double strong_convexity, double chi) {
  AdomParameters p{};
  p.tau_2 = std::sqrt(strong_convexity / smoothness);
  p.tau_1 = 1 / (1 / p.tau_2 + 0.5);
  p.sigma_2 = p.tau_2 / (16 * chi);
  p.sigma_1 = 1 / (1 / p.sigma_2 + 0.5);
  p.eta = 1 / (smoothness * p.tau_2);
  p.nu = p.alpha = strong_convexity / 2;
  p.beta = 1 / (2 * smoothness);
  p.delta = 1 / (17 * smoothness);
  p.gamma = p.nu / (14 * p.sigma_2 * chi * chi);
  p.theta = p.nu / (4 * p.sigma_2);
  p.zeta = 0.5;
  return p;
}

namespace {

// The last two hold what was told, where a round has several exchanges.
enum : int { x_, xf_, y_, yf_, z_, zf_, m_, g_, v_, q_, most_vectors };

}  // namespace

Dynamics adom_plus_dynamics(const AdomParameters& p, double laplacian_scale, int steps) {
  const int state_size = steps > 1 ? most_vectors : v_;
  const LinearForms symbols(state_size, 2);
  const auto of = [&](int a) { return symbols.vector(a); };
  const Form x = of(x_), y = of(y_), z = of(z_), g = of(g_);
  const Form xg = p.tau_1 * x + (1 - p.tau_1) * of(xf_);
  const Form yg = p.sigma_1 * y + (1 - p.sigma_1) * of(yf_);
  const Form zg = p.sigma_1 * z + (1 - p.sigma_1) * of(zf_);
  const Form v = (p.gamma / p.nu) * (yg + zg) + of(m_), q = yg + zg;

  // The pair (x⁺, y⁺), which is given by two linear equations.
  const Eigen::Matrix2d inverse =
      Eigen::Matrix2d{{1 + p.eta * p.alpha, -p.eta}, {p.theta, 1 + p.theta * p.beta}}.inverse();
  const Form force = g - p.nu * xg;
  const Form right_x = x + p.eta * p.alpha * xg - p.eta * force;
  const Form right_y = y + p.theta * p.beta * force - p.theta / p.nu * q;
  const Form next_x = inverse(0, 0) * right_x + inverse(0, 1) * right_y;
  const Form next_y = inverse(1, 0) * right_x + inverse(1, 1) * right_y;

  std::vector<Form> unchanged;
  for (int a = 0; a < state_size; ++a) unchanged.push_back(of(a));
  std::vector<Form> computed = unchanged;
  computed[g_] = symbols.step();

  static const std::vector<std::string> names = {"x", "x_f", "y", "y_f", "z", "z_f", "m", "g", "v", "q"};
  Dynamics dynamics{.vectors = {names.begin(), names.begin() + state_size},
                    .initial = Vector<double>::Unit(state_size, x_) + Vector<double>::Unit(state_size, xf_),
                    .point = Vector<double>::Unit(state_size, x_),
                    .gradient = symbols.gradient(computed),
                    .program = {Verb::gradient}};
  dynamics.gradient.point = xg.head(state_size).transpose();
  for (int k = 0; k < steps; ++k) {
    const Form told_v = k == 0 ? v : of(v_), told_q = k == 0 ? q : of(q_);
    // (I − 𝓛) of what was told.
    const Form mixed_v = told_v - (told_v - symbols.mixed(0)) / laplacian_scale;
    const Form mixed_q = told_q - (told_q - symbols.mixed(1)) / laplacian_scale;
    std::vector<Form> becomes = unchanged;
    if (k + 1 < steps) {
      becomes[v_] = mixed_v;
      becomes[q_] = mixed_q;
    } else {
      becomes[x_] = next_x;
      becomes[xf_] = xg + p.tau_2 * (next_x - x);
      becomes[y_] = next_y;
      becomes[yf_] = yg + p.sigma_2 * (next_y - y);
      becomes[z_] = z + p.gamma * p.delta * (zg - z) - (v - mixed_v);
      becomes[zf_] = zg - p.zeta * (q - mixed_q);
      becomes[m_] = mixed_v;
    }
    dynamics.rounds.push_back(symbols.round({told_v, told_q}, becomes));
    dynamics.program.push_back(Verb::round);
  }
  return dynamics;
}

namespace {

// What the constants follow from, given or from the theory.
bool adom_plus_asks_theory(const Values& values) {
  return values.automatic("chi") || values.automatic("laplacian_scale") || values.automatic("steps");
}
bool needs_objective(const Values& values) {
  return values.automatic("smoothness") || values.automatic("strong_convexity");
}

void resolve_adom_plus(Values& values, const MethodFacts& facts) {
  if (needs_objective(values)) {
    values.resolve("smoothness", *facts.objective->smoothness);
    values.resolve("strong_convexity", *facts.objective->strong_convexity);
  }
  if (!adom_plus_asks_theory(values)) return;
  const double least = 1 - facts.mixing->lambda_2, most = 1 - facts.mixing->lambda_n;
  const bool multiple = values.flag("multi_consensus");
  values.resolve("laplacian_scale", most);
  values.resolve("steps", multiple ? std::ceil(most / least * std::numbers::ln2) : 1);
  values.resolve("chi", values.number("steps") > 1 ? 2 : most / least);
}

}  // namespace

AlgorithmRow adom_plus_row() {
  return {.name = "adom_plus",
          .summary = "ADOM+: accelerated and exact, primal; two vectors in each message",
          .source = "Kovalev et al. 2021",
          .equations =
              {"x⁺ = x + ηα (x_g − x⁺) − η (∇f(x_g) − ν x_g − y⁺), y⁺ = y + θβ (∇f(x_g) − ν x_g − y⁺) − θ "
               "((y_g + z_g)/ν + x⁺)",
               "V = (γ/ν)(y_g + z_g) + m, z⁺ = z + γδ (z_g − z) − 𝓛V, m⁺ = V − 𝓛V, 𝓛 = (I − W)/(1 − λ_n)",
               "x_f⁺ = x_g + τ2 (x⁺ − x), y_f⁺ = y_g + σ2 (y⁺ − y), z_f⁺ = z_g − ζ 𝓛(y_g + z_g)"},
          .parameters = {{.name = "multi_consensus",
                          .kind = Parameter::Kind::flag,
                          .default_value = false,
                          .what = "mix ⌈χ ln 2⌉ times in each round, after which χ counts as 2"},
                         {.name = "chi",
                          .what = "χ: condition number of 𝓛; auto = (1 − λ_n)/(1 − λ_2) of W",
                          .automatic = true,
                          .minimum = 1},
                         {.name = "laplacian_scale",
                          .what = "what I − W is divided by; auto = 1 − λ_n",
                          .automatic = true,
                          .minimum = 0,
                          .above_minimum = true},
                         {.name = "steps",
                          .kind = Parameter::Kind::whole,
                          .what = "T: exchanges in a round; auto = ⌈χ ln 2⌉ with multi_consensus, else 1",
                          .automatic = true,
                          .minimum = 1,
                          .maximum = 10000},
                         {.name = "smoothness",
                          .what = "L; auto = the largest of the workers'",
                          .automatic = true,
                          .minimum = 0,
                          .above_minimum = true},
                         {.name = "strong_convexity",
                          .what = "μ; auto = the smallest of the workers'",
                          .automatic = true,
                          .minimum = 0,
                          .above_minimum = true},
                         mixing_parameter()},
          .needs_objective = needs_objective,
          .needs_mixing = adom_plus_asks_theory,
          .resolve = resolve_adom_plus,
          .dynamics =
              [](const Values& values) {
                return adom_plus_dynamics(
                    AdomParameters::of(values.number("smoothness"), values.number("strong_convexity"),
                                       values.number("chi")),
                    values.number("laplacian_scale"), static_cast<int>(values.number("steps")));
              },
          .own_steps = true,
          .sends = "V and y + z to each neighbour, 2 vectors",
          .fixed_point = "exact: Σ_i ∇f_i(x) = 0"};
}

}  // namespace acidsim
