// The staleness of gradients, by hand.
#include "sim/engine/staleness.hpp"

#include <gtest/gtest.h>

namespace acidsim {
namespace staleness_test {

Event event_of(Verb verb, Worker worker) { return {0, worker, worker, worker, verb}; }

TEST(StalenessTest, CountsWhatLandsBetweenReadAndStep) {
  Staleness staleness;
  std::uint64_t landed = 10;  // before the first of these
  for (const auto& [verb, worker] :
       {std::pair(Verb::read, 0), {Verb::gradient, 1}, {Verb::read, 1}, {Verb::step, 0}, {Verb::step, 1}}) {
    const Event event = event_of(verb, static_cast<Worker>(worker));
    staleness.watch(event, landed, 2, false);
    landed += lands_gradient(event.verb);
  }
  using Histogram = std::map<std::uint64_t, std::uint64_t>;
  EXPECT_EQ(staleness.histogram(3), (Histogram{{0, 1}, {1, 2}})) << "the gradient of 1 is not stale";
  EXPECT_EQ(staleness.mean(3), 2.0 / 3);
}

// Of `stale` gradients that are k late, made from one checkpoint's numbers.
Staleness late(std::uint64_t k, std::uint64_t stale) {
  Staleness staleness;
  staleness.restore({0}, std::vector<std::uint64_t>{k, stale});
  return staleness;
}

TEST(StalenessTest, PercentileIsTheLeastThatEnoughDoNotExceed) {
  EXPECT_EQ(late(5, 1).summary(100), (Staleness::Summary{0.05, 0, 5})) << "99 of 100 are not above 0";
  EXPECT_EQ(late(5, 2).summary(100), (Staleness::Summary{0.1, 5, 5}));
  EXPECT_EQ(late(5, 1).summary(99).percentile_99, 5u) << "98 of 99 are too few";
  EXPECT_EQ(Staleness().summary(0), Staleness::Summary{});
}

TEST(StalenessTest, LargeOnesAreKeptAndRestored) {
  Staleness staleness;
  staleness.watch(event_of(Verb::read, 0), 3, 2, false);
  staleness.watch(event_of(Verb::step, 0), 5'000'000'003, 2, false);
  staleness.watch(event_of(Verb::read, 1), 7, 2, false);
  staleness.watch(event_of(Verb::step, 1), 9, 2, false);
  EXPECT_EQ(staleness.counted(), (std::vector<std::uint64_t>{2, 1, 5'000'000'000, 1}));
  Staleness again;
  again.restore({staleness.reads().begin(), staleness.reads().end()}, staleness.counted());
  EXPECT_EQ(again.counted(), staleness.counted());
  EXPECT_EQ(again.summary(2), staleness.summary(2));
  EXPECT_EQ(again.maximum(), 5'000'000'000u);
}

}  // namespace staleness_test
}  // namespace acidsim
