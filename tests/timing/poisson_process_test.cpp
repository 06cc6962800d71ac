#include "sim/timing/poisson_process.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/core/statistics.hpp"

namespace acidsim {
namespace poisson_process_test {

using namespace acidsim::testing;

PoissonProcess process(double total, std::size_t clocks = 4) {
  return PoissonProcess(Stream(7, Purpose::gradient_clocks), std::vector<double>(clocks, total / clocks));
}

TEST(OrderTies, SortsClocksWithinRunsOfEqualTimesOnly) {
  const std::vector<double> times = {1, 2, 2, 2, 3, 4, 4, 5, 5};
  std::vector<std::uint32_t> clocks = {9, 5, 1, 3, 0, 8, 7, 2, 2};
  order_ties(times, clocks);
  EXPECT_EQ(clocks, (std::vector<std::uint32_t>{9, 1, 3, 5, 0, 7, 8, 2, 2}));
}

TEST(OrderTies, LeavesDistinctTimesAlone) {
  const std::vector<double> times = {1, 2, 3};
  std::vector<std::uint32_t> clocks = {3, 2, 1};
  order_ties(times, clocks);
  EXPECT_EQ(clocks, (std::vector<std::uint32_t>{3, 2, 1}));
  order_ties({}, {});
}

// Late windows are a few units of the last place long, so rounding ties times and pushes them onto borders.
TEST(PoissonProcess, WindowsAreOrderedAndKeepTheirBordersHoweverCoarseTimeIs) {
  const PoissonProcess p = process(1e6);
  PoissonProcess::Window window;
  for (const std::uint64_t first :
       {std::uint64_t{0}, std::uint64_t{1} << 20, std::uint64_t{1} << 40, std::uint64_t{1} << 49}) {
    for (std::uint64_t w = first; w < first + 20; ++w) {
      p.generate(w, window);
      const auto& [times, clocks] = window;
      ASSERT_EQ(times.size(), clocks.size());
      ASSERT_GE(times.front(), p.start_of(w));
      ASSERT_LT(times.back(), p.start_of(w + 1));
      for (std::size_t k = 1; k < times.size(); ++k) {
        ASSERT_LE(times[k - 1], times[k]);
        ASSERT_TRUE(times[k - 1] < times[k] || clocks[k - 1] <= clocks[k]);
      }
    }
  }
}

TEST(PoissonProcess, LateWindowsDoHaveTies) {  // what the test above is about
  PoissonProcess::Window window;
  process(1e6).generate(std::uint64_t{1} << 49, window);
  EXPECT_LT(std::unique(window.times.begin(), window.times.end()) - window.times.begin(), 20);
}

TEST(PoissonProcess, WindowOfFindsTheWindowThatHoldsATime) {
  const PoissonProcess p = process(0.7);
  for (const std::uint64_t w :
       {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{3}, std::uint64_t{1000003}}) {
    EXPECT_EQ(p.window_of(p.start_of(w)), w);
    EXPECT_EQ(p.window_of(p.start_of(w) + 1.0), w);
    EXPECT_EQ(p.window_of(std::nextafter(p.start_of(w + 1), 0.0)), w);
  }
  EXPECT_EQ(p.window_of(-1.0), 0u);
  EXPECT_EQ(p.window_of(infinity), PoissonProcess::window_limit);
}

// The numbers of points in windows are Poisson(1024): mean and dispersion.
TEST(PoissonProcess, CountsOfWindowsArePoisson) {
  const PoissonProcess p = process(3.0);
  PoissonProcess::Window window;
  std::vector<double> counts(2000);
  for (std::size_t w = 0; w < counts.size(); ++w) {
    p.generate(w, window);
    counts[w] = static_cast<double>(window.times.size());
  }
  expect_poisson_counts(counts, std::vector<double>(counts.size(), 1024.0));
  expect_mean(counts, 1024, 32);
}

// A window's draws are its own: the count takes one, the spacings and marks take others, and the next window
// begins after all of them.
TEST(PoissonProcess, WindowsShareNoDraws) {
  const PoissonWindows windows(Stream(7, Purpose::gradient_clocks));
  std::set<std::uint64_t> marks;
  std::size_t points = 0;
  for (std::uint64_t w = 0; w < 64; ++w) {
    const PoissonWindows::Drawn drawn(windows, w);
    marks.insert(drawn.marks().begin(), drawn.marks().end());
    points += drawn.points();
  }
  EXPECT_EQ(marks.size(), points) << "equal 64-bit marks: by chance in one of 10¹⁰ seeds";
}

TEST(PoissonProcess, FirstGapsDoNotDependOnCounts) {
  const PoissonProcess p = process(3.0);
  PoissonProcess::Window window;
  std::vector<double> counts, gaps;
  for (std::uint64_t w = 0; w < 2000; ++w) {
    p.generate(w, window);
    counts.push_back(static_cast<double>(window.times.size()));
    // Made uniform by its distribution given the count, so that only a further dependence is left.
    const double gap = (window.times.front() - p.start_of(w)) / p.start_of(1);
    gaps.push_back(std::pow(1 - gap, counts.back()));
  }
  // √n·r is standard normal where they are independent; a spacing from the count's own draw gives r near 1.
  EXPECT_LT(std::abs(correlation(counts, gaps)), normal_quantile / std::sqrt(2000.0));
}

// Given their number, the times of a window are order statistics of uniforms: pooled over windows they are
// uniform, and the first and last gaps (which wrong spacings would bend) are Beta(1, N).
TEST(PoissonProcess, TimesWithinWindowsAreUniform) {
  const PoissonProcess p = process(3.0);
  const double length = p.start_of(1);
  PoissonProcess::Window window;
  std::vector<double> positions, first_gaps, last_gaps;
  for (std::uint64_t w = 0; w < 1000; ++w) {
    p.generate(w, window);
    const auto n = static_cast<double>(window.times.size());
    const double begin = p.start_of(w);
    for (const double time : window.times) positions.push_back((time - begin) / length);
    first_gaps.push_back(-std::expm1(n * std::log1p(-(window.times.front() - begin) / length)));
    last_gaps.push_back(-std::expm1(n * std::log1p(-(begin + length - window.times.back()) / length)));
  }
  const auto uniform = [](double u) { return u; };
  expect_distribution(positions, uniform);
  expect_distribution(first_gaps, uniform);
  expect_distribution(last_gaps, uniform);
}

}  // namespace poisson_process_test
}  // namespace acidsim
