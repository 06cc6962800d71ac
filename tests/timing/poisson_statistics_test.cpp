// The events of Poisson clocks against the theory of Poisson processes, at a fixed seed and a level of 10⁻³
// per check.
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "sim/timing/poisson_schedule.hpp"
#include "tests/core/statistics.hpp"

namespace acidsim {
namespace poisson_statistics_test {

using namespace acidsim::testing;

constexpr double horizon = 32000;

struct Clocks {
  std::vector<double> gradient = {1.0, 0.0, 2.5, 0.1, 1.0, 0.05, 4.0, 0.0};
  std::vector<Edge> edges = {{0, 1, 0.5}, {1, 2, 0.0},  {0, 4, 3.0}, {2, 3, 0.25},
                             {5, 6, 1.0}, {6, 7, 0.04}, {3, 7, 1.5}};

  // By clock id.
  std::vector<double> rates() const {
    std::vector<double> all = gradient;
    for (const Edge& edge : edges) all.push_back(edge.rate);
    return all;
  }
};

// One schedule for all tests: 480 000 events of 12 clocks that fire and 3 that never do.
class PoissonStatistics : public ::testing::Test {
 protected:
  static const std::vector<Event>& events() {
    static const std::vector<Event> all =
        events_between(PoissonSchedule(2024, Clocks{}.gradient, Clocks{}.edges), 0, horizon);
    return all;
  }
  static std::vector<std::vector<double>> times_by_clock() {
    std::vector<std::vector<double>> times(Clocks{}.rates().size());
    for (const Event& event : events()) times.at(event.clock).push_back(event.time);
    return times;
  }
  static std::vector<double> times_of(Verb kind) {
    std::vector<double> times;
    for (const Event& event : events())
      if (event.verb == kind) times.push_back(event.time);
    return times;
  }
};

double rate_of(Verb kind) {
  const PoissonSchedule schedule(1, Clocks{}.gradient, Clocks{}.edges);
  return kind == Verb::gradient ? schedule.gradient_rate() : schedule.communication_rate();
}

// Counts in [offset + k·period, offset + k·period + width), k = 0, 1, …
std::vector<double> counts_in_cells(const std::vector<double>& times, double offset, double period,
                                    double width) {
  std::vector<double> counts(static_cast<std::size_t>((horizon - offset - width) / period));
  for (const double time : times) {
    const double cell = std::floor((time - offset) / period);
    if (cell < 0 || cell >= static_cast<double>(counts.size()) || time - offset - cell * period >= width)
      continue;
    ++counts[static_cast<std::size_t>(cell)];
  }
  return counts;
}

TEST_F(PoissonStatistics, CountsByClockArePoissonOfTheirRate) {
  const auto times = times_by_clock();
  std::vector<double> counts, means;
  for (std::size_t clock = 0; clock < times.size(); ++clock) {
    const double rate = Clocks{}.rates()[clock];
    if (rate == 0) {
      EXPECT_TRUE(times[clock].empty()) << clock;
      continue;
    }
    counts.push_back(static_cast<double>(times[clock].size()));
    means.push_back(rate * horizon);
  }
  expect_poisson_counts(counts, means);
}

TEST_F(PoissonStatistics, CountsByKindArePoisson) {
  for (const Verb kind : {Verb::gradient, Verb::exchange})
    expect_poisson_counts(std::vector<double>{static_cast<double>(times_of(kind).size())},
                          std::vector<double>{rate_of(kind) * horizon});
}

std::vector<double> gaps(const std::vector<double>& times, double rate, std::size_t count) {
  std::vector<double> scaled;
  double previous = 0;
  for (std::size_t k = 0; k < count; ++k) {
    scaled.push_back(rate * (times.at(k) - previous));
    previous = times[k];
  }
  return scaled;
}

const auto exponential = [](double x) { return -std::expm1(-x); };

// A number of gaps fixed beforehand: those of a time fixed beforehand are not exponential, the long ones
// miss.
TEST_F(PoissonStatistics, GapsOfEveryClockAreExponential) {
  const auto times = times_by_clock();
  for (std::size_t clock = 0; clock < times.size(); ++clock) {
    const double rate = Clocks{}.rates()[clock];
    if (rate == 0) continue;
    expect_distribution(gaps(times[clock], rate, static_cast<std::size_t>(0.8 * rate * horizon)),
                        exponential);
  }
}

TEST_F(PoissonStatistics, GapsOfEachKindAreExponentialAndUncorrelated) {
  for (const Verb kind : {Verb::gradient, Verb::exchange}) {
    const double rate = rate_of(kind);
    const auto scaled = gaps(times_of(kind), rate, static_cast<std::size_t>(0.9 * rate * horizon));
    expect_distribution(scaled, exponential);
    const std::span<const double> all(scaled);
    const double r = correlation(all.first(all.size() - 1), all.subspan(1));
    expect_chi_squared(r * r * static_cast<double>(all.size() - 1), 1);
  }
}

// The index of dispersion, Σ (count − mean)²/mean ~ χ², in cells that lie across the borders of the windows
// in which the events are made, in cells that are those windows, in halves of them, and in cells that do not
// fit them at all.
TEST_F(PoissonStatistics, CountsInCellsHaveTheDispersionOfPoisson) {
  for (const Verb kind : {Verb::gradient, Verb::exchange}) {
    const auto times = times_of(kind);
    const double rate = rate_of(kind), window = 1024 / rate;
    struct Cell {
      double offset, period, width;
    };
    for (const Cell cell : {Cell{0.75 * window, window, 0.5 * window},
                            Cell{0.999 * window, window, 0.06 * window}, Cell{0, window, window},
                            Cell{0, 0.5 * window, 0.5 * window}, Cell{0, 0.037 * window, 0.037 * window}}) {
      const auto counts = counts_in_cells(times, cell.offset, cell.period, cell.width);
      ASSERT_GE(counts.size(), 100u);
      expect_poisson_counts(counts, std::vector<double>(counts.size(), rate * cell.width));
    }
  }
}

TEST_F(PoissonStatistics, CountsInNeighbouringCellsAreUncorrelated) {
  for (const Verb kind : {Verb::gradient, Verb::exchange}) {
    const double window = 1024 / rate_of(kind);
    for (const double width : {0.5 * window, 0.1 * window, 0.013 * window}) {
      const auto counts = counts_in_cells(times_of(kind), 0, width, width);
      const std::span<const double> all(counts);
      const double r = correlation(all.first(all.size() - 1), all.subspan(1));
      expect_chi_squared(r * r * static_cast<double>(all.size() - 1), 1);
    }
  }
}

// Counts of different clocks in the same cells: n · Σ r² over the pairs ~ χ²(pairs).
TEST_F(PoissonStatistics, ClocksAreIndependent) {
  const auto times = times_by_clock();
  const double width = 20;  // at least 10 expected in a cell for clocks of rate ≥ ½
  std::vector<std::vector<double>> counts;
  for (std::size_t clock = 0; clock < times.size(); ++clock)
    if (Clocks{}.rates()[clock] >= 0.5) counts.push_back(counts_in_cells(times[clock], 0, width, width));
  double statistic = 0;
  int pairs = 0;
  for (std::size_t a = 0; a < counts.size(); ++a) {
    for (std::size_t b = 0; b < a; ++b, ++pairs) {
      const double r = correlation(counts[a], counts[b]);
      statistic += r * r * static_cast<double>(counts[a].size());
    }
  }
  EXPECT_EQ(pairs, 28);
  expect_chi_squared(statistic, pairs);
}

TEST_F(PoissonStatistics, KindsAreIndependent) {
  for (const double width : {1.0, 20.0}) {
    const auto gradients = counts_in_cells(times_of(Verb::gradient), 0, width, width);
    const double r = correlation(gradients, counts_in_cells(times_of(Verb::exchange), 0, width, width));
    expect_chi_squared(r * r * static_cast<double>(gradients.size()), 1);
  }
}

// With equal total rates the windows coincide too: draws that the two processes shared would show in full.
TEST(PoissonKinds, OfEqualRateAreIndependent) {
  std::vector<double> gradients(4000), communications(4000);
  const double width = 5;
  for (const Event& event :
       events_between(PoissonSchedule(2024, {2.0, 0.0}, {{0, 1, 2.0}}), 0, 4000 * width)) {
    const auto cell = static_cast<std::size_t>(event.time / width);
    if (cell < 4000) ++(event.verb == Verb::gradient ? gradients : communications)[cell];
  }
  const double r = correlation(gradients, communications);
  expect_chi_squared(r * r * 4000, 1);
}

// Which clock fires next does not depend on which fired last: transitions in proportion to the product of the
// rates.
TEST_F(PoissonStatistics, SuccessiveClocksAreIndependent) {
  const auto rates = Clocks{}.rates();
  const double total = std::accumulate(rates.begin(), rates.end(), 0.0);
  std::vector<std::size_t> fast;
  for (std::size_t clock = 0; clock < rates.size(); ++clock)
    if (rates[clock] >= 0.25) fast.push_back(clock);
  const std::size_t kinds = fast.size() + 1;  // the last: all others together
  std::vector<std::size_t> kind_of(rates.size(), fast.size());
  std::vector<double> shares(kinds);
  for (std::size_t k = 0; k < fast.size(); ++k) kind_of[fast[k]] = k;
  for (std::size_t clock = 0; clock < rates.size(); ++clock) shares[kind_of[clock]] += rates[clock] / total;
  std::vector<double> counts(kinds * kinds), probabilities(kinds * kinds);
  for (std::size_t k = 1; k < events().size(); k += 2)  // disjoint pairs
    ++counts[kind_of[events()[k - 1].clock] * kinds + kind_of[events()[k].clock]];
  for (std::size_t a = 0; a < kinds; ++a)
    for (std::size_t b = 0; b < kinds; ++b) probabilities[a * kinds + b] = shares[a] * shares[b];
  expect_multinomial_counts(counts, probabilities);
}

// A million clocks: the counts of groups of 1000 clocks are right, and each event is O(1) (no test of time
// here).
TEST(PoissonManyClocks, RatesAreHonouredByGroup) {
  const std::size_t workers = 1000000, group = 10000;
  std::vector<double> rates(workers), counts(workers / group), means(workers / group);
  for (std::size_t i = 0; i < workers; ++i) {
    rates[i] = static_cast<double>(i % 7) * 0.1 + 1e-7 * static_cast<double>(i);
    means[i / group] += rates[i] * 0.5;
  }
  for (const Event& event : events_between(PoissonSchedule(5, rates, {}), 0, 0.5)) ++counts[event.i / group];
  expect_poisson_counts(counts, means);
}

}  // namespace poisson_statistics_test
}  // namespace acidsim
