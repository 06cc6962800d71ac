// When edges of a graph that changes can be used, and workers that wait for it.
#include "sim/timing/edge_times.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/timing/availability_schedule.hpp"

namespace acidsim {
namespace edge_times_test {
namespace {

// Edge 0 in the first phase, edge 1 in both, edge 2 in the second, edge 3 in none.
const std::vector<CommunicationPhase> phases = {{0.7, {{0, 1.0}, {1, 1.0}}},
                                                {1.6, {{1, 0.5}, {2, 1.0}, {3, 0.0}}}};

TEST(EdgeTimes, FollowThePhases) {
  const EdgeTimes periodic(1, 4, phases, true, {}), once(1, 4, phases, false, {});
  for (int k = 0; k < 2000; ++k) {
    const double time = 0.0137 * k, place = std::fmod(time, 2.3), start = time - place;
    if (std::abs(place - 0.7) < 1e-9 || place < 1e-9 || place > 2.3 - 1e-9) continue;
    EXPECT_NEAR(periodic.next_opening(0, time), place < 0.7 ? time : start + 2.3, 1e-9);
    EXPECT_EQ(periodic.next_opening(1, time), time);
    EXPECT_NEAR(periodic.next_opening(2, time), place < 0.7 ? start + 0.7 : time, 1e-9);
    EXPECT_EQ(periodic.next_opening(3, time), infinity);
    EXPECT_EQ(once.next_opening(0, time), time < 0.7 ? time : infinity);
    EXPECT_EQ(once.next_opening(2, time), std::max(time, 0.7));
  }
}

// It is open at the very time that it is said to open at, whatever was rounded.
TEST(EdgeTimes, OpenWhenTheySay) {
  const EdgeTimes times(1, 4, phases, true, EdgeFailures{3, 1});
  for (std::uint32_t edge = 0; edge < 3; ++edge)
    for (double time = 0; time < 500; time += 0.31) {
      const double opens = times.next_opening(edge, time);
      ASSERT_GE(opens, time);
      ASSERT_EQ(times.next_opening(edge, opens), opens);
    }
}

TEST(EdgeTimes, OfFailuresAreThoseOfTheClocks) {
  const std::vector<CommunicationPhase> all = {{1, {{0, 1.0}, {1, 1.0}}}};
  const EdgeTimes times(7, 2, all, false, EdgeFailures{2, 1});
  const EdgeStates states(7, EdgeFailures{2, 1});
  int open = 0;
  for (double time = 0; time < 3000; time += 0.5)
    for (const std::uint32_t edge : {0u, 1u}) {
      EXPECT_EQ(times.next_opening(edge, time) == time, states.up(edge, time));
      open += states.up(edge, time) ? 1 : 0;
    }
  EXPECT_NEAR(open / 12000.0, 2 / 3.0, 0.03);
}

AvailabilitySchedule pairs(Worker workers, std::vector<WorkerPair> edges, const EdgeTimes& times,
                           DurationLaw law) {
  AvailabilitySettings settings;
  settings.edges = std::move(edges);
  settings.averagings = AveragingCount::deterministic;
  settings.next_opening = [times](std::uint32_t edge, double time) { return times.next_opening(edge, time); };
  return {std::move(settings), GradientDurations(1, std::vector<double>(workers, 1.0), std::move(law)),
          Transfers(1, {}, 2)};
}

// Both wait from 1 on; their edge opens at 2.5, and every 3.
TEST(EdgeTimes, WhoWaitsMeetsWhenTheEdgeOpens) {
  const EdgeTimes times(1, 1, {{2.5, {}}, {0.5, {{0, 1.0}}}}, true, {});
  std::vector<double> met;
  for (const Event& event : events_between(pairs(2, {{0, 1}}, times, ConstantDuration{}), 0, 30))
    if (event.verb == Verb::exchange) met.push_back(event.time);
  ASSERT_EQ(met.size(), 10u);
  for (std::size_t k = 0; k < met.size(); ++k) EXPECT_NEAR(met[k], 2.5 + 3.0 * static_cast<double>(k), 1e-9);
}

TEST(EdgeTimes, NobodyMeetsOverAnEdgeThatIsClosed) {
  const std::vector<WorkerPair> ring = {{0, 1}, {1, 2}, {2, 3}, {3, 4}, {0, 4}};
  const std::vector<CommunicationPhase> all = {{1, {{0, 1.0}, {1, 1.0}, {2, 1.0}, {3, 1.0}, {4, 1.0}}}};
  const EdgeTimes times(5, 5, all, false, EdgeFailures{2, 2});
  std::vector<int> met(5, 0);
  for (const Event& event : events_between(pairs(5, ring, times, GammaDuration{4}), 0, 2000)) {
    if (event.verb != Verb::exchange) continue;
    const std::uint32_t edge = event.clock - 5;
    EXPECT_EQ(times.next_opening(edge, event.time), event.time);
    ++met[edge];
  }
  for (const int count : met) EXPECT_GT(count, 300);
}

}  // namespace
}  // namespace edge_times_test
}  // namespace acidsim
