#include "sim/algorithms/dadao.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "sim/algorithms/chi_course.hpp"
#include "sim/core/error.hpp"

namespace acidsim {

DadaoParameters dadao_parameters(double nu, double smoothness, double chi_1) {
  const double r = std::sqrt(nu / smoothness);
  return {.nu = nu,
          .eta = r / 8,
          .alpha = r / 4,
          .alpha_tilde = r / 8,
          .theta = 1 / (2 * r),
          .beta = 0.5,
          .beta_tilde = 2 * chi_1 / r,
          .delta = 1 + r / 4,
          .gamma = 1 / (4 * smoothness),
          .gamma_tilde = 1 / (4 * std::sqrt(smoothness * nu))};
}

Dynamics dadao_dynamics(const DadaoParameters& p) {
  Dynamics dynamics{.vectors = {"x", "x_tilde", "y", "y_tilde", "z", "z_tilde"},
                    .initial = Vector<double>::Unit(6, 0),
                    .flow = Matrix<double>{{-p.eta, p.eta, 0, 0, 0, 0},
                                           {p.eta, -p.eta, 0, 0, 0, 0},
                                           {0, 0, -p.alpha, p.alpha, 0, 0},
                                           {0, -p.theta * p.nu, -p.theta, 0, -p.theta, 0},
                                           {0, 0, 0, 0, -p.alpha, p.alpha},
                                           {0, 0, 0, 0, p.alpha_tilde, -p.alpha_tilde}},
                    .point = Vector<double>::Unit(6, 0)};
  // G = ∇f_i(x) + feedback·S lands like a gradient.
  const Eigen::RowVector<double, 6> feedback(-p.nu, 0, 0, -1, 0, 0);
  dynamics.gradient.landing = Eigen::Vector<double, 6>(-p.gamma, -p.gamma_tilde, 0, p.delta, 0, 0);
  dynamics.gradient.after = Matrix<double>::Identity(6, 6) + dynamics.gradient.landing * feedback;
  dynamics.exchange.told = Eigen::RowVector<double, 6>(0, 0, 1, 0, 1, 0);
  dynamics.exchange.landing = Eigen::Vector<double, 6>(0, 0, 0, 0, p.beta, p.beta_tilde);
  return dynamics;
}

namespace {

struct Constant {
  const char* name;
  double DadaoParameters::*value;
  const char* what;
};
constexpr std::array<Constant, 10> constants = {{
    {"nu", &DadaoParameters::nu, "ν: strong convexity that is moved to the dual; auto = μ/2"},
    {"eta", &DadaoParameters::eta, "η: mixing rate of x and x̃; auto = √(ν/L)/8"},
    {"alpha", &DadaoParameters::alpha, "α: rate at which y and z follow; auto = √(ν/L)/4"},
    {"alpha_tilde", &DadaoParameters::alpha_tilde, "α̃: rate at which z̃ follows z; auto = √(ν/L)/8"},
    {"theta", &DadaoParameters::theta, "θ: rate of the pull on ỹ; auto = ½√(L/ν)"},
    {"beta", &DadaoParameters::beta, "β: how far z moves at a communication; auto = ½"},
    {"beta_tilde", &DadaoParameters::beta_tilde,
     "β̃: how far z̃ moves at a communication; auto = 2χ1√(L/ν), and β where nothing communicates"},
    {"delta", &DadaoParameters::delta, "δ: how far ỹ moves at a gradient; auto = 1 + √(ν/L)/4"},
    {"gamma", &DadaoParameters::gamma, "γ: step of x; auto = 1/(4L)"},
    {"gamma_tilde", &DadaoParameters::gamma_tilde, "γ̃: step of x̃; auto = 1/(4√(Lν))"},
}};

bool dadao_asks_theory(const Values& values) {
  for (const Constant& constant : constants)
    if (std::string(constant.name) != "beta" && values.automatic(constant.name)) return true;
  return false;
}

// With fewer communications per gradient the method diverges.
void check_rates(const GraphConstants& graph) {
  const double product = 2 * graph.chi_1 * graph.chi_2;
  if (!std::isfinite(product) || product <= 1 + 1e-9) return;
  throw InputError(
      "communication_rate", "is too low for dadao's theory, which needs 2χ1χ2 ≤ 1",
      fmt::format("2χ1χ2 = {:.6g}", product),
      fmt::format("{:.6g} times as high at least, or beta_tilde as a number", std::sqrt(product)));
}

void resolve_dadao(Values& values, const MethodFacts& facts) {
  if (values.automatic("beta_tilde") && facts.graph != nullptr) check_rates(*facts.graph);
  values.resolve("beta", 0.5);
  if (!dadao_asks_theory(values)) return;
  values.resolve("nu", *facts.objective->strong_convexity / 2);
  DadaoParameters theory = dadao_parameters(values.number("nu"), *facts.objective->smoothness,
                                            facts.graph != nullptr ? facts.graph->chi_1 : infinity);
  if (!std::isfinite(theory.beta_tilde)) theory.beta_tilde = values.number("beta");
  for (const Constant& constant : constants) values.resolve(constant.name, theory.*constant.value);
}

}  // namespace

AlgorithmRow dadao_row() {
  AlgorithmRow row{
      .name = "dadao",
      .summary = "accelerated and exact: six vectors per worker, gradients and communications decoupled",
      .source = "Nabli and Oyallon 2023",
      .equations =
          {"dx = η (x̃ − x) dt − γ G dN,  dx̃ = η (x − x̃) dt − γ̃ G dN,  G = ∇F_i(x, ξ) − ν x − ỹ",
           "dy = α (ỹ − y) dt,  dỹ = −θ (y + z + ν x̃) dt + δ G dN",
           "dz = α (z̃ − z) dt − β m dM,  dz̃ = α̃ (z − z̃) dt − β̃ m dM,  m = (y_i + z_i) − (y_j + z_j)"},
      .needs_spectrum = [](const Values& values) { return values.automatic("beta_tilde"); },
      .needs_objective = dadao_asks_theory,
      .resolve = resolve_dadao,
      .dynamics =
          [](const Values& values) {
            DadaoParameters parameters{};
            for (const Constant& constant : constants)
              parameters.*constant.value = values.number(constant.name);
            return dadao_dynamics(parameters);
          },
      .own_steps = true,
      .sends = "y + z",
      .fixed_point = "the minimiser of f, whatever the gradient rates"};
  for (const Constant& constant : constants)
    row.parameters.push_back(
        {.name = constant.name, .what = constant.what, .automatic = true, .minimum = 0, .maximum = 1e9});
  row.parameters.push_back(chi_parameter());
  return row;
}

}  // namespace acidsim
