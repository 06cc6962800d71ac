#include "sim/timing/operational_time.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/core/random.hpp"

namespace acidsim {
namespace operational_time_test {

// Lengths without an exact binary form, and phases of rate 0 first, in the middle and last.
const std::vector<double> durations = {0.7, 0.1, 1.3, 0.3, 0.9, 0.2};
const std::vector<double> rates = {0.0, 7.0, 0.3, 0.0, 11.1, 0.0};

// τ(t) by adding up phase after phase.
double slow_tau(double time, bool periodic) {
  long double tau = 0, begin = 0;
  for (std::size_t k = 0;; ++k) {
    const bool stays = !periodic && k + 1 == durations.size();
    const long double end =
        stays ? HUGE_VALL : begin + static_cast<long double>(durations[k % durations.size()]);
    const long double rate = rates[k % rates.size()];
    if (time < end) return static_cast<double>(tau + (time - begin) * rate);
    tau += (end - begin) * rate;
    begin = end;
  }
}

TEST(OperationalTime, IsTheIntegralOfTheRate) {
  const OperationalTime clock(durations, rates, true);
  // τ up to 450, whose last bit is 6e-14, from some 300 sums.
  for (double time = 0; time < 200; time += 0.0371)
    ASSERT_NEAR(clock.tau(time), slow_tau(time, true), 1e-11) << time;
  EXPECT_NEAR(clock.mean_rate(), slow_tau(3.5, true) / 3.5, 1e-14);
}

TEST(OperationalTime, MapsBackToWhereItCameFrom) {
  const OperationalTime clock(durations, rates, true);
  Draws draws(Stream(3, Purpose::problem));
  for (int k = 0; k < 20000; ++k) {
    const double tau = 1000 * draws.uniform();
    const double time = clock.time(tau);
    ASSERT_NEAR(slow_tau(time, true), tau, 2e-10)
        << tau;  // 10³ units of time, 11 units of τ in each: rounding
    const auto stretch = clock.at(tau);
    ASSERT_LE(stretch.tau_begin, tau);
    ASSERT_GT(stretch.tau_end, tau);
    ASSERT_GT(rates[stretch.phase], 0);
    const double in_period = std::fmod(stretch.begin, 3.5);
    double begin = 0;
    for (std::size_t p = 0; p < stretch.phase; ++p) begin += durations[p];
    ASSERT_NEAR(in_period, begin, 1e-9);
  }
}

// Around every border of phases and periods, near and far: one after another, no time comes before an earlier
// one.
TEST(OperationalTime, NeverGoesBack) {
  const OperationalTime clock(durations, rates, true);
  const double per_period = clock.mean_rate() * 3.5;
  for (const double period : {0.0, 1.0, 2.0, 3.0, 1e3, 123457.0, 1e9, 1e12, 1e15}) {
    for (const double border : {0.0, 0.7, 0.7 + 0.39, per_period}) {
      double tau = std::max(0.0, period * per_period + border);
      for (int k = 0; k < 20; ++k) tau = std::nextafter(tau, 0.0);
      double previous = clock.time(tau);
      for (int k = 0; k < 40; ++k) {
        tau = std::nextafter(tau, infinity);
        const auto stretch = clock.at(tau);
        const double time = clock.time(tau);
        ASSERT_GE(time, previous) << period << ' ' << border;
        ASSERT_TRUE(stretch.tau_begin <= tau && tau < stretch.tau_end);
        ASSERT_LE(stretch.begin, time);
        previous = time;
      }
    }
  }
}

TEST(OperationalTime, TheLastPhaseStays) {
  const std::vector<double> end_rates = {2.0, 0.0, 0.5}, lengths = {1.0, 1.0, 1.0};
  const OperationalTime clock(lengths, end_rates, false);
  EXPECT_EQ(clock.end(), infinity);
  EXPECT_DOUBLE_EQ(clock.time(2.5), 3.0);
  EXPECT_DOUBLE_EQ(clock.time(502.0), 1002.0);
  EXPECT_DOUBLE_EQ(clock.tau(1002.0), 502.0);
  EXPECT_EQ(clock.mean_rate(), 0.5);
}

TEST(OperationalTime, EndsWithALastPhaseOfRateZero) {
  const OperationalTime clock(durations, rates, false);
  EXPECT_NEAR(clock.end(), slow_tau(100, false), 1e-14);
  EXPECT_EQ(clock.time(clock.end()), infinity);
  EXPECT_LT(clock.time(std::nextafter(clock.end(), 0.0)), 3.3);  // the last phase with a rate ends there
  EXPECT_EQ(clock.tau(1e9), clock.end());
  EXPECT_EQ(clock.mean_rate(), 0);
}

TEST(OperationalTime, WithoutAnyRateThereIsNone) {
  for (const bool periodic : {false, true}) {
    const OperationalTime clock(std::vector<double>{1, 2}, std::vector<double>{0, 0}, periodic);
    EXPECT_EQ(clock.end(), 0);
    EXPECT_EQ(clock.tau(5), 0);
    EXPECT_EQ(clock.time(0), infinity);
  }
}

TEST(OperationalTime, TimesBeyondCountingAreAtTheEnd) {
  const OperationalTime clock(durations, rates, true);
  EXPECT_EQ(clock.tau(1e40), clock.end());
  EXPECT_EQ(clock.tau(infinity), clock.end());
  EXPECT_EQ(clock.tau(-1), 0);
}

}  // namespace operational_time_test
}  // namespace acidsim
