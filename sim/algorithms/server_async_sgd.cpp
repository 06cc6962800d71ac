#include "sim/algorithms/server_async_sgd.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>
#include <string_view>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

// In the order of ServerRule.
constexpr std::array<std::string_view, 5> rules = {"plain", "delay_adaptive", "ringmaster", "rennala",
                                                   "ringleader"};

using Side = Dynamics::Mixing;

}  // namespace

Dynamics server_async_sgd_dynamics(ErrorFeedback feedback) {
  const bool remembers = feedback == ErrorFeedback::ef14;
  const Index m = remembers ? 3 : 2;
  const Vector<double> nowhere = Vector<double>::Zero(m), to_x = Vector<double>::Unit(m, 0),
                       to_u = Vector<double>::Unit(m, 1),
                       to_e = remembers ? Vector<double>(Vector<double>::Unit(m, 2)) : nowhere;
  const Matrix<double> none = Matrix<double>::Zero(m, m), all = Matrix<double>::Identity(m, m);
  const Form x = to_x.transpose(), u = to_u.transpose(), e = to_e.transpose(), update = u + e;
  const Side keeps{.told = x, .landing = nowhere, .kept = all, .own = nowhere, .whole = true};
  const Side gets_x{.told = update, .landing = to_x, .kept = to_e * e, .own = nowhere};
  const Side steps_too{.told = update, .landing = to_x, .kept = to_e * update, .own = to_x - to_e};
  const Side steps{.told = x + u, .landing = to_x, .kept = none, .own = to_x, .whole = true};
  const Side collects{.told = x, .landing = to_u, .kept = all, .own = nowhere, .whole = true};
  const Side tells{.told = update, .landing = nowhere, .kept = all + to_e * u, .own = -to_e};
  Dynamics dynamics{.vectors = {"x", "u"},
                    .initial = to_x,
                    .point = to_x,
                    .gradient = {.after = (to_x + to_e).asDiagonal(), .landing = -to_u},
                    .meetings = {{.worker = steps_too, .server = steps},
                                 {.worker = gets_x, .server = keeps},
                                 {.worker = tells, .server = collects, .server_tells = false},
                                 {.worker = gets_x, .server = keeps, .worker_tells = false}}};
  if (remembers) dynamics.vectors.push_back("e");
  return dynamics;
}

Dynamics ringleader_dynamics() {
  using Column = Eigen::Vector3d;
  using Row = Eigen::RowVector3d;
  const Matrix<double> none = Matrix<double>::Zero(3, 3), all = Matrix<double>::Identity(3, 3);
  const Column nowhere(0, 0, 0), to_x(1, 0, 0), to_u(0, 1, 0), to_a(0, 0, 1);
  const Row x(1, 0, 0), u(0, 1, 0), a(0, 0, 1);
  const Side keeps{.told = x, .landing = nowhere, .kept = all, .own = nowhere};
  const Side gets_x{.told = u, .landing = to_x, .kept = none, .own = nowhere};
  const Side steps_too{.told = u, .landing = to_x, .kept = none, .own = to_x};
  const Side steps{.told = x + u, .landing = to_x + to_u, .kept = to_u * u + to_a * a, .own = to_x};
  const Side steps_last{.told = x + u, .landing = to_x, .kept = to_u * a, .own = to_x};
  const Side collects{.told = x, .landing = to_u, .kept = all, .own = nowhere};
  const Side collects_next{.told = x, .landing = to_a, .kept = all, .own = nowhere};
  const Side tells{.told = u, .landing = nowhere, .kept = all, .own = nowhere};
  return {.vectors = {"x", "u", "a"},
          .initial = to_x,
          .point = to_x,
          .gradient = {.after = to_x * x - to_u * a, .idle = to_x * x + to_a * a, .landing = -to_u - to_a},
          .meetings = {{.worker = steps_too, .server = steps},
                       {.worker = gets_x, .server = keeps},
                       {.worker = tells, .server = collects, .server_tells = false},
                       {.worker = gets_x, .server = keeps, .worker_tells = false},
                       {.worker = tells, .server = collects_next, .server_tells = false},
                       {.worker = steps_too, .server = steps_last}}};
}

namespace {

ServerRule rule_of(const Values& values) {
  const auto found = std::find(rules.begin(), rules.end(), values.text("rule"));
  return static_cast<ServerRule>(found - rules.begin());
}

void check_whole(const Values& values, const char* name) {
  const double value = values.number(name);
  if (value != std::floor(value))
    throw InputError(fmt::format("/algorithm/{}", name), "is not a whole number", fmt::format("{:g}", value),
                     "a count of at least 1");
}

// R and B: [Tyurin, Richtárik 2023; Maranjyan et al. 2025]
void resolve_server_async_sgd(Values& values, const MethodFacts& facts) {
  note_compression(values, facts);
  double theory = std::max<double>(facts.workers, 1);
  if (values.has("variance") && values.has("accuracy"))
    theory = std::max(1.0, std::ceil(values.number("variance") / values.number("accuracy")));
  for (const char* name : {"delay_threshold", "batch"}) {
    values.resolve(name, theory);
    check_whole(values, name);
  }
}

// γ that keeps the noise of gradients below the accuracy, where both are known: ε/(times L σ²).
double step_against_noise(const Values& values, double times, double smoothness) {
  if (!values.has("variance") || !values.has("accuracy") || values.number("variance") == 0) return infinity;
  return values.number("accuracy") / (times * smoothness * values.number("variance"));
}

// With whole messages. x^{k+1} = x^k − γ a x^{k−δ} is stable for γa < 2 sin(π/(4δ + 2)) [Levin, May 1976].
std::optional<StepLimit> server_step_limit(const Values& values, const StepFacts& facts) {
  if (facts.contraction) return std::nullopt;
  const double n = facts.workers, smoothness = facts.smoothness();
  switch (rule_of(values)) {
    case ServerRule::plain:
      return stable_below(2 * std::sin(std::numbers::pi / (4 * n - 2)) / smoothness,
                          "2 sin(π/(4n − 2))/L, where every delay is n − 1 and all workers have the same "
                          "Hessian; for delays up to τ theory has the order 1/(L√(nτ)) alone");
    case ServerRule::delay_adaptive:
      return in_theory_up_to(1 / (4 * n * smoothness), "1/(4nL) [Koloskova et al. 2022]");
    case ServerRule::ringmaster:
      return in_theory_up_to(std::min(1 / (2 * values.number("delay_threshold") * smoothness),
                                      step_against_noise(values, 4, smoothness)),
                             "min(1/(2RL), ε/(4Lσ²)) [Maranjyan et al. 2025]");
    case ServerRule::rennala:
      return two_over_smoothness(facts);  // its gradients are those of the present x
    case ServerRule::ringleader:
      return in_theory_up_to(std::min(1 / (8 * n * smoothness), step_against_noise(values, 10, smoothness)),
                             "min(1/(8nL), ε/(10Lσ²)) [Maranjyan, Richtárik 2025]");
  }
  return std::nullopt;
}

}  // namespace

ServerProtocol server_protocol(const Values& resolved) {
  const ServerRule rule = rule_of(resolved);
  return {.rule = rule,
          .delay_threshold = static_cast<std::uint64_t>(resolved.number("delay_threshold")),
          .stops = rule == ServerRule::ringmaster && resolved.flag("stops"),
          .batch = static_cast<std::uint64_t>(resolved.number("batch"))};
}

AlgorithmRow server_async_sgd_row() {
  return {
      .name = "server_async_sgd",
      .summary =
          "asynchronous SGD with a parameter server: plain, or with a rule for gradients that come late",
      .source =
          "Koloskova et al. 2022; Mishchenko et al. 2022; Tyurin and Richtárik 2023; Maranjyan et al. 2025; "
          "compressed, with ef14: Stich and Karimireddy 2020",
      .equations =
          {"gradient g = ∇F_i(x^{k−δ}, ξ) of worker i comes when the server has made k steps, δ since i got "
           "its x",
           "plain: x ← x − γ g;  delay_adaptive: x ← x − γ n / max(n, δ) g",
           "ringmaster: x ← x − γ g where δ < R, else g is not used (stops: i begins anew as soon as δ = R)",
           "rennala: x ← x − (γ/B) Σ g over B gradients with δ = 0; the others are not used",
           "ringleader: x ← x − (γ/n) Σ_j (mean of j's gradients at its last x), n steps in a round, δ ≤ 2n "
           "− 2",
           "compressed (not ringleader), none: Q(γ g) in the place of γ g; ef14: Q(γ g + e_i), and where it "
           "is used "
           "e_i ← e_i + γ g − Q(γ g + e_i)"},
      .parameters =
          {{.name = "rule",
            .kind = Parameter::Kind::text,
            .default_value = std::string("plain"),
            .what = "what the server does with a gradient that comes late",
            .choices = {rules.begin(), rules.end()}},
           {.name = "delay_threshold",
            .what = "ringmaster, R: gradients of this delay are not used; auto = max(1, ⌈variance/accuracy⌉) "
                    "where both are given, else the number of workers",
            .automatic = true,
            .minimum = 1,
            .maximum = 1e9},
           {.name = "stops",
            .kind = Parameter::Kind::flag,
            .default_value = true,
            .what = "ringmaster: gradients whose delay reaches R are stopped; false = they are computed for "
                    "nothing"},
           {.name = "batch",
            .what = "rennala, B: gradients in a step; auto as delay_threshold",
            .automatic = true,
            .minimum = 1,
            .maximum = 1e9},
           {.name = "variance",
            .kind = Parameter::Kind::number,
            .what = "σ², the variance of a gradient, E ‖∇F_i(x, ξ) − ∇f_i(x)‖²; for auto",
            .minimum = 0},
           {.name = "accuracy",
            .kind = Parameter::Kind::number,
            .what = "ε, the ‖∇f(x)‖² that the run is for; for auto",
            .minimum = 0,
            .above_minimum = true},
           error_feedback_parameter({"ef14", "none"})},
      .resolve = resolve_server_async_sgd,
      .dynamics =
          [](const Values& values) {
            return rule_of(values) == ServerRule::ringleader
                       ? ringleader_dynamics()
                       : server_async_sgd_dynamics(error_feedback(values).value_or(ErrorFeedback::none));
          },
      .compresses = true,
      .sends =
          "γ times its gradient to the server, which sends x back: 1 vector up, 1 down where the worker gets "
          "a "
          "new x; compressed on the way up alone; the graph is not used",
      .fixed_point =
          "ringleader: exact, Σ_i ∇f_i(x) = 0; the others: Σ_i r_i ∇f_i(x) = 0, r_i how often i's "
          "gradients are used (plain, delay_adaptive: its rate): beside the minimiser of f where speeds "
          "and data are unequal, ringmaster and rennala the more so",
      .step_limit = server_step_limit};
}

}  // namespace acidsim
