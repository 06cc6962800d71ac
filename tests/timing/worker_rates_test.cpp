#include "sim/timing/worker_rates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/lognormal.hpp>
#include <cmath>

#include "sim/core/error.hpp"
#include "tests/core/statistics.hpp"

namespace acidsim {
namespace worker_rates_test {

using namespace acidsim::testing;

constexpr Worker many = 50000;
constexpr std::uint64_t seed = 3;

TEST(WorkerRates, ConstantIsTheSameForAll) {
  EXPECT_EQ(draw_rates(ConstantRate{2.5}, 3, seed), std::vector<double>(3, 2.5));
  EXPECT_TRUE(draw_rates(ConstantRate{2.5}, 0, seed).empty());
}

TEST(WorkerRates, LognormalHasItsMeanAndShape) {
  const double mean = 2, sigma = 0.6;
  const auto rates = draw_rates(LognormalRate{mean, sigma}, many, seed);
  expect_mean(rates, mean, mean * std::sqrt(std::expm1(sigma * sigma)));
  const boost::math::lognormal distribution(std::log(mean) - 0.5 * sigma * sigma, sigma);
  expect_distribution(rates, [&](double x) { return boost::math::cdf(distribution, x); });
}

TEST(WorkerRates, LognormalWithoutSpreadIsConstant) {
  EXPECT_EQ(draw_rates(LognormalRate{2, 0}, 4, seed), std::vector<double>(4, 2.0));
}

TEST(WorkerRates, UniformFillsItsInterval) {
  const auto rates = draw_rates(UniformRate{0.5, 2.0}, many, seed);
  expect_distribution(rates, [](double x) { return (x - 0.5) / 1.5; });
  EXPECT_GE(*std::min_element(rates.begin(), rates.end()), 0.5);
  EXPECT_LE(*std::max_element(rates.begin(), rates.end()), 2.0);
}

std::size_t slow_workers(const std::vector<double>& rates) {
  return static_cast<std::size_t>(std::count(rates.begin(), rates.end(), 0.25));
}

TEST(WorkerRates, TwoSpeedHasExactlyTheSlowFraction) {
  for (const auto& [fraction, workers, slow] :
       {std::tuple{0.1, 64u, 6u}, std::tuple{0.0, 64u, 0u}, std::tuple{1.0, 64u, 64u},
        std::tuple{0.5, 5u, 3u}, std::tuple{0.3, 1u, 0u}}) {
    const auto rates = draw_rates(TwoSpeedRate{1, 0.25, fraction}, workers, seed);
    EXPECT_EQ(rates.size(), workers);
    EXPECT_EQ(slow_workers(rates), slow) << fraction << " of " << workers;
    EXPECT_EQ(std::count(rates.begin(), rates.end(), 1.0), workers - slow);
  }
}

// Over seeds, each worker is slow with probability 3/10: Σ over workers of (count − mean)²/variance, where
// the fixed number of slow workers takes one degree of freedom and correlates them by −1/(n − 1).
TEST(WorkerRates, TwoSpeedChoosesEveryWorkerEquallyOften) {
  const std::size_t workers = 10, seeds = 4000;
  std::vector<double> counts(workers);
  for (std::uint64_t s = 0; s < seeds; ++s) {
    const auto rates = draw_rates(TwoSpeedRate{1, 0.25, 0.3}, workers, s);
    for (std::size_t i = 0; i < workers; ++i) counts[i] += rates[i] == 0.25;
  }
  double statistic = 0;
  for (const double count : counts) statistic += std::pow(count - 0.3 * seeds, 2) / (0.3 * 0.7 * seeds);
  expect_chi_squared(statistic * (workers - 1) / workers, static_cast<double>(workers) - 1);
}

TEST(WorkerRates, RaisingTheFractionKeepsTheSlowOnes) {
  const auto few = draw_rates(TwoSpeedRate{1, 0.25, 0.2}, 100, seed),
             more = draw_rates(TwoSpeedRate{1, 0.25, 0.5}, 100, seed);
  for (std::size_t i = 0; i < few.size(); ++i) EXPECT_TRUE(few[i] == 1.0 || more[i] == 0.25) << i;
}

TEST(WorkerRates, AWorkersDrawDoesNotDependOnHowManyThereAre) {
  for (const RateDistribution& distribution :
       {RateDistribution(LognormalRate{}), RateDistribution(UniformRate{})}) {
    const auto small = draw_rates(distribution, 10, seed), large = draw_rates(distribution, 1000, seed);
    EXPECT_TRUE(std::equal(small.begin(), small.end(), large.begin()));
    EXPECT_NE(small, draw_rates(distribution, 10, seed + 1));
  }
}

void expect_refused(const RateDistribution& distribution, const std::string& message) {
  try {
    draw_rates(distribution, 4, seed);
    FAIL() << "taken, instead of: " << message;
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), ::testing::StartsWith(message));
  }
}

TEST(WorkerRates, RefusesParametersOutOfRange) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  expect_refused(ConstantRate{-1}, "rate: out of range (-1) — a finite number that is at least 0");
  expect_refused(ConstantRate{infinity}, "rate: out of range (inf)");
  expect_refused(LognormalRate{nan, 1}, "mean: out of range (nan)");
  expect_refused(LognormalRate{1, -0.1}, "sigma: out of range (-0.1) — a number from 0 to 10");
  expect_refused(LognormalRate{1, 1e6}, "sigma: out of range (1000000)");
  expect_refused(UniformRate{2, 1}, "low: out of range (2) — a number from 0 to 1");
  expect_refused(UniformRate{0, infinity}, "high: out of range (inf)");
  expect_refused(TwoSpeedRate{-1, 1, 0.1}, "fast: out of range (-1)");
  expect_refused(TwoSpeedRate{1, nan, 0.1}, "slow: out of range (nan)");
  expect_refused(TwoSpeedRate{1, 1, 1.5}, "slow_fraction: out of range (1.5) — a number from 0 to 1");
}

}  // namespace worker_rates_test
}  // namespace acidsim
