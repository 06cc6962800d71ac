// Whole runs, schedule included, without records. On a ring of 64 workers they stand beside hand-written
// loops (tests/bench/peers), which state the goal. With 10⁶ workers, d = 10: at least 3·10⁶ events/s on one
// core.
#include <benchmark/benchmark.h>

#include <cmath>
#include <memory>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/objectives/quadratic.hpp"
#include "sim/optimizers/sgd.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "tests/bench/goal.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace {

constexpr Worker workers = 64;
constexpr double ring_chi_1 = 207.67253111593345, ring_chi_2 = 63.0 / 64.0;

std::vector<Edge> weighted(std::vector<Edge> edges, double rate) {
  for (Edge& edge : edges) edge.rate = rate;
  return edges;
}

PoissonSchedule ring_schedule(double gradient_rate) {
  return PoissonSchedule(1, std::vector<double>(workers, gradient_rate), weighted(cycle(workers).edges, 0.5));
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
    simulation.observe.every = infinity;
    events += events_of(run_serial(simulation));
  }
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
    Sgd<double> optimizer(SgdParameters{}, workers, d);
    Simulation<double> simulation{schedule, *kernel};
    simulation.objective = objective.get();
    simulation.optimizer = &optimizer;
    simulation.edges = workers;
    simulation.stop.time = time;
    simulation.observe.every = infinity;
    events += events_of(run_serial(simulation));
  }
  state.counters["events"] = benchmark::Counter(events, benchmark::Counter::kIsRate);
}

// 10⁶ workers, events of a few units of time.
void million(benchmark::State& state, const Graph& graph) {
  const Index d = state.range(0);
  const Worker many = graph.workers;
  const PoissonSchedule schedule(1, std::vector<double>(many, 0.0),
                                 weighted(graph.edges, 0.5 * many / static_cast<double>(graph.edges.size())));
  const auto kernel = make_a2cid2_kernel<double>({.eta = 0.2, .alpha = 0.5, .alpha_tilde = 1.2}, many, d);
  for (Worker i = 0; i < many; ++i) kernel->initialise(i, Vector<double>::Constant(d, i % 17));
  Simulation<double> simulation{schedule, *kernel};
  simulation.edges = static_cast<Index>(graph.edges.size());
  simulation.observe.every = infinity;
  simulation.stop.time = 8;
  double events = 0;
  for (auto _ : state) events += events_of(run_serial(simulation));
  state_goal_rate(state, events, 3e6);
}
void million_ring(benchmark::State& state) { million(state, cycle(1000000)); }
void million_regular(benchmark::State& state) { million(state, random_regular(1000000, 4, 1)); }

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

BENCHMARK(million_ring)->Name("run/million/ring/d")->Unit(benchmark::kMillisecond)->Arg(1)->Arg(10);
BENCHMARK(million_regular)->Name("run/million/regular/d")->Unit(benchmark::kMillisecond)->Arg(1)->Arg(10);

}  // namespace
}  // namespace acidsim
