// The timing plane alone, where workers wait for each other: events per second of one thread.
#include <benchmark/benchmark.h>

#include "sim/timing/availability_schedule.hpp"
#include "tests/bench/goal.hpp"

namespace acidsim {
namespace {

// A ring with FIFO pairing, one averaging for each gradient, exponential gradients.
AvailabilitySchedule ring(Worker n, double latency) {
  AvailabilitySettings settings;
  for (Worker i = 0; i + 1 < n; ++i) settings.edges.push_back({i, i + 1});
  settings.edges.push_back({0, n - 1});
  return {std::move(settings), GradientDurations(1, std::vector<double>(n, 1.0), ExponentialDuration{}),
          Transfers(1, {.links = {{latency, infinity}}}, n)};
}

void walk(benchmark::State& state, double latency, double goal) {
  const auto schedule = ring(static_cast<Worker>(state.range(0)), latency);
  const auto cursor = schedule.from(0);
  double events = 0;
  for (auto _ : state) events += static_cast<double>(cursor->next().size());
  state_goal_rate(state, events, goal);
}

void instantaneous(benchmark::State& state) { walk(state, 0, 2e6); }
void with_transfers(benchmark::State& state) { walk(state, 0.05, 1e6); }

BENCHMARK(instantaneous)->Name("availability/fifo/n")->Arg(10000)->Arg(1000000);
BENCHMARK(with_transfers)->Name("availability/fifo_transfers/n")->Arg(10000)->Arg(1000000);

}  // namespace
}  // namespace acidsim
