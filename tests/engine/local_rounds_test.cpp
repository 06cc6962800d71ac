// Local barriers change when workers mix, and nothing else.
#include <gtest/gtest.h>

#include "sim/algorithms/d_psgd.hpp"
#include "sim/algorithms/exact_diffusion.hpp"
#include "sim/algorithms/generic_kernel.hpp"
#include "sim/algorithms/push_sum.hpp"
#include "sim/algorithms/push_tracking.hpp"
#include "sim/timing/local_round_schedule.hpp"
#include "tests/engine/runs.hpp"
#include "topologies/mixing.hpp"

namespace acidsim {
namespace local_rounds_test {

constexpr Worker workers = 7;
constexpr Index dimension = 5;
constexpr std::uint64_t seed = 4;
constexpr std::size_t rounds = 30;

RoundProgram program_of(const Dynamics& dynamics) {
  RoundProgram program;
  auto mixing = dynamics.rounds.begin();
  for (const Verb verb : dynamics.program)
    program.push_back({verb, verb == Verb::round ? (mixing++)->company : Company::neighbours});
  return program;
}

// A ring with a chord, both ways.
RoundGroups groups() {
  std::vector<Edge> edges = ring_edges(workers);
  edges.push_back({1, 4, 1.0});
  RoundGroups groups{{mixing_group(workers, edges, MixingRule::metropolis)}};
  groups.first.pushed = directed_group(workers, edges, {}, SumsToOne::columns);
  groups.first.pulled = directed_group(workers, edges, {}, SumsToOne::rows);
  for (std::uint32_t e = 0; e < edges.size(); ++e)
    groups.pairs.push_back({std::min(edges[e].i, edges[e].j), std::max(edges[e].i, edges[e].j), e});
  return groups;
}

std::vector<double> rates() {
  std::vector<double> all;
  for (Worker i = 0; i < workers; ++i) all.push_back(0.5 + 0.25 * i);
  return all;
}

// The events for which take() holds, until there are so many.
template <class Take>
ListSchedule taken(const Schedule& schedule, std::size_t count, Take take) {
  std::vector<Event> events;
  for (const auto cursor = schedule.from(0); events.size() < count;)
    for (const Event& event : cursor->next())
      if (events.size() < count && take(event)) events.push_back(event);
  ListSchedule list(std::move(events), 13);
  list.set_groups({schedule.groups().begin(), schedule.groups().end()});
  return list;
}

// The first rounds of all workers, which end at different times with local barriers.
ListSchedule first_rounds(const LocalRoundSchedule& schedule, const Dynamics& dynamics) {
  const std::size_t events = rounds * (dynamics.program.size() + dynamics.rounds.size());  // of a worker
  return taken(schedule, workers * events,
               [count = std::vector<std::size_t>(workers, 0), events](const Event& event) mutable {
                 return count[event.i]++ < events;
               });
}
ListSchedule first_rounds(const RoundSchedule& schedule, const Dynamics& dynamics) {
  const std::size_t mixings = dynamics.rounds.size();
  return taken(schedule, rounds * ((dynamics.program.size() - mixings) * workers + mixings),
               [](const Event&) { return true; });
}

std::vector<double> end_of(const Dynamics& dynamics, const Schedule& schedule, int threads) {
  OwnedRun<double> run(
      make_generic_kernel<double>(dynamics, workers, dimension),
      make_quadratic<double>({.dimension = dimension, .noise = 0.3, .heterogeneity = 1}, workers, 1, 2),
      {.learning_rate = {.base = 0.1}, .momentum = 0.5});
  Simulation<double> simulation{.schedule = schedule, .kernel = *run.kernel};
  simulation.objective = run.objective.get();
  simulation.optimizer = &run.optimizer;
  const Outcome outcome =
      threads == 1 ? run_serial(simulation) : run_openmp(simulation, threads, Sharing::always);
  std::vector<double> states;
  for_each_state_vector<double>(*run.kernel, &run.optimizer, ReadTimes{outcome.time},
                                [&](std::span<const std::byte> part) { append(part, states); });
  return states;
}

// d_psgd mixes after its gradient, exact diffusion has mixings of its own in the first round, push-pull mixes twice, along
// directions of two kinds, and pushes with overlap are under way for more than one round.
TEST(LocalRounds, EndWhereRoundsWithAGlobalBarrierEnd) {
  for (const Dynamics& dynamics :
       {d_psgd_dynamics(MixingOrder::adapt_then_combine), d_psgd_dynamics(MixingOrder::combine_then_adapt),
        exact_diffusion_dynamics(0.5, DiffusionStart::mixed), push_pull_dynamics(), push_sum_in_rounds(3)}) {
    const bool opening = !dynamics.opening.empty();
    const RoundSchedule global(seed, rates(), program_of(dynamics), groups(), opening);
    const LocalRoundSchedule local(seed, rates(), program_of(dynamics), groups(), opening);
    const auto expected = end_of(dynamics, first_rounds(global, dynamics), 1);
    const ListSchedule schedule = first_rounds(local, dynamics);
    EXPECT_EQ(end_of(dynamics, schedule, 1), expected);
    for (const int threads : {2, 4}) EXPECT_EQ(end_of(dynamics, schedule, threads), expected) << threads;
  }
}

}  // namespace local_rounds_test
}  // namespace acidsim
