// One run on two threads against one, by turns. Goal: 1.8 times as fast on two idle cores where a gradient
// costs 20 µs or more, or d ≥ 10⁴ (ring, n = 64); nowhere slower than serial, beyond a noise of 3 %. And how
// much there is to share: the events of a run, each waiting for the earlier ones of its workers only, on
// different numbers of cores.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <queue>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/d_psgd.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/objectives/quadratic.hpp"
#include "sim/optimizers/sgd.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "tests/bench/goal.hpp"
#include "tests/bench/rounds.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace {

double wall_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

// A rate of 1 for each worker, as uniform_edge has it.
std::vector<Edge> rated(const Graph& graph) {
  std::vector<Edge> edges = graph.edges;
  for (Edge& edge : edges) edge.rate = 0.5 * graph.workers / static_cast<double>(edges.size());
  return edges;
}

void state_goal_speedup(benchmark::State& state, double speedup, double goal) {
  state.counters["speedup"] = speedup;
  state.counters["goal"] = goal;
  state.counters["of_goal"] = speedup / goal;
}

// About one second of serial work at 1 ns per number and event.
void compare(benchmark::State& state, bool with_gradients, double goal) {
  const Index d = state.range(0);
  const Graph graph = cycle(64);
  const PoissonSchedule schedule(1, std::vector<double>(graph.workers, with_gradients ? 1.0 : 0.0),
                                 rated(graph));
  const auto objective = make_quadratic<double>(QuadraticParameters{d, 1, 1, 1, 0}, graph.workers, 1, 1);
  const auto seconds = [&](int threads, std::string& decision) {
    const auto kernel =
        make_a2cid2_kernel<double>({.eta = 0.035, .alpha = 0.5, .alpha_tilde = 7.26}, graph.workers, d);
    for (Worker i = 0; i < graph.workers; ++i) kernel->initialise(i, Vector<double>::Constant(d, i));
    Sgd<double> optimizer(SgdParameters{}, graph.workers, d);
    Simulation<double> simulation{schedule, *kernel};
    if (with_gradients) simulation.objective = objective.get();
    simulation.optimizer = &optimizer;
    simulation.edges = graph.workers;
    simulation.observe.every = infinity;
    simulation.stop.time = 1e9 / static_cast<double>(std::max<Index>(d, 20) * (with_gradients ? 192 : 32));
    const double start = wall_seconds();
    const Outcome outcome = threads == 1 ? run_serial(simulation) : run_openmp(simulation, threads);
    decision = outcome.decision;
    return wall_seconds() - start;
  };
  double serial = 0, parallel = 0;
  std::string decision;
  for (auto _ : state) {
    serial += seconds(1, decision);
    parallel += seconds(2, decision);
  }
  state.SetLabel(decision);
  state_goal_speedup(state, serial / parallel, goal);
}
// A gradient of 10⁴ coordinates, each with noise, costs some 20 µs.
void noisy_sgd(benchmark::State& state) { compare(state, true, state.range(0) >= 10000 ? 1.8 : 0.97); }
void gossip(benchmark::State& state) { compare(state, false, state.range(0) >= 10000 ? 1.8 : 0.97); }

// The same for D-PSGD, whose rounds of n·d ≥ 10⁵ numbers are worth a second thread.
void rounds(benchmark::State& state) {
  const Index d = state.range(0);
  const RingRounds ring(64, d);
  const auto count = static_cast<std::uint64_t>(2e8 / static_cast<double>(64 * std::max<Index>(d, 20)));
  double serial = infinity, parallel = infinity;
  std::string decision;
  for (auto _ : state) {
    const Dynamics dynamics = d_psgd_dynamics(MixingOrder::adapt_then_combine);
    serial = std::min(serial, ring.seconds(dynamics, count, 1, wall_seconds));
    parallel = std::min(parallel, ring.seconds(dynamics, count, 2, wall_seconds, &decision));
  }
  state.SetLabel(decision);
  state_goal_speedup(state, serial / parallel, 64 * d >= 100000 ? 1.8 : 0.97);
}

// The events of 20 units of time, gradients alike and communications at a tenth of their cost, on `cores`
// cores: whenever one is free it takes the ready event that comes first in the schedule.
double makespan(const std::vector<Event>& events, Worker workers, int cores) {
  std::vector<double> free_at(workers, 0.0);  // per worker: when its last event ends
  std::priority_queue<double, std::vector<double>, std::greater<>> idle_at;
  for (int c = 0; c < cores; ++c) idle_at.push(0.0);
  double last = 0;
  for (const Event& event : events) {
    const double ready = std::max({idle_at.top(), free_at[event.i], free_at[event.j]});
    idle_at.pop();
    const double end = ready + (event.verb == Verb::gradient ? 1.0 : 0.1);
    idle_at.push(end);
    free_at[event.i] = free_at[event.j] = end;
    last = std::max(last, end);
  }
  return last;
}

void parallelism(benchmark::State& state, const Graph& graph) {
  const PoissonSchedule schedule(1, std::vector<double>(graph.workers, 1.0), rated(graph));
  const std::vector<Event> events = events_between(schedule, 0, 20);
  for (auto _ : state) {
    const double work = makespan(events, graph.workers, 1);
    // With a core for every event none waits for a core.
    state.counters["available"] = work / makespan(events, graph.workers, static_cast<int>(events.size()));
    for (const int cores : {2, 16, 64, 256})
      state.counters["on_" + std::to_string(cores)] = work / makespan(events, graph.workers, cores);
  }
}
void ring(benchmark::State& state) { parallelism(state, cycle(static_cast<Worker>(state.range(0)))); }
void hypercube_graph(benchmark::State& state) {
  parallelism(state, hypercube(static_cast<Worker>(state.range(0))));
}
void complete_graph(benchmark::State& state) {
  parallelism(state, complete(static_cast<Worker>(state.range(0))));
}
void star_graph(benchmark::State& state) { parallelism(state, star(static_cast<Worker>(state.range(0)))); }

#define ACIDSIM_TIMED ->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(2)
BENCHMARK(noisy_sgd)->Name("openmp/noisy_sgd/d") ACIDSIM_TIMED->Arg(1)->Arg(100)->Arg(1000)->Arg(10000)->Arg(
    100000);
BENCHMARK(gossip)->Name("openmp/gossip/d") ACIDSIM_TIMED->Arg(1)->Arg(100)->Arg(1000)->Arg(10000)->Arg(
    1000000);
BENCHMARK(rounds)
    ->Name("openmp/d_psgd/d")
    ->Unit(benchmark::kMillisecond)
    ->UseRealTime()
    ->Iterations(5)
    ->Arg(1)
    ->Arg(100)
    ->Arg(1600)
    ->Arg(10000)
    ->Arg(100000);
#undef ACIDSIM_TIMED
#define ACIDSIM_SIZES ->Unit(benchmark::kMillisecond)->Iterations(1)->Arg(16)->Arg(64)->Arg(256)->Arg(1024)
BENCHMARK(ring)->Name("parallelism/ring/n") ACIDSIM_SIZES;
BENCHMARK(hypercube_graph)->Name("parallelism/hypercube/n") ACIDSIM_SIZES;
BENCHMARK(complete_graph)->Name("parallelism/complete/n") ACIDSIM_SIZES;
BENCHMARK(star_graph)->Name("parallelism/star/n") ACIDSIM_SIZES;
#undef ACIDSIM_SIZES

}  // namespace
}  // namespace acidsim
