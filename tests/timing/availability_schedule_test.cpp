// Workers that meet when both are available, held against closed forms and exact chains for exponential gradients.
#include "sim/timing/availability_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <string>

#include "sim/core/error.hpp"

namespace acidsim {
namespace availability_schedule_test {
namespace {

std::vector<WorkerPair> cycle_edges(Worker n) {
  std::vector<WorkerPair> edges;
  for (Worker i = 0; i + 1 < n; ++i) edges.push_back({i, i + 1});
  if (n > 2) edges.push_back({0, n - 1});
  return edges;
}
std::vector<WorkerPair> star_edges(Worker n) {
  std::vector<WorkerPair> edges;
  for (Worker i = 1; i < n; ++i) edges.push_back({0, i});
  return edges;
}
std::vector<WorkerPair> complete_edges(Worker n) {
  std::vector<WorkerPair> edges;
  for (Worker i = 0; i < n; ++i)
    for (Worker j = i + 1; j < n; ++j) edges.push_back({i, j});
  return edges;
}

struct Case {
  Worker n;
  std::vector<WorkerPair> edges;
  PairingRule pairing = PairingRule::fifo;
  AveragingCount averagings = AveragingCount::deterministic;
  double rate = 1;
  Communication communication = Communication::blocking;
  DurationLaw law = ExponentialDuration{};
  TransferSettings transfer = {};
  GradientRead read = GradientRead::at_step;
  double bytes = 0;
};

AvailabilitySchedule schedule_of(const Case& c, std::uint64_t seed = 3) {
  AvailabilitySettings settings{.seed = seed, .edges = c.edges};
  settings.pairing = c.pairing;
  settings.rate = c.rate;
  settings.averagings = c.averagings;
  settings.communication = c.communication;
  settings.read = c.read;
  settings.bytes = c.bytes;
  return {std::move(settings), GradientDurations(seed, std::vector<double>(c.n, 1.0), c.law),
          Transfers(seed, c.transfer, c.edges.size())};
}

struct Mean {
  double value, error;
};

// Over runs with different seeds.
Mean mean_over_seeds(const std::function<double(std::uint64_t)>& value) {
  constexpr int runs = 60;
  double sum = 0, squares = 0;
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    const double one = value(seed);
    sum += one;
    squares += one * one;
  }
  const double mean = sum / runs;
  return {mean, std::sqrt(std::max(squares / runs - mean * mean, 0.0) / (runs - 1))};
}

Usage::Times shares_of(const Schedule& schedule, Worker n, double time) {
  Usage usage(schedule.occupations(), n);
  usage.advance(time);
  return usage.shares();
}

// The share of time that workers wait for a partner.
Mean waiting_share(const Case& c, double time) {
  return mean_over_seeds([&](std::uint64_t seed) {
    const Usage::Times shares = shares_of(schedule_of(c, seed), c.n, time);
    EXPECT_NEAR(std::accumulate(shares.begin(), shares.end(), 0.0), 1, 1e-12);
    return shares[static_cast<std::size_t>(Occupation::waiting_for_partner)];
  });
}

// Blocking, one averaging after each gradient, no transfer time. On the complete graph nobody or one waits, and
// they alternate: 1/(2n − 1). The others are exact stationary chains.
TEST(Availability, WaitsForPartnersAsLongAsTheoryTells) {
  struct Exact {
    Worker n;
    std::vector<WorkerPair> edges;
    double share;
  };
  std::vector<Exact> known;
  for (const Worker n : {2u, 4u, 16u}) known.push_back({n, complete_edges(n), 1.0 / (2.0 * n - 1)});
  const std::pair<Worker, double> rings[] = {
      {3, 0.2}, {4, 0.25}, {6, 0.235955}, {8, 0.233352}, {10, 0.232852}};
  for (const auto& [n, share] : rings) known.push_back({n, cycle_edges(n), share});
  const std::pair<Worker, double> stars[] = {{4, 0.510204}, {8, 0.750003}};
  for (const auto& [n, share] : stars) known.push_back({n, star_edges(n), share});
  for (const Exact& exact : known) {
    const Mean share = waiting_share({exact.n, exact.edges}, 4000);
    EXPECT_NEAR(share.value, exact.share, 4.5 * share.error + 1e-3 * exact.share)
        << exact.n << " workers, " << exact.edges.size() << " edges";
    EXPECT_LT(share.error, 0.01 * exact.share);
  }
}

TEST(Availability, ComputesSoManyGradientsOnTheCompleteGraph) {
  const Worker n = 6;
  const double time = 3000;
  const Mean gradients = mean_over_seeds([&](std::uint64_t seed) {
    const auto schedule = schedule_of({n, complete_edges(n)}, seed);
    double count = 0;
    for (const Event& event : events_between(schedule, 0, time)) count += event.verb == Verb::gradient;
    return count / time / n;
  });
  const double expected = 2.0 * (n - 1) / (2.0 * n - 1);
  EXPECT_NEAR(gradients.value, expected, 4.5 * gradients.error + 0.5 / time);
}

// Two workers and constant durations: gradient 1, transfer 0.25, and again. Overlapped the transfer costs nothing.
TEST(Availability, TransfersBlockOrOverlap) {
  Case c{2, {{0, 1}}};
  c.law = ConstantDuration{};
  c.transfer.links = {{0.25, infinity}};
  const auto blocking = schedule_of(c);
  std::vector<Event> events = events_between(blocking, 0, 10);
  std::vector<double> gradients, arrivals;
  for (const Event& event : events) {
    if (event.verb == Verb::gradient && event.i == 0) gradients.push_back(event.time);
    if (event.verb == Verb::receive && event.completes != 0) arrivals.push_back(event.time);
  }
  EXPECT_EQ(gradients, (std::vector<double>{1, 2.25, 3.5, 4.75, 6, 7.25, 8.5, 9.75}));
  EXPECT_EQ(arrivals, (std::vector<double>{1.25, 2.5, 3.75, 5, 6.25, 7.5, 8.75, 10}));
  const Usage::Times shares = shares_of(blocking, 2, 10);
  EXPECT_NEAR(shares[static_cast<std::size_t>(Occupation::transferring)], 0.2, 1e-12);

  c.communication = Communication::overlapped;
  const auto overlapped = schedule_of(c);
  EXPECT_EQ(events_between(overlapped, 9.5, 10.5).back().time, 10.25);  // begun with the gradient before
  EXPECT_NEAR(shares_of(overlapped, 2, 10)[0], 1, 1e-12);

  // Half duplex: latency and both messages in turn. One byte per unit of time.
  c.communication = Communication::blocking;
  c.transfer = {.links = {{0.25, 4}}, .full_duplex = false};
  c.bytes = 1;
  const auto half = schedule_of(c);
  for (const Event& event : events_between(half, 0, 1.9)) {
    const double expected = event.verb == Verb::receive ? 1.75 : 1.0;
    EXPECT_EQ(event.time, expected);
  }
}

std::vector<Case> many_cases() {
  std::vector<Case> cases;
  for (const PairingRule pairing : {PairingRule::fifo, PairingRule::call, PairingRule::fixed})
    for (const Communication communication : {Communication::blocking, Communication::overlapped})
      for (const bool transfers : {false, true}) {
        Case c{7, cycle_edges(7)};
        c.pairing = pairing;
        c.communication = communication;
        c.averagings = transfers ? AveragingCount::reference : AveragingCount::poisson;
        c.read = transfers ? GradientRead::at_start : GradientRead::at_step;
        c.law = GammaDuration{4};
        if (transfers) c.transfer = {.links = {{0.125, infinity}}, .law = ExponentialDuration{}};
        cases.push_back(c);
      }
  return cases;
}

// One at a time: a gradient is read before it lands, messages are sent before they are received, both by both sides,
// and nobody is in two exchanges.
TEST(Availability, EveryWorkerDoesOneThingAfterAnother) {
  for (const Case& c : many_cases()) {
    const auto schedule = schedule_of(c);
    std::vector<int> reading(c.n, 0), talking(c.n, -1);
    std::vector<int> sent(c.edges.size(), 0);
    double last = 0;
    std::size_t exchanges = 0, gradients = 0;
    for (const Event& event : events_between(schedule, 0, 400)) {
      ASSERT_GE(event.time, last);
      last = event.time;
      switch (event.verb) {
        case Verb::read:
          ASSERT_EQ(reading[event.i]++, 0);
          break;
        case Verb::step:
          ASSERT_EQ(reading[event.i]--, 1);
          ++gradients;
          break;
        case Verb::gradient:
          ++gradients;
          break;
        case Verb::exchange:
          ASSERT_LT(event.i, event.j);
          ASSERT_EQ(talking[event.i], -1);
          ++exchanges;
          break;
        case Verb::send:
          ASSERT_EQ(talking[event.i], -1);
          talking[event.i] = static_cast<int>(event.j);
          ++sent[event.clock - c.n];
          break;
        case Verb::receive:
          ASSERT_EQ(talking[event.i], static_cast<int>(event.j));
          talking[event.i] = -1;
          ASSERT_EQ(event.number, 0);
          exchanges += event.completes;
          ASSERT_EQ(event.completes != 0, sent[event.clock - c.n] == 1);
          --sent[event.clock - c.n];
          break;
        default:
          FAIL() << name_of(event.verb);
      }
    }
    EXPECT_GT(gradients, 7u * 100);
    // One averaging for each gradient, two workers in each (a little more by the reference's counts).
    EXPECT_NEAR(2.0 * static_cast<double>(exchanges) / static_cast<double>(gradients),
                c.averagings == AveragingCount::reference ? 1.03 : 1.0, 0.08);
  }
}

TEST(Availability, StartsAnywhereAsTheTailOfTheWhole) {
  for (const Case& c : many_cases()) {
    const auto schedule = schedule_of(c);
    const std::vector<Event> all = events_between(schedule, 0, 300);
    for (const double start : {0.5, 17.25, all[all.size() / 2].time}) {
      std::vector<Event> tail = all;
      std::erase_if(tail, [&](const Event& event) { return event.time < start; });
      ASSERT_EQ(events_between(schedule, start, 300), tail);
    }
  }
}

// Ties: everybody is done at the same times, and the events are the same again.
TEST(Availability, OrdersTiesAndRepeats) {
  for (const PairingRule pairing : {PairingRule::fifo, PairingRule::call, PairingRule::fixed}) {
    Case c{8, cycle_edges(8)};
    c.pairing = pairing;
    c.law = ConstantDuration{};
    const auto first = events_between(schedule_of(c), 0, 60), again = events_between(schedule_of(c), 0, 60);
    EXPECT_EQ(first, again);
    EXPECT_GT(first.size(), 100u);
    EXPECT_NE(first, events_between(schedule_of(c, 4), 0, 60)) << "partners are drawn";
    if (pairing == PairingRule::fixed) break;
  }
}

// Rotating partners on an even ring of constant gradients never wait: the colours are two perfect matchings.
TEST(Availability, FixedPartnersOnAnEvenRingDoNotWait) {
  Case c{8, cycle_edges(8)};
  c.pairing = PairingRule::fixed;
  c.law = ConstantDuration{};
  EXPECT_NEAR(shares_of(schedule_of(c), 8, 100)[0], 1, 1e-12);
}

TEST(Availability, RefusesWhatCannotBe) {
  Case c{3, {{0, 3}}};
  EXPECT_THROW(schedule_of(c), InputError);
  c.edges = {{1, 0}};
  EXPECT_THROW(schedule_of(c), InputError);
  c.edges = {{0, 1}};
  c.rate = 1e9;
  EXPECT_THROW(schedule_of(c), InputError);
  AvailabilitySettings silent{.edges = {{0, 1}}, .rate = 0, .trains = false};
  EXPECT_THROW(AvailabilitySchedule(silent, GradientDurations(1, {1.0, 1.0}), Transfers(1, {}, 1)),
               InputError);
}

// A worker without neighbours computes on; others whose rate is 0 never meet.
TEST(Availability, WithoutNeighboursNobodyWaits) {
  const auto schedule = schedule_of({3, {{0, 1}}});
  std::size_t alone = 0;
  for (const Event& event : events_between(schedule, 0, 500))
    alone += event.verb == Verb::gradient && event.i == 2;
  EXPECT_NEAR(static_cast<double>(alone), 500, 5 * std::sqrt(500.0));
}

}  // namespace
}  // namespace availability_schedule_test
}  // namespace acidsim
