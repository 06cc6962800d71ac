#include "sim/timing/changing_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/timing/poisson_schedule.hpp"

namespace acidsim {
namespace changing_schedule_test {

using Phases = std::vector<CommunicationPhase>;

constexpr std::uint64_t seed = 11;
const std::vector<double> gradient_rates = {1.0, 0.0, 2.5, 0.1, 1.0};
const std::vector<Edge> edges = {{0, 1}, {1, 2}, {0, 4}, {2, 3}, {1, 3}};
// A period of 5: edges of rate 0, a phase without edges, one whose only edge has rate 0.
const Phases phases = {{1.5, {{0, 0.5}, {2, 3.0}, {1, 0.0}}},
                       {0.25, {}},
                       {2.0, {{1, 1.0}, {3, 0.25}, {0, 0.125}}},
                       {0.5, {{2, 0.0}}},
                       {0.75, {{4, 8.0}}}};
constexpr double period = 5;
constexpr EdgeFailures failures{.mean_up = 2, .mean_down = 1};

ChangingPoissonSchedule schedule_of(const Phases& list, bool periodic = true,
                                    std::optional<EdgeFailures> failing = {}) {
  return {seed, gradient_rates, edges, list, periodic, failing};
}

std::vector<Event> of_kind(const std::vector<Event>& events, Verb kind) {
  std::vector<Event> chosen;
  std::copy_if(events.begin(), events.end(), std::back_inserter(chosen),
               [&](const Event& e) { return e.verb == kind; });
  return chosen;
}

// The slow way to a part of a schedule: everything from 0, then what is wanted.
std::vector<Event> cut(const std::vector<Event>& events, double t0, double t1) {
  std::vector<Event> chosen;
  std::copy_if(events.begin(), events.end(), std::back_inserter(chosen),
               [&](const Event& e) { return e.time >= t0 && e.time <= t1; });
  return chosen;
}

// The rate of an edge at a time, by the definition of the sequence.
double rate_at(double time, std::uint32_t edge, bool periodic) {
  double left = periodic ? std::fmod(time, period) : time;
  std::size_t k = 0;
  while (k + 1 < phases.size() && left >= phases[k].duration) left -= phases[k++].duration;
  for (const auto& clock : phases[k].clocks)
    if (clock.edge == edge) return clock.rate;
  return 0;
}

TEST(ChangingSchedule, EventsAreInOrderAndOfEdgesOfTheirPhase) {
  for (const bool periodic : {true, false}) {
    const auto events = events_between(schedule_of(phases, periodic), 0, 2000);
    ASSERT_GT(events.size(), 10000u);
    for (std::size_t k = 0; k < events.size(); ++k) {
      const Event& event = events[k];
      ASSERT_FALSE(k > 0 && before(event, events[k - 1]));
      if (event.verb == Verb::gradient) continue;
      const std::uint32_t edge = event.clock - static_cast<std::uint32_t>(gradient_rates.size());
      ASSERT_EQ(event.i, edges.at(edge).i);
      ASSERT_EQ(event.j, edges.at(edge).j);
      ASSERT_GT(rate_at(event.time, edge, periodic), 0) << event.time;
    }
  }
}

TEST(ChangingSchedule, IsAFunctionOfTheSeed) {
  const auto events = events_between(schedule_of(phases, true, failures), 0, 300);
  EXPECT_EQ(events, events_between(schedule_of(phases, true, failures), 0, 300));
  const ChangingPoissonSchedule other(seed + 1, gradient_rates, edges, phases, true, failures);
  EXPECT_NE(events, events_between(other, 0, 300));
}

TEST(ChangingSchedule, TellsItsRates) {
  EXPECT_DOUBLE_EQ(schedule_of(phases).gradient_rate(), 4.6);
  EXPECT_DOUBLE_EQ(schedule_of(phases).communication_rate(), (1.5 * 3.5 + 2 * 1.375 + 0.75 * 8) / 5);
  EXPECT_DOUBLE_EQ(schedule_of(phases, false).communication_rate(), 8);
  EXPECT_DOUBLE_EQ(schedule_of(phases, false, failures).communication_rate(), 8 * 2.0 / 3);
}

void expect_tails(const ChangingPoissonSchedule& schedule, double end, std::vector<double> starts) {
  const auto whole = events_between(schedule, 0, end);
  for (std::size_t k = 0; k < whole.size(); k += 251)  // the very time of an event, and just beside it
    starts.insert(starts.end(),
                  {std::nextafter(whole[k].time, 0.0), whole[k].time, std::nextafter(whole[k].time, end)});
  for (const double start : starts)
    ASSERT_EQ(events_between(schedule, start, end), cut(whole, start, end)) << start;
}

TEST(ChangingSchedule, FromAnyStartIsTheTailOfTheWhole) {
  const double end = 1600;
  std::vector<double> starts = {-5.0, 0.0, 1e-9, end - 0.5};
  for (const double round : {0.0, 1.0, 7.0, 100.0, 319.0}) {  // borders of phases, and just beside them
    for (const double border : {0.0, 1.5, 1.75, 3.75, 4.25, 5.0}) {
      const double at = round * period + border;
      starts.insert(starts.end(), {std::nextafter(at, -1.0), at, std::nextafter(at, end), at + 0.2});
    }
  }
  for (const auto& failing : {std::optional<EdgeFailures>{}, std::optional(failures)}) {
    expect_tails(schedule_of(phases, true, failing), end, starts);
    expect_tails(schedule_of(phases, false, failing), end, starts);
  }
}

// 1024 communications fall into each window, so windows begin at 1024 w / 2.8 on average: starts around
// there.
TEST(ChangingSchedule, FromTheBordersOfWindowsIsTheTailOfTheWhole) {
  const auto schedule = schedule_of(phases);
  std::vector<double> starts;
  for (int w = 1; w < 4; ++w)
    for (double shift = -3; shift < 3; shift += 0.05) starts.push_back(w * 1024 / 2.8 + shift);
  expect_tails(schedule, 1200, starts);
}

TEST(ChangingSchedule, FarStartsAgreeWithEachOther) {
  const auto schedule = schedule_of(phases, true, failures);
  for (const double start : {1e6, 1e9 + 0.123, 1e12 - 2.0}) {
    const auto tail = events_between(schedule, start, start + 1000);
    ASSERT_GT(tail.size(), 4000u);
    for (const double later : {0.25, 3.0, 500.5, 999.0})
      ASSERT_EQ(events_between(schedule, start + later, start + 1000),
                cut(tail, start + later, start + 1000));
  }
}

TEST(ChangingSchedule, CursorsOutliveTheScheduleAndDoNotDisturbEachOther) {
  std::unique_ptr<EventCursor> one, two;
  {
    const auto schedule = schedule_of(phases, true, failures);
    one = schedule.from(0);
    two = schedule.from(0);
  }
  for (int k = 0; k < 20; ++k) {
    const auto a = one->next();
    const std::vector<Event> copy(a.begin(), a.end());
    const auto b = two->next();
    ASSERT_EQ(copy, std::vector<Event>(b.begin(), b.end()));
  }
}

TEST(ChangingSchedule, GradientsAreThoseOfPoissonSchedule) {
  const auto gradients = events_between(PoissonSchedule(seed, gradient_rates, {}), 0, 2000);
  ASSERT_GT(gradients.size(), 5000u);
  EXPECT_EQ(gradients, of_kind(events_between(schedule_of(phases), 0, 2000), Verb::gradient));
  EXPECT_EQ(gradients,
            of_kind(events_between(schedule_of(phases, false, failures), 0, 2000), Verb::gradient));
}

TEST(ChangingSchedule, CommunicationsStayWhenGradientRatesChange) {
  const ChangingPoissonSchedule other(seed, {0, 0, 0, 0, 0}, edges, phases, true, failures);
  EXPECT_EQ(of_kind(events_between(schedule_of(phases, true, failures), 0, 500), Verb::exchange),
            events_between(other, 0, 500));
}

// The same clocks at the same times, to within the rounding of times up to 1000 (1e-13) and of sums of
// windows.
void expect_equal_but_for_rounding(const std::vector<Event>& a, const std::vector<Event>& b) {
  ASSERT_EQ(a.size(), b.size());
  ASSERT_GT(a.size(), 5000u);
  for (std::size_t k = 0; k < a.size(); ++k) {
    // 1e-13 from each of at most a thousand windows and phases.
    ASSERT_EQ(a[k].clock, b[k].clock) << k;
    ASSERT_NEAR(a[k].time, b[k].time, 1e-10) << k;
  }
}

TEST(ChangingSchedule, OnePhaseIsPoissonSchedule) {
  const std::vector<Edge> rated = {{0, 1, 0.5}, {1, 2, 1.0}, {0, 4, 3.0}, {2, 3, 0.25}, {1, 3, 0.0}};
  const auto steady = events_between(PoissonSchedule(seed, gradient_rates, rated), 0, 1000);
  CommunicationPhase phase;
  for (std::uint32_t e = 0; e < rated.size(); ++e) phase.clocks.push_back({e, rated[e].rate});
  for (const double duration : {1.0, 0.37})
    for (const bool periodic : {false, true}) {
      phase.duration = duration;
      expect_equal_but_for_rounding(events_between(schedule_of({phase}, periodic), 0, 1000), steady);
      expect_equal_but_for_rounding(events_between(schedule_of({phase, phase, phase}, periodic), 0, 1000),
                                    steady);
    }
}

TEST(ChangingSchedule, CuttingPhasesInPiecesChangesNothing) {
  Phases pieces;
  for (const auto& [duration, clocks] : phases)
    for (const double part : {0.5, 0.3, 0.2}) pieces.push_back({part * duration, clocks});
  expect_equal_but_for_rounding(events_between(schedule_of(pieces), 0, 1000),
                                events_between(schedule_of(phases), 0, 1000));
}

TEST(ChangingSchedule, FailuresDropWhatFallsOnAnEdgeThatIsDown) {
  const EdgeStates states(seed, failures);
  auto expected = events_between(schedule_of(phases), 0, 500);
  const std::size_t all = expected.size();
  std::erase_if(expected, [&](const Event& e) {
    return e.verb == Verb::exchange &&
           !states.up(e.clock - static_cast<std::uint32_t>(gradient_rates.size()), e.time);
  });
  ASSERT_LT(expected.size(), all - 100);
  EXPECT_EQ(events_between(schedule_of(phases, true, failures), 0, 500), expected);
}

TEST(ChangingSchedule, ALastPhaseWithoutEdgesIsTheEndOfCommunication) {
  const Phases two = {{3.0, {{0, 100.0}}}, {1.0, {}}};
  const ChangingPoissonSchedule schedule(seed, {}, edges, two, false, {});
  const auto events = events_between(schedule, 0, infinity);
  EXPECT_NEAR(static_cast<double>(events.size()), 300, 3.3 * std::sqrt(300));
  EXPECT_LT(events.back().time, 3);
  EXPECT_TRUE(schedule.from(3)->next().empty());
  EXPECT_TRUE(schedule.from(1e9)->next().empty());
}

TEST(ChangingSchedule, WithoutCommunicationsThereAreGradients) {
  for (const bool periodic : {false, true}) {
    const auto schedule = schedule_of({{1.0, {}}, {2.0, {{0, 0.0}}}}, periodic);
    EXPECT_EQ(events_between(schedule, 0, 500),
              events_between(PoissonSchedule(seed, gradient_rates, {}), 0, 500));
    EXPECT_EQ(schedule.communication_rate(), 0);
  }
}

// A thousand periods between two communications, and almost all of a period silent.
TEST(ChangingSchedule, TakesPhasesMuchShorterThanTheGaps) {
  const Phases flicker = {{9e-4, {}}, {1e-4, {{0, 10.0}}}};
  const ChangingPoissonSchedule schedule(seed, {}, edges, flicker, true, {});
  EXPECT_DOUBLE_EQ(schedule.communication_rate(), 1);
  const auto events = events_between(schedule, 0, 10000);
  EXPECT_NEAR(static_cast<double>(events.size()), 1e4, 3.3 * 1e2);
  for (const Event& event : events) {
    const double place = event.time / 1e-3 - std::floor(event.time / 1e-3);
    ASSERT_TRUE(place >= 0.9 - 1e-8 || place < 1e-8) << event.time;  // 1e-8: rounding of time / 1e-3
  }
  expect_tails(schedule, 10000, {1.0, 1.0009, 1.00095, 1024.0, 5000.00005});
}

// At time 10⁹ and 2·10⁶ events per unit time a double tells few of them apart: ties within and between kinds.
TEST(ChangingSchedule, TiesAreInOrderOfClock) {
  const Phases fast = {{0.003, {{1, 5e5}, {0, 5e5}}}, {0.002, {{0, 1e6}, {1, 1e6}}}};
  const ChangingPoissonSchedule schedule(seed, {5e5, 5e5, 0}, {{0, 1}, {1, 2}}, fast, true, {});
  const double start = 1e9;
  const auto events = events_between(schedule, start, start + 0.02);
  std::size_t ties = 0, between_kinds = 0, between_edges = 0;
  for (std::size_t k = 1; k < events.size(); ++k) {
    ASSERT_FALSE(before(events[k], events[k - 1])) << k;
    const bool tied = events[k].time == events[k - 1].time;
    ties += tied;
    between_kinds += tied && events[k].verb != events[k - 1].verb;
    between_edges += tied && events[k - 1].clock == 3 && events[k].clock == 4;
  }
  EXPECT_GT(ties, 1000u);
  EXPECT_GT(between_kinds, 100u);
  EXPECT_GT(between_edges, 100u);
  const double tied_time = events[events.size() / 2].time;  // a start at a tied time takes all of the tie
  EXPECT_EQ(events_between(schedule, tied_time, start + 0.02), cut(events, tied_time, start + 0.02));
}

TEST(ChangingSchedule, EndsWhereAddressesDo) {
  const ChangingPoissonSchedule schedule(seed, {}, edges, phases, true, {});
  EXPECT_TRUE(schedule.from(1e30)->next().empty());
  EXPECT_TRUE(schedule.from(infinity)->next().empty());
}

void expect_refused(const Phases& list, const std::string& message,
                    std::optional<EdgeFailures> failing = {}) {
  try {
    schedule_of(list, true, failing);
    FAIL() << "taken, instead of: " << message;
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), ::testing::StartsWith(message));
  }
}

TEST(ChangingSchedule, RefusesBadPhases) {
  const double nan = std::nan("");
  expect_refused({}, "phases: there are none");
  expect_refused({{1, {}}, {0, {}}}, "duration: the duration of phase 1 is out of range (0)");
  expect_refused({{-1, {}}}, "duration: the duration of phase 0 is out of range (-1)");
  expect_refused({{nan, {}}}, "duration: the duration of phase 0 is out of range (nan)");
  expect_refused({{infinity, {}}}, "duration: the duration of phase 0 is out of range (inf)");
  expect_refused({{1, {{5, 1.0}}}}, "topology: phase 0 names an unknown edge (5) — there are 5 edges");
  expect_refused({{1, {{1, -1.0}}}},
                 "communication_rate: the rate of edge 1-2 in phase 0 is negative or not finite (-1)");
  expect_refused({{1, {{1, nan}}}}, "communication_rate: the rate of edge 1-2 in phase 0");
  expect_refused({{1, {{1, 1e200}}}}, "communication_rate: the sum of the rates is out of range (1e+200)");
  expect_refused({{1, {{1, 1e-10}}}, {1, {}}},
                 "communication_rate: too few communications are expected per period (1e-10)");
}

TEST(ChangingSchedule, RefusesFailuresThatLeaveNothing) {
  expect_refused(phases, "mean_up: edges are hardly ever up (0.001) — at least 1, 1e-06 × mean_down",
                 EdgeFailures{1e-3, 1e6});
  expect_refused(
      phases, "mean_down: edges stay down for too long (10000000) — at most 1.25e+06, in which the busiest",
      EdgeFailures{1e7, 1e7});
  expect_refused(phases, "mean_up: not a mean time (-1)", EdgeFailures{-1, 1});
}

TEST(ChangingSchedule, RefusesWhereNothingCouldEverHappen) {
  EXPECT_THROW(ChangingPoissonSchedule(seed, {}, edges, {{1, {{0, 0.0}}}}, true, {}), InputError);
  EXPECT_THROW(ChangingPoissonSchedule(seed, {0, 0}, {{0, 1}}, {{1, {}}, {1, {}}}, false, {}), InputError);
}

}  // namespace changing_schedule_test
}  // namespace acidsim
