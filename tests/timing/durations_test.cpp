#include "sim/timing/network/durations.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "sim/core/error.hpp"

namespace acidsim {
namespace durations_test {
namespace {

struct Law {
  const char* name;
  DurationLaw law;
  double variance;   // by theory
  double slowest16;  // E max of 16, ∫ 1 − F¹⁶; 0: not given
};

const std::vector<Law>& laws() {
  static const std::vector<Law> all = {
      {"constant", ConstantDuration{}, 0, 1},
      {"exponential", ExponentialDuration{}, 1, 3.3807289932289937},
      {"shifted", ShiftedExponentialDuration{0.5}, 0.25, 2.1903644966144884},
      {"gamma2", GammaDuration{2}, 0.5, 2.5871016261163784},
      {"gamma20", GammaDuration{20}, 0.05, 0},
      {"gamma_half", GammaDuration{0.5}, 2, 0},
      {"lognormal", LognormalDuration{0.5}, std::exp(0.25) - 1, 2.217882171528165},
      {"pareto3", ParetoDuration{3}, 1.0 / 3, 2.290570130077942},
      // Γ(1 + 2/k) / Γ(1 + 1/k)² − 1 at k = 1.5.
      {"weibull", WeibullDuration{1.5}, std::tgamma(1 + 2 / 1.5) / std::pow(std::tgamma(1 + 1 / 1.5), 2) - 1,
       0},
      {"measured", MeasuredDurations{{{0.5, 1.5}}}, 0.25, 1.5 - std::ldexp(1.0, -16)},
  };
  return all;
}

// Means and the sample variance lie within five standard errors, which the fourth moments of the sample tell.
TEST(Durations, HaveMeanOneAndTheVarianceOfTheirLaw) {
  const int n = 200'000;
  for (const Law& law : laws()) {
    SCOPED_TRACE(law.name);
    const Durations draw(3, Purpose::gradient_durations, law.law, 4);
    double sum = 0, squares = 0, fourths = 0;
    for (int k = 0; k < n; ++k) {
      const double x = draw(static_cast<Worker>(k % 4), static_cast<std::uint64_t>(k / 4));
      ASSERT_GT(x, 0);
      sum += x;
      squares += (x - 1) * (x - 1);
      fourths += std::pow(x - 1, 4);
    }
    EXPECT_NEAR(sum / n, 1, 5 * std::sqrt(law.variance / n) + 1e-12);
    if (std::string(law.name) == "pareto3") continue;  // its fourth moment is infinite
    EXPECT_NEAR(squares / n, law.variance, 5 * std::sqrt(fourths / n / n) + 1e-12);
  }
}

TEST(Durations, TheSlowestOfSixteenIsAsLateAsTheoryTells) {
  const int rounds = 40'000;
  for (const Law& law : laws()) {
    if (law.slowest16 == 0) continue;
    SCOPED_TRACE(law.name);
    const GradientDurations durations(5, std::vector<double>(16, 1.0), law.law);
    double sum = 0, squares = 0;
    for (std::uint64_t k = 0; k < rounds; ++k) {
      double slowest = 0;
      for (Worker worker = 0; worker < 16; ++worker) slowest = std::max(slowest, durations(worker, k, 0));
      sum += slowest;
      squares += slowest * slowest;
    }
    const double mean = sum / rounds, error = std::sqrt((squares / rounds - mean * mean) / rounds);
    EXPECT_NEAR(mean, law.slowest16, 4.5 * error + 1e-12);
    EXPECT_LT(error, 0.01 * law.slowest16);
  }
}

TEST(Durations, AreAddressedAndDividedByTheRate) {
  const GradientDurations durations(1, {1.0, 4.0}, GammaDuration{3}), again(1, {2.0, 4.0}, GammaDuration{3});
  EXPECT_EQ(durations(1, 7, 0), again(1, 7, 100));
  EXPECT_EQ(durations(0, 7, 0), 2 * again(0, 7, 0));
  EXPECT_NE(durations(0, 7, 0), durations(0, 8, 0));
  EXPECT_NE(durations(0, 7, 0), 4 * durations(1, 7, 0));
}

TEST(Durations, MeasuredOnesComeInOrderOrAreDrawnOfTheirWorker) {
  const MeasuredDurations measured{{{2, 4, 6}, {1}}, true};
  const GradientDurations in_order(1, {1.0, 1.0}, measured);
  for (std::uint64_t k = 0; k < 7; ++k) {
    EXPECT_EQ(in_order(0, k, 0), 2.0 + 2.0 * static_cast<double>(k % 3));
    EXPECT_EQ(in_order(1, k, 0), 1.0);
  }
  MeasuredDurations drawn = scaled_to_mean_1(measured);
  EXPECT_DOUBLE_EQ(drawn.lists[0][0] + drawn.lists[0][1] + drawn.lists[0][2] + drawn.lists[1][0], 4);
  drawn.in_order = false;
  const GradientDurations draws(1, {1.0, 1.0}, drawn);
  int smallest = 0;
  for (std::uint64_t k = 0; k < 3000; ++k) smallest += draws(0, k, 0) == drawn.lists[0][0];
  EXPECT_NEAR(smallest, 1000, 5 * std::sqrt(3000 * 2.0 / 9));
}

// A worker is slow for 1/(1 + 4) of the time; a gradient that begins then takes three times as long.
TEST(Durations, SlowPhasesSlowDownWhatBeginsInThem) {
  const GradientDurations plain(2, {1.0}, ConstantDuration{});
  const GradientDurations slow(2, {1.0}, ConstantDuration{}, SlowPhases{4, 1, 3});
  const int looks = 20'000;
  int slowed = 0;
  for (int k = 0; k < looks; ++k) {
    const double duration = slow(0, 5, 11.0 * k);  // looks that far apart are independent
    ASSERT_TRUE(duration == 1 || duration == 3);
    slowed += duration == 3;
  }
  EXPECT_NEAR(slowed, looks * 0.2, 5 * std::sqrt(looks * 0.16));
  EXPECT_EQ(plain(0, 5, 3), 1);
}

void expect_refused(const DurationLaw& law, const std::string& place) {
  try {
    check_law(law, 2);
    FAIL() << "taken: " << place;
  } catch (const InputError& error) {
    EXPECT_EQ(error.place(), place);
  }
}

TEST(Durations, RefusesParametersOutOfRange) {
  expect_refused(ParetoDuration{1.0}, "shape");
  expect_refused(GammaDuration{0}, "shape");
  expect_refused(WeibullDuration{std::nan("")}, "shape");
  expect_refused(LognormalDuration{-1}, "sigma");
  expect_refused(ShiftedExponentialDuration{1.5}, "fixed");
  expect_refused(MeasuredDurations{{{1}, {1}, {1}}}, "");
  expect_refused(MeasuredDurations{{{1, 0}}}, "");
  expect_refused(MeasuredDurations{{{}}}, "");
  EXPECT_THROW(GradientDurations(1, {1.0, 0.0}), InputError);
  EXPECT_THROW(GradientDurations(1, {1.0}, ConstantDuration{}, SlowPhases{4, 1, 0.5}), InputError);
}

}  // namespace
}  // namespace durations_test
}  // namespace acidsim
