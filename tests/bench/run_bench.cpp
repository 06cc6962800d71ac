// Whole runs on a ring of 64 workers, schedule included, records at the default cadence left out.
// Goal: A²CiD² gossip at d = 100 at no less than 5·10⁶ events/s on one core.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/backends/simulation.hpp"
#include "sim/events/poisson_schedule.hpp"
#include "sim/objectives/quadratic.hpp"
#include "tests/bench/goal.hpp"

namespace acidsim {
namespace {

constexpr Worker workers = 64;
constexpr double ring_chi_1 = 207.67253111593345, ring_chi_2 = 63.0 / 64.0;

PoissonSchedule ring_schedule(double gradient_rate) {
  std::vector<Edge> edges;
  for (Worker i = 0; i < workers; ++i)
    edges.push_back({std::min(i, (i + 1) % workers), std::max(i, (i + 1) % workers), 0.5});
  return PoissonSchedule(1, std::vector<double>(workers, gradient_rate), edges);
}

double events_of(const Outcome& outcome) {
  return static_cast<double>(outcome.counts.gradients + outcome.counts.communications);
}

// One iteration = one run from its beginning, long enough that its start does not count.
void gossip(benchmark::State& state) {
  const Index d = state.range(0);
  const PoissonSchedule schedule = ring_schedule(0.0);
  const double time = 2e6 / static_cast<double>(32 * std::max<Index>(d / 100, 1));
  double events = 0;
  for (auto _ : state) {
    const auto kernel = make_a2cid2_kernel<double>(a2cid2_parameters({ring_chi_1, ring_chi_2}), workers, d);
    for (Worker i = 0; i < workers; ++i) kernel->initialise(i, Vector<double>::Constant(d, i));
    Simulation<double> simulation{schedule, *kernel};
    simulation.edges = workers;
    simulation.stop.time = time;
    simulation.record_every = infinity;
    events += events_of(run_serial(simulation));
  }
  if (d == 100) state_goal_rate(state, events, 5e6);
  state.counters["events"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
}

// ⅔ gradient events on a quadratic with noise, each drawing d normals; ⅓ communications.
void noisy_sgd(benchmark::State& state) {
  const Index d = state.range(0);
  const PoissonSchedule schedule = ring_schedule(1.0);
  const auto objective = make_quadratic<double>(QuadraticParameters{d, 1, 1, 1, 0}, workers, 1, 1);
  const double time = 5e5 / static_cast<double>(96 * std::max<Index>(d / 10, 1));
  double events = 0;
  for (auto _ : state) {
    const auto kernel = make_a2cid2_kernel<double>(a2cid2_parameters({ring_chi_1, ring_chi_2}), workers, d);
    for (Worker i = 0; i < workers; ++i) kernel->initialise(i, Vector<double>::Zero(d));
    Optimizer<double> optimizer(OptimizerParameters{}, workers, d);
    Simulation<double> simulation{schedule, *kernel};
    simulation.objective = objective.get();
    simulation.optimizer = &optimizer;
    simulation.edges = workers;
    simulation.stop.time = time;
    simulation.record_every = infinity;
    events += events_of(run_serial(simulation));
  }
  state.counters["events"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
}

BENCHMARK(gossip)
    ->Name("run/a2cid2_gossip/d")
    ->Unit(benchmark::kMillisecond)
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10000);
BENCHMARK(noisy_sgd)
    ->Name("run/a2cid2_noisy_sgd/d")
    ->Unit(benchmark::kMillisecond)
    ->Arg(1)
    ->Arg(10)
    ->Arg(100)
    ->Arg(1000)
    ->Arg(10000);

}  // namespace
}  // namespace acidsim
