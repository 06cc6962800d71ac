// What a server does with the gradients of Poisson clocks.
#include "sim/timing/server_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "sim/timing/poisson_schedule.hpp"
#include "tests/core/statistics.hpp"

namespace acidsim {
namespace server_schedule_test {

constexpr Worker workers = 8;

ServerSchedule schedule_of(const ServerProtocol& protocol, const std::vector<double>& rates) {
  return {std::make_unique<PoissonSchedule>(5, rates, std::vector<Edge>{}), workers, protocol};
}
const std::vector<double> equal_rates(workers, 1.0), unequal_rates = {4, 3, 2, 1, 1, 0.5, 0.25, 0.125};

Meeting meeting_of(const Event& exchange) { return static_cast<Meeting>(exchange.number); }

// Each gradient is followed by its exchange, and by those of workers that are stopped.
void expect_pairs(const std::vector<Event>& events) {
  for (std::size_t k = 0; k < events.size(); ++k) {
    if (events[k].verb == Verb::gradient) {
      ASSERT_LT(k + 1, events.size());
      EXPECT_EQ(events[k + 1].i, events[k].i);
      EXPECT_EQ(events[k + 1].time, events[k].time);
    }
    if (events[k].verb != Verb::exchange) continue;
    EXPECT_EQ(events[k].j, workers);
    EXPECT_EQ(events[k - 1].verb == Verb::gradient, meeting_of(events[k]) != Meeting::restarted);
  }
}

// With equal rates the last n − 1 arrivals say nothing of who comes next: the delay is geometric.
TEST(ServerSchedule, DelaysOfEqualClocksAreGeometric) {
  const auto events = events_between(schedule_of({}, equal_rates), 0, 20000);
  expect_pairs(events);
  constexpr std::size_t cells = 40;
  // Delays of one worker are independent of each other; those of different workers are not. One worker's are tested.
  std::vector<double> found(cells + 1), expected(cells + 1);
  for (const Event& event : events)
    if (event.verb == Verb::gradient && event.i == 3) ++found[std::min<std::size_t>(event.clock, cells)];
  const double p = 1.0 / workers;
  for (std::size_t k = 0; k < cells; ++k) expected[k] = p * std::pow(1 - p, k);
  expected[cells] = std::pow(1 - p, cells);
  testing::expect_multinomial_counts(found, expected);
}

// Every arrival adds one to the delays of all others, whatever the rates: the mean is n − 1 but for what is under way
// at the end: one gradient of each worker, each of fewer than 2000 steps.
TEST(ServerSchedule, TheMeanDelayIsAlwaysOneLessThanTheWorkers) {
  double sum = 0, arrivals = 0;
  for (const Event& event : events_between(schedule_of({}, unequal_rates), 0, 20000)) {
    if (event.verb != Verb::gradient) continue;
    ASSERT_LT(event.clock, 2000u);
    sum += event.clock;
    ++arrivals;
  }
  EXPECT_NEAR(sum / arrivals, workers - 1, workers * 2000 / arrivals);
  double rate = 0;
  for (const double r : unequal_rates) rate += r;
  EXPECT_NEAR(arrivals, rate * 20000, testing::normal_quantile * std::sqrt(rate * 20000));
}

TEST(ServerSchedule, AnyTailIsTheEndOfTheWhole) {
  for (const ServerRule rule : {ServerRule::plain, ServerRule::delay_adaptive, ServerRule::ringmaster,
                                ServerRule::rennala, ServerRule::ringleader}) {
    const auto schedule =
        schedule_of({.rule = rule, .delay_threshold = 4, .stops = rule == ServerRule::ringmaster, .batch = 3},
                    unequal_rates);
    const auto all = events_between(schedule, 0, 50);
    for (const double start : {0.0, 10.5, all[100].time, 49.9}) {
      const auto tail = events_between(schedule, start, 50);
      ASSERT_LE(tail.size(), all.size());
      EXPECT_TRUE(std::equal(tail.rbegin(), tail.rend(), all.rbegin()));
      EXPECT_EQ(tail.size(),
                static_cast<std::size_t>(std::count_if(
                    all.begin(), all.end(), [&](const Event& event) { return event.time >= start; })));
    }
  }
}

TEST(ServerSchedule, RingmasterIgnoresOldGradients) {
  const auto events = events_between(
      schedule_of({.rule = ServerRule::ringmaster, .delay_threshold = 6}, unequal_rates), 0, 2000);
  expect_pairs(events);
  std::map<Meeting, int> seen;
  for (std::size_t k = 0; k < events.size(); ++k) {
    if (events[k].verb != Verb::gradient) continue;
    const Meeting meeting = meeting_of(events[k + 1]);
    EXPECT_EQ(meeting, events[k].clock >= 6 ? Meeting::ignored : Meeting::applied);
    ++seen[meeting];
  }
  EXPECT_GT(seen[Meeting::ignored], 1000);
}

TEST(ServerSchedule, RingmasterStopsGradientsBeforeTheyAreOld) {
  const auto events = events_between(
      schedule_of({.rule = ServerRule::ringmaster, .delay_threshold = 6, .stops = true}, unequal_rates), 0,
      2000);
  expect_pairs(events);
  std::uint64_t steps = 0, restarts = 0;
  std::vector<std::uint64_t> copies(workers, 0);
  for (const Event& event : events) {
    if (event.verb == Verb::gradient) {
      EXPECT_EQ(event.clock, steps - copies[event.i]);
      EXPECT_LT(event.clock, 6u);
      continue;
    }
    if (meeting_of(event) == Meeting::restarted) {
      EXPECT_EQ(steps - copies[event.i], 6u);
      ++restarts;
    } else {
      ++steps;
    }
    copies[event.i] = steps;
  }
  EXPECT_GT(restarts, 1000u);
}

TEST(ServerSchedule, RennalaCollectsFreshGradients) {
  const auto schedule = schedule_of({.rule = ServerRule::rennala, .batch = 3}, unequal_rates);
  const auto events = events_between(schedule, 0, 1000);
  expect_pairs(events);
  int collected = 0;
  for (std::size_t k = 0; k < events.size(); ++k) {
    if (events[k].verb != Verb::gradient) continue;
    EXPECT_EQ(schedule.share_of(events[k]).step, 1.0 / 3);
    const Meeting meeting = meeting_of(events[k + 1]);
    EXPECT_EQ(meeting == Meeting::ignored, events[k].clock > 0);
    if (meeting == Meeting::collected) ++collected;
    if (meeting == Meeting::applied) {
      EXPECT_EQ(std::exchange(collected, 0), 2);
    }
  }
}

// n steps in a round, one of each worker.
TEST(ServerSchedule, RingleaderStepsOnceForEachWorkerInARound) {
  const auto events = events_between(schedule_of({.rule = ServerRule::ringleader}, unequal_rates), 0, 2000);
  expect_pairs(events);
  std::vector<int> steps(workers, 0);
  int rounds = 0;
  for (const Event& event : events) {
    if (event.verb == Verb::gradient) {
      EXPECT_LE(event.clock, 2u * workers - 2);
      EXPECT_GE(event.number, 1);
      continue;
    }
    const Meeting meeting = meeting_of(event);
    if (meeting == Meeting::applied || meeting == Meeting::applied_last) ++steps[event.i];
    if (meeting != Meeting::applied_last) continue;
    ++rounds;
    EXPECT_EQ(steps, std::vector<int>(workers, rounds));
  }
  EXPECT_GT(rounds, 100);
}

}  // namespace server_schedule_test
}  // namespace acidsim
