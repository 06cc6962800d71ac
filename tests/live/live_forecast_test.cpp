#include "sim/live/live_forecast.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/core/random.hpp"

namespace acidsim {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;

// The durations below are sums of powers of two: every time is exact.

LiveProtocol alone(Worker n, std::uint64_t gradients) {
  LiveProtocol protocol;
  protocol.workers = n;
  protocol.rate = 0;
  protocol.gradients = gradients;
  return protocol;
}

TEST(LiveForecast, FitsTheDurationsOfATrace) {
  LiveTrace trace;
  trace.workers = {{{.verb = Verb::read, .wall = 0},
                    {.verb = Verb::offer, .wall = 0.25},
                    {.verb = Verb::step, .wall = 1},
                    {.verb = Verb::send, .peer = 1, .wall = 1.5},
                    {.verb = Verb::receive, .peer = 1, .wall = 2},
                    {.verb = Verb::read, .wall = 2.25},
                    {.verb = Verb::step, .wall = 3.25}},
                   {{.verb = Verb::read, .wall = 0},
                    {.verb = Verb::offer, .wall = 0.5},
                    {.verb = Verb::step, .wall = 0.75},
                    {.verb = Verb::send, .peer = 0, .wall = 1},
                    {.verb = Verb::receive, .peer = 0, .wall = 2.5},
                    {.verb = Verb::read, .wall = 3},
                    {.verb = Verb::step, .wall = 3.5}}};
  const LiveTimings timings = fit_timings(trace);
  EXPECT_THAT(timings.gradients, ElementsAre(ElementsAre(1.0, 1.0), ElementsAre(0.75, 0.5)));
  EXPECT_THAT(timings.turnaround, ElementsAre(0.25, 0.5));
  EXPECT_THAT(timings.offering, ElementsAre(0.25, 0.5));
  EXPECT_THAT(timings.meeting, ElementsAre(0.5, 1.0));
  EXPECT_THAT(timings.transfer, ElementsAre(0.5, 1.0));
  const std::vector<WorkerPair> edges = {{0, 1}};
  const LiveCourse course = measured_course(trace, edges);
  EXPECT_EQ(course.seconds, 3.5);
  EXPECT_THAT(course.gradients, ElementsAre(2u, 2u));
  EXPECT_THAT(course.averagings, ElementsAre(1u, 1u));
  EXPECT_THAT(course.pairs, ElementsAre(1u));
  EXPECT_THAT(course.idle, ElementsAre(1.5, 2.25));
  EXPECT_EQ(course.idle_share(), 3.75 / 7);
}

TEST(LiveForecast, WorkersWhoNeverMeetComputeSideBySide) {
  LiveTimings timings;
  timings.gradients = {{0.125}};
  const LiveCourse course = forecast_live(alone(4, 40), timings, 1);
  EXPECT_EQ(course.seconds, 1.25);
  EXPECT_THAT(course.gradients, Each(10u));
  EXPECT_THAT(course.idle, Each(0.0));
}

TEST(LiveForecast, AFasterWorkerTakesMoreOfTheGradients) {
  LiveTimings timings;
  timings.gradients = {{0.125}, {0.25}};
  const LiveCourse course = forecast_live(alone(2, 300), timings, 1);
  EXPECT_EQ(course.total_gradients(), 300u);
  // Twice as many, but for those under way at the end: one gradient and one ticket each.
  EXPECT_NEAR(static_cast<double>(course.gradients[0]), 200, 3);
  EXPECT_NEAR(course.seconds, 25, 0.5);
}

TEST(LiveForecast, EndsAtItsWallTime) {
  LiveProtocol protocol = alone(3, 1);
  protocol.gradients.reset();
  protocol.wall_seconds = 1.0625;
  LiveTimings timings;
  timings.gradients = {{0.125}};
  const LiveCourse course = forecast_live(protocol, timings, 1);
  // The ninth is under way, and the tenth was granted with it.
  EXPECT_THAT(course.gradients, Each(10u));
  EXPECT_EQ(course.seconds, 1.25);
}

TEST(LiveForecast, GradientsWaitForTheAveragingsThatAreDue) {
  LiveProtocol protocol = alone(2, 20);
  protocol.edges = {{0, 1}};
  protocol.rate = 1;
  protocol.averagings = AveragingCount::deterministic;
  LiveTimings timings;
  timings.gradients = {{0.125}};
  timings.meeting = {0.125};
  timings.transfer = {0.125};
  const LiveCourse course = forecast_live(protocol, timings, 1);
  // Eight rounds of 0.25, bound by the averaging; with the last ticket nobody meets any more, and the last
  // two gradients follow on each other.
  EXPECT_EQ(course.seconds, 2.25);
  EXPECT_THAT(course.gradients, Each(10u));
  EXPECT_THAT(course.averagings, Each(8u));
  EXPECT_THAT(course.pairs, ElementsAre(8u));
  EXPECT_THAT(course.idle, Each(1.0));
}

TEST(LiveForecast, DrawsAreAddressed) {
  LiveProtocol protocol = alone(6, 500);
  protocol.edges = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {4, 5}, {0, 5}};
  protocol.rate = 1;
  LiveTimings timings;
  timings.gradients = {{0.1, 0.2, 0.4}};
  timings.transfer = {0.01, 0.05};
  const LiveCourse first = forecast_live(protocol, timings, 1);
  EXPECT_EQ(forecast_live(protocol, timings, 1).seconds, first.seconds);
  EXPECT_EQ(forecast_live(protocol, timings, 1).pairs, first.pairs);
  EXPECT_NE(forecast_live(protocol, timings, 2).seconds, first.seconds);
}

}  // namespace
}  // namespace acidsim
