// Edges that fail and return, against the theory of the two-state Markov chain, at a fixed seed and a level
// of 10⁻³ per check.
#include "sim/timing/edge_failures.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/core/error.hpp"
#include "tests/core/statistics.hpp"

namespace acidsim {
namespace edge_failures_test {

using namespace acidsim::testing;

constexpr std::uint64_t seed = 7;
constexpr EdgeFailures failures{.mean_up = 3.0, .mean_down = 0.75};
constexpr double p = 0.8;                      // mean_up / (mean_up + mean_down)
constexpr double resets = 1 / 3.0 + 1 / 0.75;  // per unit time; windows are 2 / resets = 1.2 long
constexpr std::uint32_t edges = 20000;

// `count` of so many independent trials of this probability.
void expect_fraction(double count, double trials, double probability) {
  ASSERT_GE(trials * probability * (1 - probability), 100) << "too few for a normal law";
  const double quantile = 3.2905267314919255;  // P(|Z| > this) = level
  EXPECT_NEAR(count / trials, probability, quantile * std::sqrt(probability * (1 - probability) / trials));
}

TEST(EdgeStates, AreUpForTheirShareOfTime) {
  const EdgeStates states(seed, failures);
  EXPECT_DOUBLE_EQ(failures.up_fraction(), p);
  for (const double time : {0.0, 1e-6, 0.61, 1.2, 37.3, 1e6}) {
    double up = 0;
    for (std::uint32_t e = 0; e < edges; ++e) up += states.up(e, time);
    expect_fraction(up, edges, p);
  }
}

// How long edge 0 is up, and how long it is down: so many complete times of each, one after another.
std::array<std::vector<double>, 2> durations_of_states(const EdgeStates& states, std::size_t count) {
  std::array<std::vector<double>, 2> durations;
  double time = 0, since = -1;
  bool up = states.up(0, 0);
  while (durations[0].size() < count || durations[1].size() < count) {
    const auto [now, until] = states.at(0, time);
    if (now != up) {
      if (since >= 0) durations[up].push_back(time - since);
      since = time;
      up = now;
    }
    time = until;
  }
  for (auto& list : durations) list.resize(count);
  return durations;
}

TEST(EdgeStates, LastForExponentialTimesThatForgetEachOther) {
  const auto [down, up] = durations_of_states(EdgeStates(seed, failures), 20000);
  const auto exponential = [](double mean) { return [=](double x) { return -std::expm1(-x / mean); }; };
  expect_distribution(up, exponential(failures.mean_up));
  expect_distribution(down, exponential(failures.mean_down));
  expect_mean(up, failures.mean_up, failures.mean_up);
  expect_mean(down, failures.mean_down, failures.mean_down);
  for (const auto& list : {up, down}) {
    const std::span<const double> all(list);
    const double r = correlation(all.first(all.size() - 1), all.subspan(1));
    expect_chi_squared(r * r * static_cast<double>(all.size() - 1), 1);
  }
  const double r = correlation(up, down);
  expect_chi_squared(r * r * static_cast<double>(up.size()), 1);
}

// P(up at t and at t + s) = p (p + (1 − p) e^{−(φ + ρ) s}): within a window, across one border, across
// several, and from time 0.
TEST(EdgeStates, AreCorrelatedInTimeAsTheChainIs) {
  const EdgeStates states(seed, failures);
  for (const double time : {0.0, 0.3, 1.1, 50.9}) {
    for (const double later : {0.05, 0.4, 1.0, 3.0}) {
      double both = 0;
      for (std::uint32_t e = 0; e < edges; ++e) both += states.up(e, time) && states.up(e, time + later);
      expect_fraction(both, edges, p * (p + (1 - p) * std::exp(-resets * later)));
    }
  }
}

TEST(EdgeStates, AreIndependentFromEdgeToEdgeAndSeedToSeed) {
  const EdgeStates states(seed, failures), others(seed + 1, failures);
  for (const double time : {0.0, 12.7}) {
    double neighbours = 0, seeds = 0;
    for (std::uint32_t e = 0; e < edges; ++e) {
      neighbours += states.up(2 * e, time) && states.up(2 * e + 1, time);
      seeds += states.up(e, time) && others.up(e, time);
    }
    expect_fraction(neighbours, edges, p * p);
    expect_fraction(seeds, edges, p * p);
  }
}

TEST(EdgeStates, HoldAsLongAsTheySay) {
  const EdgeStates states(seed, failures);
  std::size_t changes = 0;
  for (std::uint32_t e = 0; e < 20; ++e) {
    for (double time = 0; time < 50;) {
      const auto [up, until] = states.at(e, time);
      ASSERT_GT(until, time);
      for (const double part : {0.0, 0.3, 0.999}) ASSERT_EQ(states.up(e, std::lerp(time, until, part)), up);
      ASSERT_EQ(states.up(e, std::nextafter(until, 0.0)), up);
      changes += states.up(e, until) != up;
      time = until;
    }
  }
  // 20 edges × 50 units of time × 2 changes per 3.75 = 533 expected, of variance below that of a Poisson
  // count.
  EXPECT_NEAR(static_cast<double>(changes), 533, 3.29 * std::sqrt(533));
}

TEST(EdgeStates, NeverChangeWhereTheyHardlyCan) {
  const EdgeStates always(seed, {.mean_up = 1e100, .mean_down = 1e-6});
  const EdgeStates slow(seed, {.mean_up = 1e90, .mean_down = 1e90});
  double up = 0;
  for (std::uint32_t e = 0; e < 1000; ++e) {
    EXPECT_TRUE(always.up(e, 1e3 * e));
    EXPECT_EQ(slow.up(e, 0), slow.up(e, 1e9));
    up += slow.up(e, 0);
  }
  expect_fraction(up, 1000, 0.5);
}

TEST(EdgeStates, RefuseWhatIsNotATime) {
  const auto message = [](double mean_up, double mean_down) -> std::string {
    try {
      EdgeStates(1, {mean_up, mean_down});
    } catch (const InputError& error) {
      return error.what();
    }
    return "taken";
  };
  using ::testing::StartsWith;
  EXPECT_THAT(message(0, 1), StartsWith("mean_up: not a mean time (0) — a number from 1e-06 to 1e+100"));
  EXPECT_THAT(message(1, -2), StartsWith("mean_down: not a mean time (-2)"));
  EXPECT_THAT(message(std::nan(""), 1), StartsWith("mean_up: not a mean time (nan)"));
  EXPECT_THAT(message(1, infinity), StartsWith("mean_down: not a mean time (inf)"));
}

}  // namespace edge_failures_test
}  // namespace acidsim
