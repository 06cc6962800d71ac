// Gradients that take their time beside clocks of communications, gradients that are read early, messages that travel.
#include "sim/timing/renewal_schedule.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "sim/timing/poisson_schedule.hpp"
#include "sim/timing/server_schedule.hpp"
#include "sim/timing/transfer_schedule.hpp"
#include "tests/timing/rings.hpp"

namespace acidsim {
namespace renewal_schedule_test {
namespace {

std::unique_ptr<Schedule> communications(Worker n, double rate, std::uint64_t seed = 5) {
  return std::make_unique<PoissonSchedule>(seed, std::vector<double>(n, 0.0), ring_of(n, rate));
}

RenewalSchedule renewals(Worker n, DurationLaw law, double rate = 0.5, std::uint64_t seed = 5) {
  return {GradientDurations(seed, std::vector<double>(n, 1.0), std::move(law)),
          communications(n, rate, seed)};
}

// Renewal theory: E N(T) → T + (cv² − 1)/2 and Var N(T) → cv² T at mean 1.
TEST(Renewals, CountGradientsAsRenewalTheoryTells) {
  const Worker n = 2000;
  const double time = 200;
  const std::pair<DurationLaw, double> laws[] = {{ExponentialDuration{}, 1.0},
                                                 {GammaDuration{4}, 0.25},
                                                 {ShiftedExponentialDuration{0.5}, 0.25},
                                                 {LognormalDuration{1}, std::exp(1.0) - 1}};
  for (const auto& [law, squared_cv] : laws) {
    const auto schedule = renewals(n, law, 1e-3);
    std::vector<double> counts(n, 0);
    for (const Event& event : events_between(schedule, 0, time))
      if (event.verb == Verb::gradient) ++counts[event.i];
    const double mean = std::accumulate(counts.begin(), counts.end(), 0.0) / n;
    double variance = 0;
    for (const double count : counts) variance += (count - mean) * (count - mean) / (n - 1);
    EXPECT_NEAR(mean, time + (squared_cv - 1) / 2, 5 * std::sqrt(squared_cv * time / n) + 0.02);
    // Nearly normal: the sample variance has relative standard deviation √(2/n); 3 % for the terms beyond cv² T.
    EXPECT_NEAR(variance, squared_cv * time, squared_cv * time * (5 * std::sqrt(2.0 / n) + 0.03));
  }
}

TEST(Renewals, LeaveTheCommunicationsAsTheyAre) {
  const auto schedule = renewals(8, GammaDuration{4});
  std::vector<Event> exchanges = events_between(schedule, 0, 100);
  std::erase_if(exchanges, [](const Event& event) { return event.verb != Verb::exchange; });
  EXPECT_EQ(exchanges, events_between(*communications(8, 0.5), 0, 100));
  const std::vector<Event> all = events_between(schedule, 0, 100);
  EXPECT_TRUE(std::is_sorted(all.begin(), all.end(), before));
  for (const double start : {3.5, all[all.size() / 2].time}) {
    std::vector<Event> tail = all;
    std::erase_if(tail, [&](const Event& event) { return event.time < start; });
    EXPECT_EQ(events_between(schedule, start, 100), tail);
  }
}

// At rate λ on average λ averagings of a worker land while it computes, whatever the law of its durations.
TEST(Renewals, StaleGradientsSeeSoManyAveragings) {
  const Worker n = 16;
  const StaleSchedule schedule(std::make_unique<RenewalSchedule>(renewals(n, GammaDuration{2}, 1.0)), n);
  std::vector<int> reading(n, 0), met(n, 0);
  double averagings = 0, steps = 0;
  const double time = 3000;
  for (const Event& event : events_between(schedule, 0, time)) {
    if (event.verb == Verb::read) {
      ASSERT_EQ(reading[event.i]++, 0);
      met[event.i] = 0;
    } else if (event.verb == Verb::step) {
      ASSERT_EQ(reading[event.i]--, 1);
      averagings += met[event.i];
      ++steps;
    } else {
      ++met[event.i];
      ++met[event.j];
    }
  }
  // Two edges of rate 1 for each worker; every averaging is counted for its two workers.
  EXPECT_NEAR(averagings / steps, 2.0, 5 * std::sqrt(2.0 * 2 * n * time) / steps + 0.01);
  const std::vector<Event> all = events_between(schedule, 0, 50);
  for (Worker worker = 0; worker < n; ++worker) EXPECT_EQ(all[worker].verb, Verb::read);
  std::vector<Event> tail = all;
  std::erase_if(tail, [](const Event& event) { return event.time < 20; });
  EXPECT_EQ(events_between(schedule, 20, 50), tail);
}

// Messages leave in order of their exchanges, one after another on an edge and, with a shared card, at each worker.
TEST(Transfers, TravelOneAfterAnother) {
  for (const bool shared : {false, true}) {
    const Worker n = 6;
    const double latency = 0.3;
    TransferSettings settings{.links = {{latency, infinity}}, .shared_card = shared};
    const TransferSchedule schedule(communications(n, 0.5), Transfers(1, settings, n), 8, n, n);
    const std::vector<Event> given = events_between(*communications(n, 0.5), 0, 300);
    const std::vector<Event> events = events_between(schedule, 0, 300);
    std::vector<double> edge_free(n, 0), card_free(n, 0);
    std::size_t late = 0;
    std::vector<Event> expected;
    for (const Event& exchange : given) {
      const std::uint32_t edge = exchange.clock - n;
      double leaves = std::max(exchange.time, edge_free[edge]);
      if (shared) leaves = std::max({leaves, card_free[exchange.i], card_free[exchange.j]});
      late += leaves > exchange.time;
      edge_free[edge] = card_free[exchange.i] = card_free[exchange.j] = leaves + latency;
      for (const Verb verb : {Verb::send, Verb::receive})
        for (const bool swapped : {false, true}) {
          Event event = exchange;
          if (swapped) std::swap(event.i, event.j);
          event.verb = verb;
          event.time = verb == Verb::send ? leaves : leaves + latency;
          event.completes = verb == Verb::receive && swapped;
          if (event.time <= 300) expected.push_back(event);
        }
    }
    std::stable_sort(expected.begin(), expected.end(),
                     [](const Event& a, const Event& b) { return a.time < b.time; });
    EXPECT_EQ(events, expected);
    EXPECT_GT(late, given.size() / 20);
    std::vector<Event> tail = events;
    std::erase_if(tail, [](const Event& event) { return event.time < 111; });
    EXPECT_EQ(events_between(schedule, 111, 300), tail);
  }
}

TEST(Transfers, TakeTheTimesOfTheUsualFormulas) {
  const double latency = 0.5, bandwidth = 100, bytes = 200;
  const std::vector<Way> ways = {{0, true, true}, {1, true, true}, {2, true, true}};
  const std::vector<Way> one_way = {{0, true, false}, {1, false, true}};  // hears one, tells another
  TransferSettings settings{.links = {{latency, bandwidth}}};
  const Transfers full(1, settings, 3);
  EXPECT_EQ(full.message(0, 0, bytes), 2.5);
  EXPECT_EQ(full.exchange(0, 0, bytes), 2.5);
  EXPECT_EQ(full.neighbours(ways, 0, 0, bytes), 0.5 + 3 * 2);
  EXPECT_EQ(full.neighbours(one_way, 0, 0, bytes), 0.5 + 2);
  EXPECT_EQ(full.neighbours(ways, 0, 0, 0), 0) << "nothing is sent";
  EXPECT_DOUBLE_EQ(full.everyone(8, 0, bytes), 2 * 7 * (0.5 + 2.0 / 8));
  settings.all_reduce = AllReduce::tree;
  settings.shared_card = false;
  settings.full_duplex = false;
  const Transfers half(1, settings, 3);
  EXPECT_EQ(half.exchange(0, 0, bytes), 4.5);
  EXPECT_EQ(half.exchange(0, 0, bytes, 100), 3.5);
  EXPECT_EQ(full.exchange(0, 0, 100, bytes), 2.5);
  EXPECT_EQ(half.neighbours(ways, 0, 0, bytes), 4.5);
  EXPECT_EQ(half.neighbours(one_way, 0, 0, bytes), 2.5);
  EXPECT_EQ(half.everyone(8, 0, bytes), 2 * 3 * 2.5);
  EXPECT_EQ(half.everyone(9, 0, bytes), 2 * 4 * 2.5);
  EXPECT_EQ(half.everyone(1, 0, bytes), 0);
  const Transfers slowest(1, {.links = {{0, 100}, {0.5, 400}, {0, 50}}}, 3);
  EXPECT_DOUBLE_EQ(slowest.everyone(2, 0, bytes), 2 * (0.5 + 200.0 / (2 * 50)));
}

// The machine repairman: n workers that compute for Exp(1) and visit one link for Exp(s) each: throughput (1 − p_0)/s
// with p_k ∝ n!/(n − k)! s^k.
TEST(ServerLink, IsTheMachineRepairman) {
  const std::pair<Worker, double> known[] = {{8, 6.6168}, {16, 9.7770}};
  for (const auto& [n, throughput] : known) {
    const double s = 0.1;
    TransferSettings settings{.links = {{0, 1}}, .law = ExponentialDuration{}};
    const ServerSchedule schedule(GradientDurations(3, std::vector<double>(n, 1.0)),
                                  Transfers(3, settings, 1), s, s, ServerProtocol{});
    constexpr int batches = 100;
    const double length = 400;
    std::vector<double> arrivals(batches, 0.0);
    double delays = 0, all = 0;
    for (const Event& event : events_between(schedule, 0, batches * length - 1e-9)) {
      if (event.verb != Verb::gradient) continue;
      ++arrivals[static_cast<std::size_t>(event.time / length)];
      delays += event.clock;
      ++all;
    }
    const double mean = all / batches / length;
    double squares = 0;
    for (const double count : arrivals) squares += std::pow(count / length - mean, 2);
    const double error = std::sqrt(squares / (batches - 1) / batches);
    EXPECT_NEAR(mean, throughput, 4.5 * error);
    EXPECT_LT(error, 0.01 * throughput);
    EXPECT_NEAR(delays / all, n - 1.0, 0.01) << "the mean delay is n − 1 whatever the times";
    Usage usage(schedule.occupations(), n);
    usage.advance(batches * length);
    // A worker computes for 1 in each cycle of n / throughput.
    EXPECT_NEAR(usage.shares()[0], throughput / n, 4.5 * error / n + 0.005);
  }
}

// Ringmaster with stops: nobody's gradient is as old as R steps, and a stopped worker begins anew at that time.
TEST(ServerLink, StopsBeginAnew) {
  const Worker n = 8;
  std::vector<double> rates(n, 1.0);
  rates[0] = 0.05;
  ServerProtocol protocol{.rule = ServerRule::ringmaster};
  protocol.delay_threshold = 12;
  protocol.stops = true;
  const ServerSchedule schedule(GradientDurations(3, rates, ConstantDuration{}), Transfers(3, {}, 1), 0, 0,
                                protocol);
  std::size_t restarts = 0;
  std::vector<double> begun(n, 0.0);
  for (const Event& event : events_between(schedule, 0, 200)) {
    if (event.verb == Verb::gradient) {
      EXPECT_LT(event.clock, 12u);
      EXPECT_NEAR(event.time - begun[event.i], 1 / rates[event.i], 1e-9) << "a gradient takes its time";
    } else {
      restarts += static_cast<Meeting>(event.number) == Meeting::restarted;
      begun[event.i] = event.time;
    }
  }
  EXPECT_GT(restarts, 50u) << "the slow worker never gets there";
}

}  // namespace
}  // namespace renewal_schedule_test
}  // namespace acidsim
