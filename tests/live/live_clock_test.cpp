// The clock of a worker's mixing, with its readings computed by hand.
#include <gtest/gtest.h>

#include "sim/live/live_worker.hpp"

namespace acidsim {
namespace {

TEST(LiveClock, StandsAtZeroUntilAGradientIsMeasured) {
  LiveClock clock;
  EXPECT_EQ(clock.at(0), 0);
  EXPECT_EQ(clock.at(1e6), 0);
  clock.measured(10, 2);
  EXPECT_EQ(clock.at(10), 0);
}

TEST(LiveClock, CountsInGradientDurationsAveragedByHalves) {
  LiveClock clock;
  clock.measured(10, 2);  // the unit is 2 seconds
  EXPECT_EQ(clock.at(12), 1);
  EXPECT_EQ(clock.at(15), 2.5);
  clock.measured(15, 6);  // (2 + 6)/2 = 4
  EXPECT_EQ(clock.at(15), 2.5) << "a new unit moves no reading";
  EXPECT_EQ(clock.at(17), 3);
  clock.measured(19, 4);  // (4 + 4)/2 = 4
  EXPECT_EQ(clock.at(19), 3.5);
  clock.measured(19, 12);  // (4 + 12)/2 = 8
  EXPECT_EQ(clock.at(27), 4.5);
}

TEST(LiveClock, AGradientThatTookNoTimeGivesAFiniteUnit) {
  LiveClock clock;
  clock.measured(1, 0);
  EXPECT_EQ(clock.at(1), 0);
  EXPECT_DOUBLE_EQ(clock.at(2), 1e9);  // the shortest unit is a nanosecond
}

}  // namespace
}  // namespace acidsim
