// What the messages of methods add up to, on rounds and on pairs: exact, at whatever event a run ends.
#include "sim/engine/tally.hpp"

#include <gtest/gtest.h>

#include "sim/algorithms/table.hpp"
#include "sim/timing/directed_schedule.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "sim/timing/round_schedule.hpp"
#include "tests/engine/runs.hpp"

namespace acidsim {
namespace tally_test {

constexpr Worker workers = 8;
constexpr Index dimension = 3;

const AlgorithmRow& row_of(const std::string& name) {
  for (const AlgorithmRow& row : all_algorithms())
    if (row.name == name) return row;
  throw std::logic_error("no method " + name);
}

// Worker i hears i − 1 and i + 1.
Group ring() {
  Group group;
  for (Worker i = 0; i < workers; ++i) {
    group.members.push_back(i);
    group.first.push_back(2 * i);
    const std::uint32_t before = (i + workers - 1) % workers, after = (i + 1) % workers;
    group.neighbours.insert(group.neighbours.end(), {std::min(before, after), std::max(before, after)});
    group.weights.insert(group.weights.end(), {1.0 / 3, 1.0 / 3});
    group.edges.push_back(i);
  }
  group.first.push_back(2 * workers);
  return group;
}

std::unique_ptr<Schedule> schedule_of(const Dynamics& dynamics) {
  if (dynamics.mixes_in_rounds()) {
    RoundProgram program;
    auto mixing = dynamics.rounds.begin();
    for (const Verb verb : dynamics.program)
      program.push_back({verb, verb == Verb::round ? (mixing++)->company : Company::neighbours});
    RoundGroups groups{ring()};
    for (const Edge& edge : ring_edges(workers))
      groups.pairs.push_back({edge.i, edge.j, static_cast<std::uint32_t>(groups.pairs.size())});
    return std::make_unique<RoundSchedule>(3, ones(workers), program, std::move(groups),
                                           !dynamics.opening.empty());
  }
  auto pairs = std::make_unique<PoissonSchedule>(3, ones(workers), ring_edges(workers));
  if (dynamics.sends()) return std::make_unique<DirectedSchedule>(3, std::move(pairs));
  return pairs;
}

Outcome run(const std::string& name, const Values& given, const StopRules& stop, int threads,
            std::vector<Event>* events = nullptr) {
  const AlgorithmRow& row = row_of(name);
  Values values = with_defaults(row.parameters, given);
  const GraphConstants graph{1, 1};
  const ObjectiveConstants constants{1, 1};
  if (row.resolve) row.resolve(values, {.graph = &graph, .objective = &constants});
  const Dynamics dynamics = row.dynamics(values);
  const auto schedule = schedule_of(dynamics);
  OwnedRun<double> owned{make_kernel<double>(row, values, workers, dimension),
                         make_quadratic<double>({.dimension = dimension}, workers, 1, 2),
                         {.learning_rate = {.base = 0.01}}};
  auto simulation = owned.on(*schedule, stop);
  simulation.meter = Meter(dynamics, dimension, 8, workers, true);
  if (events != nullptr)
    simulation.observe.on_events = [events](std::span<const Event> piece, std::span<const double>) {
      events->insert(events->end(), piece.begin(), piece.end());
    };
  return threads == 1 ? run_serial(simulation) : run_openmp(simulation, threads, Sharing::always);
}

StopRules after_rounds(std::uint64_t rounds) {
  StopRules stop;
  stop.rounds = rounds;
  return stop;
}
StopRules after_bytes(std::uint64_t bytes) {
  StopRules stop;
  stop.bytes = bytes;
  return stop;
}
StopRules after_gradients(std::uint64_t gradients) {
  StopRules stop;
  stop.gradients = gradients;
  return stop;
}

TEST(TallyTest, RoundsAreWholeAndSendTheirVectors) {
  struct Method {
    std::string name;
    Values values;
    std::uint64_t vectors;            // in a round
    std::uint64_t less_at_first = 0;  // in the first round
  };
  const Method methods[] = {{"d_psgd", {{"order", std::string("atc")}}, 16},
                            {"d_psgd", {{"order", std::string("cta")}}, 16},
                            {"all_reduce_sgd", {}, 14},
                            {"gradient_tracking", {}, 32, 16},
                            {"nids", {}, 16, 16},
                            {"extra", {}, 16},
                            {"exact_diffusion", {}, 16}};
  for (const auto& [name, values, vectors, less_at_first] : methods)
    for (const int threads : {1, 3})
      for (const std::uint64_t rounds : {1, 5}) {
        const Outcome outcome = run(name, values, after_rounds(rounds), threads);
        EXPECT_EQ(outcome.reason, StopReason::rounds) << name;
        EXPECT_EQ(outcome.counts.rounds, rounds) << name;
        EXPECT_EQ(outcome.counts.vectors_sent, rounds * vectors - less_at_first) << name;
        EXPECT_EQ(outcome.counts.bytes_sent, (rounds * vectors - less_at_first) * 24) << name;
        EXPECT_EQ(outcome.counts.worker_gradients, std::vector<std::uint64_t>(workers, rounds))
            << name << ": the steps at the end of a round belong to it";
        EXPECT_EQ(outcome.counts.staleness.maximum(), 0u) << name;
      }
}

TEST(TallyTest, ARoundOfPartnersIsOverWhenAllWorkersHaveMixed) {
  const Outcome outcome = run("noloco", {}, after_rounds(6), 1);
  EXPECT_EQ(outcome.counts.rounds, 6u);
  EXPECT_EQ(outcome.counts.round_ends, 0u);
  EXPECT_EQ(outcome.counts.vectors_sent, 4 * outcome.counts.communications);
}

TEST(TallyTest, BytesEndARunAtTheMessageThatReachesThem) {
  const std::pair<std::string, std::uint64_t> methods[] = {
      {"async_gossip", 48}, {"a2cid2", 48}, {"ad_psgd", 48}, {"gossip_tracking", 96}, {"push_sum", 32}};
  for (const auto& [name, each] : methods)
    for (const int threads : {1, 3})
      for (const std::uint64_t bytes : {1, 1000, 4800}) {
        const Outcome outcome = run(name, {}, after_bytes(bytes), threads);
        EXPECT_EQ(outcome.reason, StopReason::bytes) << name;
        EXPECT_EQ(outcome.counts.bytes_sent, (bytes + each - 1) / each * each) << name;
        const std::uint64_t under_way = name == "push_sum" ? 1 : 0;  // sent, and received after it
        EXPECT_EQ(outcome.counts.communications, (bytes + each - 1) / each - under_way) << name;
      }
}

// Gradients of AD-PSGD were read right after the worker's previous one: geometric delays of mean n − 1.
TEST(TallyTest, StalenessOfEarlyReadsIsWhatLandsSinceThePreviousGradient) {
  std::vector<Event> events;
  const Outcome outcome = run("ad_psgd", {}, after_gradients(40000), 1, &events);
  std::map<std::uint64_t, std::uint64_t> expected;
  std::vector<std::uint64_t> others(workers, 0);
  for (const Event& event : events) {
    if (event.verb != Verb::gradient) continue;
    ++expected[others[event.i]];
    for (std::uint64_t& count : others) ++count;
    others[event.i] = 0;
  }
  EXPECT_EQ(outcome.counts.staleness.histogram(40000), expected);
  EXPECT_NEAR(outcome.staleness.mean, 7, 0.1);
  // (7/8)^35 < 1 % < (7/8)^34.
  EXPECT_NEAR(static_cast<double>(outcome.staleness.percentile_99), 34, 2);
  EXPECT_EQ(run("a2cid2", {}, after_gradients(100), 1).staleness, Staleness::Summary{});
}

}  // namespace tally_test
}  // namespace acidsim
