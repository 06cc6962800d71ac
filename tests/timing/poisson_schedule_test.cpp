#include "sim/timing/poisson_schedule.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "sim/core/error.hpp"

namespace acidsim {
namespace poisson_schedule_test {

const std::vector<double> rates = {1.0, 0.0, 2.5, 0.1, 1.0};
const std::vector<Edge> edges = {{0, 1, 0.5}, {1, 2, 0.0}, {0, 4, 3.0}, {2, 3, 0.25}};
constexpr std::uint64_t seed = 11;

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

TEST(PoissonSchedule, EventsAreInOrderAndNameTheirClocks) {
  const auto events = events_between(PoissonSchedule(seed, rates, edges), 0, 2000);
  ASSERT_GT(events.size(), 10000u);
  for (std::size_t k = 0; k < events.size(); ++k) {
    const Event& event = events[k];
    ASSERT_FALSE(k > 0 && before(event, events[k - 1]));
    ASSERT_GE(event.time, 0);
    if (event.verb == Verb::gradient) {
      ASSERT_EQ(event.i, event.clock);
      ASSERT_EQ(event.j, event.i);
      ASSERT_GT(rates.at(event.clock), 0);
    } else {
      const Edge& edge = edges.at(event.clock - rates.size());
      ASSERT_EQ(event.i, edge.i);
      ASSERT_EQ(event.j, edge.j);
      ASSERT_GT(edge.rate, 0);
    }
  }
}

TEST(PoissonSchedule, IsAFunctionOfTheSeed) {
  const auto events = events_between(PoissonSchedule(seed, rates, edges), 0, 300);
  EXPECT_EQ(events, events_between(PoissonSchedule(seed, rates, edges), 0, 300));
  EXPECT_NE(events, events_between(PoissonSchedule(seed + 1, rates, edges), 0, 300));
}

TEST(PoissonSchedule, TellsItsRates) {
  const PoissonSchedule schedule(seed, rates, edges);
  EXPECT_DOUBLE_EQ(schedule.gradient_rate(), 4.6);
  EXPECT_DOUBLE_EQ(schedule.communication_rate(), 3.75);
}

TEST(PoissonSchedule, FromAnyStartIsTheTailOfTheWhole) {
  const PoissonSchedule schedule(seed, rates, edges);
  const double end = 3000;
  const auto whole = events_between(schedule, 0, end);
  std::vector<double> starts = {-5.0, 0.0, 1e-9, 2999.5};
  for (int window = 1; window < 12; ++window) {  // borders of windows of either process, and just beside them
    for (const double rate : {schedule.gradient_rate(), schedule.communication_rate()}) {
      const double border = window * (1024 / rate);
      starts.insert(starts.end(), {std::nextafter(border, 0.0), border, std::nextafter(border, end)});
    }
  }
  for (std::size_t k = 0; k < whole.size(); k += 501)  // the very time of an event, and just after it
    starts.insert(starts.end(), {whole[k].time, std::nextafter(whole[k].time, end)});
  for (const double start : starts)
    ASSERT_EQ(events_between(schedule, start, end), cut(whole, start, end)) << start;
}

TEST(PoissonSchedule, WindowByWindowIsStraightThrough) {
  const PoissonSchedule schedule(seed, rates, edges);
  const auto whole = events_between(schedule, 0, 1000);
  std::vector<Event> pieces;
  const double step = 7.3;
  for (double begin = 0; begin < 1000; begin += step) {
    const double end =
        std::min(std::nextafter(begin + step, 0.0), 1000.0);  // up to, but not at, the next start
    const auto piece = events_between(schedule, begin, end);
    pieces.insert(pieces.end(), piece.begin(), piece.end());
  }
  EXPECT_EQ(pieces, whole);
}

TEST(PoissonSchedule, LongerHorizonsBeginWithShorterOnes) {
  const PoissonSchedule schedule(seed, rates, edges);
  const auto whole = events_between(schedule, 0, 1000);
  for (const double end : {0.0, 0.5, 100.0, 222.6, 999.0})
    ASSERT_EQ(events_between(schedule, 0, end), cut(whole, 0, end));
}

TEST(PoissonSchedule, CursorsDoNotDisturbEachOther) {
  const PoissonSchedule schedule(seed, rates, edges);
  const auto one = schedule.from(0), two = schedule.from(0);
  for (int k = 0; k < 20; ++k) {
    const auto a = one->next();
    const std::vector<Event> copy(a.begin(), a.end());
    const auto b = two->next();
    ASSERT_EQ(copy, std::vector<Event>(b.begin(), b.end()));
  }
}

TEST(PoissonSchedule, GradientsStayWhenCommunicationRatesChange) {
  auto faster = edges;
  for (Edge& edge : faster) edge.rate *= 3.7;
  faster[1].rate = 1;
  const auto gradients =
      of_kind(events_between(PoissonSchedule(seed, rates, edges), 0, 2000), Verb::gradient);
  ASSERT_GT(gradients.size(), 5000u);
  EXPECT_EQ(gradients,
            of_kind(events_between(PoissonSchedule(seed, rates, faster), 0, 2000), Verb::gradient));
  EXPECT_EQ(gradients, events_between(PoissonSchedule(seed, rates, {}), 0, 2000));
}

TEST(PoissonSchedule, CommunicationsStayWhenGradientRatesChange) {
  const std::vector<double> none(rates.size(), 0.0), other = {0.2, 5, 1, 1, 1};
  const auto communications = events_between(PoissonSchedule(seed, none, edges), 0, 2000);
  ASSERT_GT(communications.size(), 5000u);
  const auto with_gradients = events_between(PoissonSchedule(seed, other, edges), 0, 2000);
  EXPECT_EQ(communications, of_kind(with_gradients, Verb::exchange));
}

TEST(PoissonSchedule, NoGradientRatesMeansAsManyWorkersAsTheEdgesName) {
  const std::vector<double> none(rates.size(), 0.0);
  EXPECT_EQ(events_between(PoissonSchedule(seed, {}, edges), 0, 500),
            events_between(PoissonSchedule(seed, none, edges), 0, 500));
  EXPECT_EQ(PoissonSchedule(seed, {}, edges).gradient_rate(), 0);
}

// At time 10⁹ and 2·10⁶ events per unit time a double tells few of them apart: ties within and between
// processes.
TEST(PoissonSchedule, TiesAreInOrderOfClock) {
  const PoissonSchedule schedule(seed, {5e5, 5e5}, {{0, 1, 1e6}});
  const double start = 1e9;
  const auto events = events_between(schedule, start, start + 0.02);
  std::size_t ties = 0, between_kinds = 0;
  for (std::size_t k = 1; k < events.size(); ++k) {
    ASSERT_FALSE(before(events[k], events[k - 1])) << k;
    const bool tied = events[k].time == events[k - 1].time;
    ties += tied;
    between_kinds += tied && events[k].verb != events[k - 1].verb;
  }
  EXPECT_GT(ties, 1000u);
  EXPECT_GT(between_kinds, 100u);
  const double tied_time = events[events.size() / 2].time;  // a start at a tied time takes all of the tie
  EXPECT_EQ(events_between(schedule, tied_time, start + 0.02), cut(events, tied_time, start + 0.02));
}

TEST(PoissonSchedule, EndsWhereAddressesDo) {
  const PoissonSchedule schedule(seed, rates, edges);
  EXPECT_TRUE(schedule.from(1e30)->next().empty());
  EXPECT_TRUE(schedule.from(infinity)->next().empty());
}

TEST(PoissonSchedule, TakesVerySlowAndVeryFastClocks) {
  EXPECT_GT(events_between(PoissonSchedule(seed, {1e-90}, {}), 0, 1e93).size(), 800u);
  EXPECT_GT(events_between(PoissonSchedule(seed, {1e90}, {}), 0, 1e-87).size(), 800u);
}

void expect_refused(const std::vector<double>& gradient, const std::vector<Edge>& graph,
                    const std::string& message) {
  try {
    PoissonSchedule(seed, gradient, graph);
    FAIL() << "taken, instead of: " << message;
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), ::testing::HasSubstr(message));
  }
}

TEST(PoissonSchedule, RefusesWhatIsNotARate) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  expect_refused({1, -1}, {}, "gradient_rate: the rate of worker 1 is negative or not finite (-1) — ");
  expect_refused({nan}, {}, "gradient_rate: the rate of worker 0 is negative or not finite (nan)");
  expect_refused({infinity}, {}, "gradient_rate: the rate of worker 0 is negative or not finite (inf)");
  expect_refused({1, 1}, {{0, 1, -0.5}},
                 "communication_rate: the rate of edge 0-1 is negative or not finite (-0.5)");
  expect_refused({1, 1}, {{0, 1, nan}}, "communication_rate: the rate of edge 0-1");
  expect_refused({1e200}, {}, "gradient_rate: the sum of the rates is out of range (1e+200)");
  expect_refused({1, 1}, {{0, 1, 1e-200}},
                 "communication_rate: the sum of the rates is out of range (1e-200)");
}

TEST(PoissonSchedule, RefusesWhereNothingCouldEverHappen) {
  expect_refused({}, {}, "timing: nothing could ever happen (every rate is 0) — ");
  expect_refused({0, 0}, {{0, 1, 0}}, "timing: nothing could ever happen");
}

TEST(PoissonSchedule, RefusesEdgesThatAreNotPairsOfWorkers) {
  expect_refused({1, 1}, {{0, 2, 1}}, "topology: an edge is not a pair of workers i < j (0-2)");
  expect_refused({1, 1}, {{1, 1, 1}}, "topology: an edge is not a pair of workers i < j (1-1)");
  expect_refused({1, 1}, {{1, 0, 1}}, "topology: an edge is not a pair of workers i < j (1-0)");
}

}  // namespace poisson_schedule_test
}  // namespace acidsim
