// Rounds that wait for the slowest, and messages whose direction is drawn.
#include "sim/timing/round_schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/core/error.hpp"
#include "sim/timing/directed_schedule.hpp"
#include "sim/timing/poisson_schedule.hpp"

namespace acidsim {
namespace round_schedule_test {

Group everybody(Worker n) {
  Group group;
  group.mean_of_all = true;
  for (Worker i = 0; i < n; ++i) group.members.push_back(i);
  return group;
}

std::vector<Event> first_events(const Schedule& schedule, std::size_t count) {
  std::vector<Event> events;
  const auto cursor = schedule.from(0);
  while (events.size() < count)
    for (const Event& event : cursor->next()) events.push_back(event);
  events.resize(count);
  return events;
}

TEST(RoundSchedule, EveryRoundHoldsTheProgramOfEveryWorker) {
  constexpr Worker n = 5;
  const RoundSchedule schedule(1, std::vector<double>(n, 2.0), {{Verb::read}, {Verb::round}, {Verb::step}},
                               {everybody(n)});
  const auto events = first_events(schedule, 20 * (2 * n + 1));
  for (std::size_t start = 0; start + 2 * n < events.size(); start += 2 * n + 1) {
    std::vector<int> reads(n, 0);
    for (std::size_t k = start; k < start + n; ++k) {
      EXPECT_EQ(events[k].verb, Verb::read);
      ++reads[events[k].i];
      EXPECT_TRUE(k == start || events[k - 1].time <= events[k].time);
    }
    EXPECT_EQ(reads, std::vector<int>(n, 1));
    const Event& round = events[start + n];
    EXPECT_EQ(round.verb, Verb::round);
    EXPECT_EQ(round.time, events[start + n - 1].time) << "the slowest ends the round";
    for (Worker i = 0; i < n; ++i)
      EXPECT_EQ(events[start + n + 1 + i], (Event{round.time, i, i, i, Verb::step}));
  }
}

// The mean duration of a round at equal rates r is H_n / r, its variance Σ_k 1/(k r)². 4000 rounds, 4σ.
TEST(RoundSchedule, MeanDurationIsTheHarmonicNumber) {
  for (const Worker n : {4u, 16u, 64u}) {
    const double rate = 2;
    const RoundSchedule schedule(7, std::vector<double>(n, rate), {{Verb::gradient}, {Verb::round}},
                                 {everybody(n)});
    constexpr std::size_t rounds = 4000;
    const auto events = first_events(schedule, rounds * (n + 1));
    double mean = 0, variance = 0;
    for (Worker k = 1; k <= n; ++k) {
      mean += 1 / (k * rate);
      variance += 1 / (k * rate) / (k * rate);
    }
    EXPECT_NEAR(events.back().time / rounds, mean, 4 * std::sqrt(variance / rounds)) << n;
  }
}

// The (n − b)-th of n exponential times: its mean is H_n − H_b, its variance Σ_{k > b} 1/k². 4000 rounds, 4σ.
TEST(RoundSchedule, WithBackupWorkersTheSlowestAreNotWaitedFor) {
  constexpr Worker n = 16;
  constexpr std::size_t rounds = 4000;
  for (const Worker backups : {1u, 4u, 15u}) {
    RoundPace pace;
    pace.backups = backups;
    const RoundSchedule schedule(7, std::vector<double>(n, 1.0), {{Verb::gradient}, {Verb::round}},
                                 {everybody(n)}, false, pace);
    const auto events = first_events(schedule, rounds * (n - backups + 1));
    double mean = 0, variance = 0;
    for (Worker k = backups + 1; k <= n; ++k) {
      mean += 1.0 / k;
      variance += 1.0 / k / k;
    }
    EXPECT_EQ(events.back().verb, Verb::round);
    EXPECT_NEAR(events.back().time / rounds, mean, 4 * std::sqrt(variance / rounds)) << backups;
    std::vector<int> landed(n, 0);
    for (const Event& event : events) landed[event.i] += event.verb == Verb::gradient;
    const double share = static_cast<double>(n - backups) / n;  // of each worker's rounds
    for (Worker i = 0; i < n; ++i)
      EXPECT_NEAR(landed[i], share * rounds, 4 * std::sqrt(rounds * share * (1 - share))) << i;
  }
}

// Gradients of 1, 2, 4 and 5: without the slowest a round takes 4, without the two slowest 2.
TEST(RoundSchedule, BackupWorkersComputeInVainUntilTheRoundEnds) {
  const std::vector<double> rates = {0.2, 1.0, 0.5, 0.25};
  RoundPace pace{.law = ConstantDuration{}};
  pace.backups = 1;
  const RoundSchedule three(1, rates, {{Verb::gradient}, {Verb::round}}, {everybody(4)}, false, pace);
  const std::vector<Event> expected = {{1, 1, 1, 1, Verb::gradient}, {2, 2, 2, 2, Verb::gradient},
                                       {4, 3, 3, 3, Verb::gradient}, {4, 0, 0, 0, Verb::round},
                                       {5, 1, 1, 1, Verb::gradient}, {6, 2, 2, 2, Verb::gradient},
                                       {8, 3, 3, 3, Verb::gradient}, {8, 0, 0, 0, Verb::round}};
  EXPECT_EQ(first_events(three, 8), expected);
  EXPECT_EQ(events_between(three, 4.5, 8), std::vector<Event>(expected.begin() + 4, expected.end()));
  EXPECT_EQ(three.gradient_rate(), 0.75);
  Usage usage(three.occupations(), 4);
  usage.advance(400);
  const auto computing = static_cast<std::size_t>(Occupation::computing);
  const double all[] = {400, 100, 200, 400};
  for (Worker i = 0; i < 4; ++i) EXPECT_EQ(usage.workers()[i][computing], all[i]);
  EXPECT_EQ(idle_share(usage.shares()), 500.0 / 1600);

  pace.backups = 2;
  const RoundSchedule two(1, rates, {{Verb::gradient}, {Verb::round}}, {everybody(4)}, false, pace);
  EXPECT_EQ(first_events(two, 6).back(), (Event{4, 0, 0, 0, Verb::round}));
}

TEST(RoundSchedule, WithoutGradientsARoundEachUnitOfTime) {
  const RoundSchedule schedule(1, {}, {{Verb::gradient}, {Verb::round}}, {everybody(3)});
  const auto events = first_events(schedule, 3);
  for (std::size_t k = 0; k < 3; ++k) EXPECT_EQ(events[k], (Event{k + 1.0, 0, 0, 0, Verb::round}));
  EXPECT_EQ(schedule.gradient_rate(), 0);
}

// Durations count rounds; groups 0, 1, 2 are those of the phases.
TEST(RoundSchedule, ChangesItsGraphFromRoundToRound) {
  const auto groups_in_rounds = [](bool periodic) {
    RoundGroups groups{everybody(3)};
    groups.first.duration = 2;
    groups.later = {{everybody(3)}, {everybody(3)}};
    groups.periodic = periodic;
    const RoundSchedule schedule(1, {}, {{Verb::round}}, groups);
    std::vector<std::uint32_t> found;
    for (const Event& event : first_events(schedule, 7)) found.push_back(event.clock);
    return found;
  };
  EXPECT_EQ(groups_in_rounds(true), (std::vector<std::uint32_t>{0, 0, 1, 2, 0, 0, 1}));
  EXPECT_EQ(groups_in_rounds(false), (std::vector<std::uint32_t>{0, 0, 1, 2, 2, 2, 2}));
}

TEST(RoundSchedule, PushesAndPullsInGroupsOfTheirOwn) {
  RoundGroups groups{everybody(3)};
  groups.first.pushed = groups.first.pulled = everybody(3);
  const RoundSchedule schedule(1, {}, {{Verb::round, Company::pulled}, {Verb::round, Company::pushed}},
                               groups);
  const auto events = first_events(schedule, 2);
  EXPECT_EQ(events[0].clock, 2u);
  EXPECT_EQ(events[1].clock, 1u);
}

// Along edges that go one way all messages do; the others are as before.
TEST(DirectedSchedule, KeepsToTheDirections) {
  const std::vector<Edge> edges = {{0, 1, 1.0}, {0, 2, 1.0}, {1, 2, 1.0}};
  const auto events_with = [&](std::vector<std::uint8_t> ways) {
    const DirectedSchedule schedule(
        5, std::make_unique<PoissonSchedule>(5, std::vector<double>(3, 0.0), edges), 3, std::move(ways));
    std::vector<Event> sent;
    for (const Event& event : first_events(schedule, 600))
      if (event.verb == Verb::send) sent.push_back(event);
    return sent;
  };
  const auto both = events_with({}), one_way = events_with({1, 2, 3});
  ASSERT_EQ(both.size(), one_way.size());
  for (std::size_t k = 0; k < both.size(); ++k) {
    if (one_way[k].clock == 5) {
      EXPECT_EQ(one_way[k], both[k]);
    } else {
      EXPECT_EQ(one_way[k].i, one_way[k].clock == 3 ? 0u : 2u);
    }
  }
}

TEST(RoundSchedule, StartsAnywhere) {
  const RoundSchedule schedule(3, {1.0, 0.5, 2.0}, {{Verb::gradient}, {Verb::gradient}, {Verb::round}},
                               {everybody(3)});
  const auto whole = events_between(schedule, 0, 60);
  for (const double start : {0.0, 0.3, 7.0, whole[40].time, 59.0}) {
    std::vector<Event> tail;
    for (const Event& event : whole)
      if (event.time >= start) tail.push_back(event);
    EXPECT_EQ(events_between(schedule, start, 60), tail) << start;
  }
}

TEST(RoundSchedule, RefusesAWorkerThatNeverComputes) {
  EXPECT_THROW(RoundSchedule(1, {1.0, 0.0}, {{Verb::gradient}, {Verb::round}}, {everybody(2)}), InputError);
}

std::unique_ptr<Schedule> pairs() {
  return std::make_unique<PoissonSchedule>(5, std::vector<double>{1.0, 1.0, 1.0},
                                           std::vector<Edge>{{0, 1, 2.0}, {1, 2, 1.0}});
}

TEST(DirectedSchedule, EveryExchangeIsOneMessage) {
  const DirectedSchedule schedule(9, pairs());
  const auto expected = events_between(*pairs(), 0, 2000), events = events_between(schedule, 0, 2000);
  std::size_t k = 0, upwards = 0, messages = 0;
  for (const Event& event : expected) {
    if (event.verb == Verb::gradient) {
      ASSERT_EQ(events[k++], event);
      continue;
    }
    const Event& send = events[k++];
    const Event& receive = events[k++];
    ASSERT_EQ(send.verb, Verb::send);
    ASSERT_EQ(receive, (Event{send.time, send.j, send.i, send.clock, Verb::receive, 1}));
    ASSERT_EQ(send.time, event.time);
    ASSERT_EQ(send.clock, event.clock);
    ASSERT_EQ(std::min(send.i, send.j), event.i);
    upwards += send.i < send.j;
    ++messages;
  }
  EXPECT_EQ(k, events.size());
  ASSERT_GE(messages, 5000u);
  // Binomial: 4σ = 4 · ½ √messages.
  EXPECT_NEAR(static_cast<double>(upwards), messages / 2.0, 2 * std::sqrt(messages));
}

TEST(DirectedSchedule, StartsAnywhere) {
  const DirectedSchedule schedule(9, pairs());
  const auto whole = events_between(schedule, 0, 50);
  std::vector<Event> tail;
  for (const Event& event : whole)
    if (event.time >= 20) tail.push_back(event);
  EXPECT_EQ(events_between(schedule, 20, 50), tail);
}

}  // namespace round_schedule_test
}  // namespace acidsim
