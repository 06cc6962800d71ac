// Schedule generation. Goal: at most 10 ns per event (10⁸ events/s) on one core, whatever the number of
// clocks.
#include <benchmark/benchmark.h>

#include "sim/timing/poisson_schedule.hpp"
#include "sim/timing/worker_rates.hpp"
#include "tests/bench/goal.hpp"

namespace acidsim {
namespace {

constexpr double goal = 1e8;  // events per second

std::vector<Edge> ring(Worker workers) {
  std::vector<Edge> edges;
  for (Worker i = 0; i < workers; ++i)
    edges.push_back({std::min(i, (i + 1) % workers), std::max(i, (i + 1) % workers), 0.5});
  return edges;
}

void walk(benchmark::State& state, const PoissonSchedule& schedule) {
  auto cursor = schedule.from(0.0);
  double events = 0;
  for (auto _ : state) {
    const auto block = cursor->next();
    benchmark::DoNotOptimize(block.data());
    events += static_cast<double>(block.size());
  }
  state_goal_rate(state, events, goal);
}

void communications_only(benchmark::State& state) {
  const auto workers = static_cast<Worker>(state.range(0));
  walk(state, PoissonSchedule(1, std::vector<double>(workers, 0.0), ring(workers)));
}

void gradients_and_communications(benchmark::State& state) {
  const auto workers = static_cast<Worker>(state.range(0));
  walk(state, PoissonSchedule(1, std::vector<double>(workers, 1.0), ring(workers)));
}

void heterogeneous_rates(benchmark::State& state) {
  const auto workers = static_cast<Worker>(state.range(0));
  std::vector<Edge> edges = ring(workers);
  const std::vector<double> rates = draw_rates(LognormalRate{1.0, 0.5}, workers, 1);
  for (std::size_t e = 0; e < edges.size(); ++e) edges[e].rate *= rates[e];
  walk(state, PoissonSchedule(1, rates, std::move(edges)));
}

BENCHMARK(communications_only)->Name("schedule/communications/n")->Arg(64)->Arg(1000000);
BENCHMARK(gradients_and_communications)->Name("schedule/both/n")->Arg(64)->Arg(1000000);
BENCHMARK(heterogeneous_rates)->Name("schedule/heterogeneous/n")->Arg(64)->Arg(1000000);

}  // namespace
}  // namespace acidsim
