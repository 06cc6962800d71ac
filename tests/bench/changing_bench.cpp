// Schedules on graphs that change and edges that fail. Goal: at most 25 ns per event (4·10⁷ events/s) on one
// core without failures, however short the phases, as long as some communications fall into each.
#include <benchmark/benchmark.h>

#include "sim/timing/changing_schedule.hpp"
#include "tests/bench/goal.hpp"

namespace acidsim {
namespace {

constexpr double goal = 4e7;  // events per second
constexpr Worker workers = 64;

// `count` phases of length 1 on the ring of `workers`: phase k has every other edge, from k mod 2 on, at
// rates that differ a little, 32 communications per unit time in all.
ChangingPoissonSchedule ring_schedule(std::size_t count, double gradient_rate,
                                      std::optional<EdgeFailures> failures) {
  std::vector<Edge> edges;
  for (Worker i = 0; i + 1 < workers; ++i) edges.push_back({i, i + 1});
  edges.push_back({0, workers - 1});
  std::vector<CommunicationPhase> phases(count);
  for (std::size_t k = 0; k < count; ++k)
    for (std::uint32_t e = k % 2; e < workers; e += 2) phases[k].clocks.push_back({e, e % 4 < 2 ? 0.9 : 1.1});
  return {1, std::vector<double>(workers, gradient_rate), edges, phases, true, failures};
}

// Returns the number of events.
double walk(benchmark::State& state, const ChangingPoissonSchedule& schedule) {
  auto cursor = schedule.from(0.0);
  double events = 0;
  for (auto _ : state) {
    const auto block = cursor->next();
    benchmark::DoNotOptimize(block.data());
    events += static_cast<double>(block.size());
  }
  return events;
}

void communications_only(benchmark::State& state) {
  const auto phases = static_cast<std::size_t>(state.range(0));
  state_goal_rate(state, walk(state, ring_schedule(phases, 0, {})), goal);
}

void gradients_and_communications(benchmark::State& state) {
  const auto phases = static_cast<std::size_t>(state.range(0));
  state_goal_rate(state, walk(state, ring_schedule(phases, 1, {})), goal);
}

// Half of all communications are lost; an edge changes its state about once in 50 (5) of them. No goal.
void with_failures(benchmark::State& state) {
  const auto mean_up = static_cast<double>(state.range(0));
  const double events = walk(state, ring_schedule(6, 0, EdgeFailures{mean_up, mean_up}));
  state.counters["rate"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
}

BENCHMARK(communications_only)->Name("changing/communications/phases")->Arg(1)->Arg(6)->Arg(10000);
BENCHMARK(gradients_and_communications)->Name("changing/both/phases")->Arg(6);
BENCHMARK(with_failures)->Name("changing/failures/mean_up")->Arg(100)->Arg(10);

}  // namespace
}  // namespace acidsim
