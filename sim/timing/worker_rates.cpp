#include "sim/timing/worker_rates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/core/error.hpp"
#include "sim/core/random.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

constexpr double largest_sigma = 10;  // rates e^{±2σ} apart: 17 orders of magnitude

void check(const char* parameter, double value, double largest = std::numeric_limits<double>::max()) {
  if (value >= 0 && value <= largest) return;
  const bool bounded = largest < std::numeric_limits<double>::max();
  throw InputError(
      parameter, "out of range", fmt::format("{}", value),
      bounded ? fmt::format("a number from 0 to {}", largest) : "a finite number that is at least 0");
}

// Draws the rates of one distribution, worker by worker.
struct Draw {
  Worker workers;
  std::uint64_t seed;

  Draws of(Worker worker) const { return Draws(Stream(seed, Purpose::gradient_rates, worker)); }

  std::vector<double> operator()(const ConstantRate& constant) const {
    check("rate", constant.rate);
    return std::vector<double>(workers, constant.rate);
  }

  std::vector<double> operator()(const LognormalRate& lognormal) const {
    const double sigma = lognormal.sigma;
    check("mean", lognormal.mean);
    check("sigma", sigma, largest_sigma);
    std::vector<double> rates(workers);
    for (Worker i = 0; i < workers; ++i)
      rates[i] = lognormal.mean * fast_exp(sigma * of(i).normal() - 0.5 * sigma * sigma);
    return rates;
  }

  std::vector<double> operator()(const UniformRate& uniform) const {
    check("high", uniform.high);
    check("low", uniform.low, uniform.high);
    std::vector<double> rates(workers);
    for (Worker i = 0; i < workers; ++i) rates[i] = std::lerp(uniform.low, uniform.high, of(i).uniform());
    return rates;
  }

  // The slow workers are those with the smallest of one draw each.
  std::vector<double> operator()(const TwoSpeedRate& two_speed) const {
    check("fast", two_speed.fast);
    check("slow", two_speed.slow);
    check("slow_fraction", two_speed.slow_fraction, 1.0);
    std::vector<std::uint64_t> draw(workers);
    for (Worker i = 0; i < workers; ++i) draw[i] = of(i).bits();
    std::vector<Worker> order(workers);
    std::iota(order.begin(), order.end(), Worker{0});
    std::sort(order.begin(), order.end(),
              [&](Worker a, Worker b) { return draw[a] != draw[b] ? draw[a] < draw[b] : a < b; });
    std::vector<double> rates(workers, two_speed.fast);
    const auto slow = std::llround(two_speed.slow_fraction * workers);
    for (long long k = 0; k < slow; ++k) rates[order[k]] = two_speed.slow;
    return rates;
  }
};

}  // namespace

std::vector<double> draw_rates(const RateDistribution& distribution, Worker workers, std::uint64_t seed) {
  return std::visit(Draw{workers, seed}, distribution);
}

}  // namespace acidsim
