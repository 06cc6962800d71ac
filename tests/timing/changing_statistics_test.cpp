// The events of clocks that change over time against the theory of Poisson processes, at a fixed seed and a
// level of 10⁻³ per check.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/timing/changing_schedule.hpp"
#include "tests/core/statistics.hpp"

namespace acidsim {
namespace changing_statistics_test {

using namespace acidsim::testing;

constexpr Worker workers = 5;
const std::vector<Edge> edges = {{0, 1}, {1, 2}, {0, 4}, {2, 3}, {1, 3}};
const std::vector<CommunicationPhase> phases = {{1.5, {{0, 0.5}, {2, 3.0}}},
                                                {0.25, {}},
                                                {2.0, {{1, 1.0}, {3, 0.25}, {0, 0.125}}},
                                                {0.1, {{4, 40.0}, {1, 7.0}}}};
constexpr double period = 3.85;
constexpr int rounds = 20000;

double total_rate(const CommunicationPhase& phase) {
  double rate = 0;
  for (const auto& clock : phase.clocks) rate += clock.rate;
  return rate;
}

double expected_per_period() {
  double expected = 0;
  for (const CommunicationPhase& phase : phases) expected += phase.duration * total_rate(phase);
  return expected;
}

// 254 000 communications: where in its phase each one was, by phase and edge; and its operational time.
struct Sample {
  std::vector<std::vector<std::vector<double>>> places;
  std::vector<double> taus;
};

const Sample& sample() {
  static const Sample drawn = [] {
    Sample all{{phases.size(), std::vector<std::vector<double>>(edges.size())}, {}};
    const ChangingPoissonSchedule schedule(2024, std::vector<double>(workers, 0.0), edges, phases, true, {});
    for (const Event& event : events_between(schedule, 0, rounds * period)) {
      const double round = std::floor(event.time / period);
      double left = event.time - round * period, tau = round * expected_per_period();
      std::size_t k = 0;
      while (k + 1 < phases.size() && left >= phases[k].duration) {
        tau += total_rate(phases[k]) * phases[k].duration;
        left -= phases[k++].duration;
      }
      all.places[k][event.clock - workers].push_back(left / phases[k].duration);
      all.taus.push_back(tau + total_rate(phases[k]) * left);
    }
    return all;
  }();
  return drawn;
}

TEST(ChangingStatistics, CountsByPhaseAndEdgeArePoissonOfTheirRates) {
  std::vector<double> counts, means;
  for (std::size_t k = 0; k < phases.size(); ++k) {
    std::vector<double> mean(edges.size(), 0.0);
    for (const auto& clock : phases[k].clocks) mean[clock.edge] = rounds * phases[k].duration * clock.rate;
    for (std::size_t e = 0; e < edges.size(); ++e) {
      const auto count = static_cast<double>(sample().places[k][e].size());
      // Rounding could put a time at the border of two phases on its other side: at this seed it does not.
      if (mean[e] == 0) {
        EXPECT_EQ(count, 0) << k << ' ' << e;
        continue;
      }
      counts.push_back(count);
      means.push_back(mean[e]);
    }
  }
  ASSERT_EQ(counts.size(), 7u);
  expect_poisson_counts(counts, means);
}

TEST(ChangingStatistics, PlacesWithinAPhaseAreUniform) {
  for (const auto& of_phase : sample().places)
    for (const auto& places : of_phase)
      if (!places.empty()) expect_distribution(places, [](double x) { return std::clamp(x, 0.0, 1.0); });
}

// A number of gaps fixed beforehand: those of a time fixed beforehand are not exponential, the long ones
// miss.
TEST(ChangingStatistics, GapsInOperationalTimeAreExponentialAndUncorrelated) {
  const std::vector<double>& taus = sample().taus;
  std::vector<double> gaps;
  for (std::size_t k = 1; k <= 200000; ++k) gaps.push_back(taus.at(k) - taus[k - 1]);
  expect_distribution(gaps, [](double x) { return -std::expm1(-x); });
  const std::span<const double> all(gaps);
  const double r = correlation(all.first(all.size() - 1), all.subspan(1));
  expect_chi_squared(r * r * static_cast<double>(all.size() - 1), 1);
}

TEST(ChangingStatistics, CountsByPeriodHaveTheDispersionOfPoisson) {
  const double per_period = expected_per_period();
  std::vector<double> counts(rounds - 1, 0.0);
  for (const double tau : sample().taus)
    if (tau < per_period * (rounds - 1)) ++counts[static_cast<std::size_t>(tau / per_period)];
  expect_poisson_counts(counts, std::vector<double>(counts.size(), per_period));
}

// An edge of rate λ that fails at rate φ and returns at rate ρ has not communicated by time t with
// probability (1 1)·exp(tM)·(p, 1 − p)ᵀ, M = ((−φ − λ, ρ), (φ, −ρ)): a Poisson process killed in one of two
// states.
struct FirstCommunication {
  double rate, failure, repair;

  double cdf(double t) const {
    const double p = repair / (failure + repair);
    const double half_trace = -0.5 * (failure + rate + repair);
    const double root = std::sqrt(half_trace * half_trace - rate * repair);  // det M = λρ
    // exp(tM) = e^{ht} (cosh(rt) I + sinh(rt)/r (M − h I)).
    // Its columns add up to cosh(rt) + sinh(rt)/r (c − h), with c = −λ and 0 those of M.
    const double from_up = std::cosh(root * t) + std::sinh(root * t) / root * (-rate - half_trace);
    const double from_down = std::cosh(root * t) + std::sinh(root * t) / root * (0 - half_trace);
    return 1 - std::exp(half_trace * t) * (p * from_up + (1 - p) * from_down);
  }
};

TEST(ChangingStatistics, FirstCommunicationsOfFailingEdgesHaveTheLawOfTheKilledChain) {
  constexpr std::uint32_t pairs = 20000;
  std::vector<Edge> apart;
  CommunicationPhase always;
  for (std::uint32_t e = 0; e < pairs; ++e) {
    apart.push_back({2 * e, 2 * e + 1});
    always.clocks.push_back({e, 1.5});
  }
  const EdgeFailures failures{.mean_up = 0.8, .mean_down = 2.0};
  const ChangingPoissonSchedule schedule(5, {}, apart, {always}, true, failures);
  std::vector<double> first(pairs, infinity);
  for (const Event& event : events_between(schedule, 0, 100)) {  // e^{−100 · 0.25} of them are later
    double& time = first[event.clock - 2 * pairs];
    time = std::min(time, event.time);
  }
  ASSERT_LT(*std::max_element(first.begin(), first.end()), infinity);
  const FirstCommunication law{1.5, 1 / failures.mean_up, 1 / failures.mean_down};
  expect_distribution(first, [&](double t) { return law.cdf(t); });
}

}  // namespace changing_statistics_test
}  // namespace acidsim
