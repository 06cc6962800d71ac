// Gradient rates that differ between workers.
#pragma once

#include <variant>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Rates are in gradients per unit time. Every parameter is finite and ≥ 0.
struct ConstantRate {
  double rate = 1;
};
struct LognormalRate {  // mean · exp(σ Z − σ²/2), Z ~ N(0, 1): its expectation is `mean` for every σ
  double mean = 1;
  double sigma = 0.5;  // standard deviation of the logarithm, at most 10
};
struct UniformRate {  // uniform on [low, high]
  double low = 0.5;
  double high = 1.5;
};
struct TwoSpeedRate {  // stragglers: exactly round(slow_fraction · n) of the n workers are slow
  double fast = 1;
  double slow = 0.5;
  double slow_fraction = 0.1;
};
using RateDistribution = std::variant<ConstantRate, LognormalRate, UniformRate, TwoSpeedRate>;

// The rates of `workers` workers, addressed by (seed, worker): a worker's draw does not depend on how many
// there are. Which workers of two speeds are slow is drawn too; raising the fraction keeps those that were
// slow. Throws InputError whose place is the parameter's name.
std::vector<double> draw_rates(const RateDistribution& distribution, Worker workers, std::uint64_t seed);

}  // namespace acidsim
