// Rounds in which a worker waits for its neighbours alone.
#include "sim/timing/local_round_schedule.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "sim/core/error.hpp"

namespace acidsim {
namespace local_round_schedule_test {

// On a ring: with both neighbours, or with the next one alone.
RoundGroups ring(Worker n, bool directed) {
  RoundGroups groups;
  Group& group = groups.first.neighbours;
  group.first = {0};
  for (Worker i = 0; i < n; ++i) {
    group.members.push_back(i);
    std::vector<Worker> heard{(i + 1) % n};
    if (!directed && n > 2) heard.push_back((i + n - 1) % n);
    std::sort(heard.begin(), heard.end());
    for (const Worker j : heard) {
      group.neighbours.push_back(j);
      group.weights.push_back(1.0 / static_cast<double>(heard.size() + 1));
    }
    group.first.push_back(static_cast<std::uint32_t>(group.neighbours.size()));
  }
  for (Worker i = 0; i + 1 < n; ++i) groups.pairs.push_back({i, i + 1, i});
  if (n > 2) groups.pairs.push_back({0, n - 1, n - 1});
  return groups;
}

LocalRoundSchedule local_rounds(Worker n, bool directed, std::vector<double> rates = {},
                                RoundProgram program = {{Verb::gradient}, {Verb::round}}) {
  if (rates.empty()) rates.assign(n, 1.0);
  return {11, std::move(rates), std::move(program), ring(n, directed)};
}

struct Mean {
  double value, error;  // its standard error
};

// The mean duration of a round, from the times of worker 0 in batches that are long beside the memory of the process.
Mean round_duration(const LocalRoundSchedule& schedule) {
  constexpr int batches = 100, rounds = 400, warm_up = 400;
  std::vector<double> ends;
  const auto cursor = schedule.from(0);
  while (ends.size() <= warm_up + batches * rounds)
    for (const Event& event : cursor->next())
      if (event.verb == Verb::mix && event.i == 0) ends.push_back(event.time);
  std::vector<double> means;
  for (std::size_t b = 0; b < batches; ++b)
    means.push_back((ends[warm_up + (b + 1) * rounds] - ends[warm_up + b * rounds]) / rounds);
  const double mean = std::accumulate(means.begin(), means.end(), 0.0) / batches;
  double squares = 0;
  for (const double one : means) squares += (one - mean) * (one - mean);
  return {mean, std::sqrt(squares / (batches - 1) / batches)};
}

// Workers of a directed ring are the particles of an exclusion process with as many holes.
TEST(LocalRoundSchedule, RoundsOfADirectedRingTakeTheExactTime) {
  for (const Worker n : {2u, 3u, 5u, 16u}) {
    const Mean found = round_duration(local_rounds(n, true));
    const double exact = (2.0 * n - 1) / n;
    EXPECT_NEAR(found.value, exact, 4 * found.error) << n;
    EXPECT_LT(found.error, 0.01);
  }
}

// Stationary means of the Markov chain of who is how far ahead of whom, by linear algebra.
TEST(LocalRoundSchedule, RoundsOfARingTakeTheExactTime) {
  const std::vector<double> exact = {1.833333333333321, 1.9583333333333302, 2.046417445482866,
                                     2.1008877636355576, 2.1418043366343404};
  for (Worker n = 3; n <= 7; ++n) {
    const Mean found = round_duration(local_rounds(n, false));
    EXPECT_NEAR(found.value, exact[n - 3], 4 * found.error) << n;
    EXPECT_LT(found.error, 0.01);
  }
}

TEST(LocalRoundSchedule, RatesAreThoseOfTheFirstRounds) {
  const LocalRoundSchedule schedule = local_rounds(5, false);
  EXPECT_NEAR(schedule.gradient_rate(), 5 / 2.046, 0.5);
  EXPECT_NEAR(schedule.communication_rate(), 5 / 2.046, 0.5);
}

// A worker mixes when it and those whom it hears have published, at that very time, and publishes once for each mixing.
TEST(LocalRoundSchedule, AWorkerWaitsForThoseItHearsAndForNobodyElse) {
  for (const bool directed : {false, true}) {
    constexpr Worker n = 6;
    const LocalRoundSchedule schedule = local_rounds(
        n, directed, {1, 0.3, 2, 1, 1, 5}, {{Verb::read}, {Verb::round}, {Verb::round}, {Verb::step}});
    const Group& group = schedule.groups()[0];
    std::vector<std::vector<double>> published(n), mixed(n);
    std::vector<int> steps(n, 0), reads(n, 0);
    double last = 0;
    std::size_t most_ahead = 0;
    const auto cursor = schedule.from(0);
    for (int block = 0; block < 20; ++block)
      for (const Event& event : cursor->next()) {
        EXPECT_GE(event.time, last);
        last = event.time;
        if (event.verb == Verb::publish) {
          EXPECT_EQ(published[event.i].size(), mixed[event.i].size());
          EXPECT_EQ(event.number, published[event.i].size() % 2);
          published[event.i].push_back(event.time);
        }
        reads[event.i] += event.verb == Verb::read;
        steps[event.i] += event.verb == Verb::step;
        if (event.verb != Verb::mix) continue;
        const std::size_t mixing = mixed[event.i].size();
        ASSERT_EQ(published[event.i].size(), mixing + 1);
        double due = published[event.i][mixing];
        for (std::uint32_t at = group.first[event.i]; at < group.first[event.i + 1]; ++at) {
          const auto& heard = published[group.neighbours[at]];
          ASSERT_GT(heard.size(), mixing);
          due = std::max(due, heard[mixing]);
          most_ahead = std::max(most_ahead, heard.size() - mixing - 1);
        }
        EXPECT_EQ(event.time, due);
        mixed[event.i].push_back(event.time);
      }
    EXPECT_GT(most_ahead, 0u);
    EXPECT_LT(most_ahead, directed ? n : 2u) << "a message waits at most for the way round the ring";
    for (Worker i = 0; i < n; ++i) EXPECT_NEAR(reads[i], steps[i], 1);
  }
}

TEST(LocalRoundSchedule, GradientsTakeAsLongAsWithAGlobalBarrier) {
  constexpr Worker n = 4;
  const RoundProgram program = {{Verb::gradient}, {Verb::gradient}, {Verb::round}};
  const LocalRoundSchedule local(3, {1, 1, 1, 1}, program, ring(n, false));
  const RoundSchedule global(3, {1, 1, 1, 1}, program, ring(n, false));
  const auto of = [](const Schedule& schedule) {  // of worker 1
    std::vector<double> durations;
    const auto cursor = schedule.from(0);
    double begun = 0;
    while (durations.size() < 40)
      for (const Event& event : cursor->next()) {
        if (event.verb == Verb::round || (event.verb == Verb::mix && event.i == 1)) begun = event.time;
        if (event.verb != Verb::gradient || event.i != 1) continue;
        durations.push_back(event.time - begun);
        begun = event.time;
      }
    durations.resize(40);
    return durations;
  };
  const auto durations = of(local), expected = of(global);
  for (std::size_t k = 0; k < 40; ++k) EXPECT_NEAR(durations[k], expected[k], 1e-12);
}

TEST(LocalRoundSchedule, CountsEachEdgeOnceInARound) {
  for (const bool directed : {false, true}) {
    const LocalRoundSchedule schedule = local_rounds(5, directed);
    std::vector<int> counts(5, 0);
    for (Worker i = 0; i < 5; ++i)
      for (const std::uint32_t edge : completed_edges({0, i, i, 0, Verb::mix}, schedule.groups()))
        ++counts[edge];
    EXPECT_EQ(counts, std::vector<int>(5, 1));
  }
}

TEST(LocalRoundSchedule, StartsAnywhere) {
  const LocalRoundSchedule schedule = local_rounds(4, false, {1.0, 0.5, 2.0, 1.0});
  const auto whole = events_between(schedule, 0, 60);
  for (const double start : {0.0, 0.1, 20.0, whole[whole.size() / 2].time}) {
    std::vector<Event> tail;
    for (const Event& event : whole)
      if (event.time >= start) tail.push_back(event);
    EXPECT_EQ(events_between(schedule, start, 60), tail) << start;
  }
}

// Constant gradients and transfers: a round takes gradient + transfer, with a local barrier as with a global one, and a
// worker that hears two neighbours over one card waits for two messages.
TEST(LocalRoundSchedule, TransfersComeAfterTheLastMessageThatIsWaitedFor) {
  const Worker n = 5;
  RoundPace pace{
      .law = ConstantDuration{}, .transfers = Transfers(1, {.links = {{0.25, 4}}}, n), .bytes = {1}};
  for (Worker i = 0; i + 1 < n; ++i) pace.edges.push_back({i, i + 1});
  pace.edges.push_back({0, n - 1});
  RoundGroups groups = ring(n, false);
  groups.first.neighbours.edges = {0, 1, 2, 3, 4};
  const RoundProgram program = {{Verb::gradient}, {Verb::round}};
  const std::vector<double> rates(n, 1.0);
  const LocalRoundSchedule local(1, rates, program, groups, false, pace);
  const RoundSchedule global(1, rates, program, groups, false, pace);
  const auto times_of = [](const Schedule& schedule, Verb verb) {
    std::vector<double> times;
    for (const Event& event : events_between(schedule, 0, 20))
      if (event.verb == verb && event.i == 0) times.push_back(event.time);
    return times;
  };
  std::vector<double> expected;
  for (int k = 1; k * 1.75 <= 20; ++k) expected.push_back(k * 1.75);
  EXPECT_EQ(times_of(local, Verb::mix), expected);
  EXPECT_EQ(times_of(global, Verb::round), expected);
  for (const Schedule* schedule :
       {static_cast<const Schedule*>(&local), static_cast<const Schedule*>(&global)}) {
    Usage usage(schedule->occupations(), n);
    usage.advance(1.75 * 8);
    const Usage::Times shares = usage.shares();
    EXPECT_NEAR(shares[static_cast<std::size_t>(Occupation::computing)], 1 / 1.75, 1e-12);
    EXPECT_NEAR(shares[static_cast<std::size_t>(Occupation::transferring)], 0.75 / 1.75, 1e-12);
  }
}

// The same durations for both barriers: with constant ones that differ every worker runs at the slowest one's pace.
TEST(LocalRoundSchedule, WaitsAtTheBarrierForTheSlowest) {
  const std::vector<double> rates = {1, 2, 4, 2};
  const LocalRoundSchedule schedule(1, rates, {{Verb::gradient}, {Verb::round}}, ring(4, false), false,
                                    {.law = ConstantDuration{}});
  Usage usage(schedule.occupations(), 4);
  usage.advance(100);
  for (Worker worker = 0; worker < 4; ++worker) {
    const Usage::Times own = usage.workers()[worker];
    EXPECT_NEAR(own[static_cast<std::size_t>(Occupation::computing)], 100 / rates[worker], 1);
    EXPECT_NEAR(own[static_cast<std::size_t>(Occupation::waiting_at_barrier)], 100 - 100 / rates[worker], 1);
  }
}

TEST(LocalRoundSchedule, RefusesAWorkerThatNeverComputes) {
  EXPECT_THROW(local_rounds(3, false, {1.0, 0.0, 1.0}), InputError);
}

}  // namespace local_round_schedule_test
}  // namespace acidsim
