#include <fmt/format.h>

#include <cmath>

#include "sim/app/contracts/kinds.hpp"
#include "sim/app/contracts/run_contracts.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/core/random.hpp"

namespace acidsim {
namespace {

constexpr Worker some_workers = 4;
constexpr double nearly = 1e-5;  // of central differences with h = 1e-5: rounding and third derivatives

// With small synthetic data where it learns.
Json objective_source(const std::string& name) {
  Json source = with_changes(contract_source(), {{"objective", {{"name", name}}}});
  if (row_named(objectives(), name).needs_data)
    source["objective"]["data"] = {
        {"dataset", "synthetic"}, {"samples", 120}, {"test_samples", 40}, {"features", 5}, {"classes", 2}};
  return source;
}

template <class Scalar>
struct Made {
  explicit Made(const std::string& name)
      : trial(with_changes(objective_source(name),
                           {{"topology.workers", some_workers},
                            {"precision", std::is_same_v<Scalar, float> ? "single" : "double"}})),
        objective(trial.plan.template make_objective<Scalar>(trial.resources, 1)) {
    if (objective == nullptr) throw std::runtime_error("it has no gradients");
  }
  ContractTrial trial;
  std::unique_ptr<Objective<Scalar>> objective;
};

// Number k of points that are spread normally around 0.
Vector<double> some_point(Index dimension, std::uint64_t k) {
  Vector<double> x(dimension);
  Stream(7, Purpose::initial_state)
      .normals<double>(k, std::span(x.data(), static_cast<std::size_t>(dimension)));
  return x;
}

template <class Value>
double slope(const Value& value, const Vector<double>& x, const Vector<double>& along) {
  const double h = 1e-5;
  const Vector<double> ahead = x + h * along, behind = x - h * along;
  return (value(ahead) - value(behind)) / (2 * h);
}

// By how much two numbers differ, relative to what they are computed from.
double gap(double a, double b, double scale) { return std::abs(a - b) / (1 + std::abs(scale)); }

Verdict gradient_of_loss(const std::string& name) {
  const Made<double> made(name);
  const Objective<double>& f = *made.objective;
  double largest = 0;
  Vector<double> g(f.dimension());
  for (std::uint64_t k = 0; k < 8; ++k) {
    const Vector<double> x = some_point(f.dimension(), k), along = some_point(f.dimension(), 100 + k);
    f.full_gradient(x, g);
    const double found = slope([&](const Vector<double>& at) { return f.loss(at); }, x, along);
    largest = std::max(largest, gap(found, g.dot(along), g.norm() * along.norm()));
  }
  return verdict(largest < nearly,
                 fmt::format("along 8 directions, off by {:.1e} (< {:.0e})", largest, nearly));
}

Verdict mean_of_losses(const std::string& name) {
  const Made<double> made(name);
  const Objective<double>& f = *made.objective;
  const Vector<double> x = some_point(f.dimension(), 1);
  double sum = 0;
  for (Worker i = 0; i < f.workers(); ++i) sum += f.worker_loss(i, x);
  const double off = gap(sum / f.workers(), f.loss(x), f.loss(x));
  return verdict(off < 1e-9, fmt::format("off by {:.1e} (< 1e-9)", off));
}

// Along one direction, the mean of many draws against the slope of the worker's own loss.
Verdict unbiased(const std::string& name) {
  const Made<double> made(name);
  const Objective<double>& f = *made.objective;
  const auto scratch = f.scratch();
  const Vector<double> x = some_point(f.dimension(), 2), along = some_point(f.dimension(), 200);
  Vector<double> g(f.dimension());
  constexpr int draws = 4000;
  double largest = 0;
  for (const Worker worker : {Worker{0}, Worker{some_workers - 1}}) {
    double sum = 0, squares = 0, size = 0;
    for (std::uint64_t index = 0; index < draws; ++index) {
      f.gradient(worker, index, x, g, *scratch);
      sum += g.dot(along);
      squares += g.dot(along) * g.dot(along);
      size = std::max(size, g.norm() * along.norm());
    }
    const double mean = sum / draws, variance = std::max(0.0, squares / draws - mean * mean);
    const double expected =
        slope([&](const Vector<double>& at) { return f.worker_loss(worker, at); }, x, along);
    largest = std::max(largest,
                       std::abs(mean - expected) / (std::sqrt(variance / draws) + nearly / 5 * (1 + size)));
  }
  return verdict(largest < 5,
                 fmt::format("{} draws of two workers, {:.2f} deviations (< 5)", draws, largest));
}

// In another order, with other scratch memory, and announced or not.
Verdict addressed_draws(const std::string& name) {
  const Made<double> made(name);
  const Objective<double>& f = *made.objective;
  const auto scratch = f.scratch(), other = f.scratch();
  const Vector<double> x = some_point(f.dimension(), 3);
  std::vector<GradientAddress> addresses;
  for (Worker i = 0; i < f.workers(); ++i)
    for (std::uint64_t k = 0; k < 5; ++k) addresses.push_back({i, k});
  std::vector<Vector<double>> first;
  Vector<double> g(f.dimension());
  for (const GradientAddress& at : addresses) {
    f.gradient(at.worker, at.index, x, g, *scratch);
    first.push_back(g);
  }
  f.announce(addresses, *other);
  for (std::size_t k = addresses.size(); k-- > 0;) {
    f.gradient(addresses[k].worker, addresses[k].index, x, g, *other);
    if (g != first[k])
      return verdict(false, fmt::format("gradient {} of worker {} is another one in another order",
                                        addresses[k].index, addresses[k].worker));
  }
  return verdict(true, fmt::format("{} gradients, forwards and backwards", addresses.size()));
}

Verdict true_constants(const std::string& name) {
  const Made<double> made(name);
  const Objective<double>& f = *made.objective;
  const ObjectiveConstants constants = f.constants();
  if (!constants.smoothness && !constants.strong_convexity) return not_claimed("it tells neither L nor μ");
  double highest = 0, lowest = infinity;
  Vector<double> gx(f.dimension()), gy(f.dimension());
  for (std::uint64_t k = 0; k < 50; ++k) {
    const Vector<double> x = some_point(f.dimension(), 300 + k), y = some_point(f.dimension(), 400 + k),
                         apart = x - y;
    f.full_gradient(x, gx);
    f.full_gradient(y, gy);
    highest = std::max(highest, (gx - gy).norm() / apart.norm());
    lowest = std::min(lowest, (gx - gy).dot(apart) / apart.squaredNorm());
  }
  const double above = constants.smoothness.value_or(infinity),
               below = constants.strong_convexity.value_or(-infinity);
  return verdict(
      highest <= above * (1 + 1e-9) && lowest >= below * (1 - 1e-9),
      fmt::format("50 pairs between {:.4g} and {:.4g}; μ {:.4g}, L {:.4g}", lowest, highest, below, above));
}

Verdict true_minimiser(const std::string& name) {
  const Made<double> made(name);
  const Objective<double>& f = *made.objective;
  if (const std::string reason = f.no_minimiser_reason(); !reason.empty()) return not_claimed(reason);
  const Minimiser& least = f.minimiser();
  Vector<double> g(f.dimension()), start(f.dimension());
  f.full_gradient(least.point, g);
  f.full_gradient(some_point(f.dimension(), 4), start);
  const double off = g.norm() / (1 + start.norm()),
               value = gap(f.loss(least.point), least.value, least.value);
  return verdict(off < 1e-6 && value < 1e-9,
                 fmt::format("‖∇f(x*)‖ {:.1e} (< 1e-6), f* off by {:.1e} (< 1e-9)", g.norm(), value));
}

Verdict parts(const std::string& name) {
  const Made<double> made(name);
  const Objective<double>& f = *made.objective;
  if (!f.is_separable()) return not_claimed("it is not separable");
  const auto scratch = f.scratch();
  const Vector<double> x = some_point(f.dimension(), 5);
  Vector<double> whole(f.dimension());
  f.gradient(0, 0, x, whole, *scratch);
  for (Index k = 0; k < f.dimension(); ++k) {
    double g = 0;
    f.gradient_part(0, {k, 1}, x.data() + k, &g);
    if (g != whole[k]) return verdict(false, fmt::format("coordinate {} differs", k));
  }
  return verdict(true, fmt::format("{} coordinates, bit for bit", f.dimension()));
}

Verdict like_double(const std::string& name) {
  const Made<double> made(name);
  const Made<float> single(name);
  const Vector<double> x = some_point(made.objective->dimension(), 6);
  const Vector<float> rounded = x.cast<float>();
  Vector<double> g(x.size());
  Vector<float> h(x.size());
  made.objective->full_gradient(x, g);
  single.objective->full_gradient(rounded, h);
  const double off = (g - h.cast<double>()).norm() / (1 + g.norm());
  return verdict(off < 1e-3, fmt::format("∇f off by {:.1e} (< 1e-3)", off));
}

}  // namespace

std::vector<Contract> objective_contracts(const std::string& name) {
  std::vector<Contract> contracts = {
      {"∇f against differences of f", [=] { return gradient_of_loss(name); }},
      {"f is the mean of the f_i", [=] { return mean_of_losses(name); }},
      {"stochastic gradients have the mean ∇f_i", [=] { return unbiased(name); }},
      {"draws are addressed by worker and number", [=] { return addressed_draws(name); }},
      {"L and μ hold", [=] { return true_constants(name); }},
      {"its minimiser", [=] { return true_minimiser(name); }},
      {"gradients in parts", [=] { return parts(name); }},
      {"single precision as double", [=] { return like_double(name); }}};
  for (Contract& contract : run_contracts(objective_source(name))) contracts.push_back(std::move(contract));
  return contracts;
}

}  // namespace acidsim
