// Exact expectations: seconds for 100 record times, and for limits and rates.
#include <benchmark/benchmark.h>

#include <vector>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/theory/exact_moments.hpp"
#include "topologies/families/families.hpp"
#include "topologies/spectrum/spectrum.hpp"

namespace acidsim {
namespace {

// A²CiD² with momentum on noisy quadratics that start apart, at one averaging per worker and unit time.
ExactMoments accelerated_sgd(Worker workers, std::vector<Edge> edges, bool by_difference) {
  for (Edge& edge : edges) edge.rate = 0.5 * workers / static_cast<double>(edges.size());
  const Spectrum graph = spectrum(workers, edges, {});
  const Dynamics dynamics = a2cid2_dynamics(a2cid2_parameters({graph.chi_1, graph.chi_2}));
  const Matrix<double> one = Matrix<double>::Ones(1, 1), none = Matrix<double>::Zero(1, 1);
  const MomentEquations equations = moment_equations(dynamics, {.learning_rate = 0.05, .momentum = 0.9},
                                                     {{one, Matrix<double>(1, 0), 1}}, {1}, 1, 0);
  std::shared_ptr<const Pairs> pairs =
      by_difference ? pairs_by_difference(workers, edges) : all_pairs(workers, edges);
  StartMoments start(1, *pairs);
  start.add(one, none);
  return {equations, std::move(pairs), start, one};
}

std::vector<double> hundred_times(double last) {
  std::vector<double> times;
  for (int k = 1; k <= 100; ++k) times.push_back(last * k / 100);
  return times;
}

void report_seconds(benchmark::State& state, double goal) {
  state.counters["goal_s"] = goal;
  state.counters["of_goal"] = benchmark::Counter(goal, benchmark::Counter::kIsIterationInvariantRate);
}

void course(benchmark::State& state, Worker workers, const std::vector<Edge>& edges, bool by_difference,
            double goal) {
  for (auto _ : state) {
    ExactMoments moments = accelerated_sgd(workers, edges, by_difference);
    benchmark::DoNotOptimize(moments.at(hundred_times(200)));
  }
  report_seconds(state, goal);
}

void ends(benchmark::State& state, Worker workers, const std::vector<Edge>& edges, bool by_difference) {
  for (auto _ : state) {
    ExactMoments moments = accelerated_sgd(workers, edges, by_difference);
    benchmark::DoNotOptimize(moments.limit());
  }
}

const bool registered = [] {
  const auto milliseconds = benchmark::kMillisecond;
  benchmark::RegisterBenchmark("theory/course/ring/64/all_pairs", course, Worker{64}, cycle(64).edges, false,
                               2.0)
      ->Unit(milliseconds);
  benchmark::RegisterBenchmark("theory/course/complete/64/all_pairs", course, Worker{64}, complete(64).edges,
                               false, 2.0)
      ->Unit(milliseconds);
  benchmark::RegisterBenchmark("theory/course/ring/4096", course, Worker{4096}, cycle(4096).edges, true, 1.0)
      ->Unit(milliseconds);
  benchmark::RegisterBenchmark("theory/limit_and_rates/ring/64/all_pairs", ends, Worker{64}, cycle(64).edges,
                               false)
      ->Unit(milliseconds);
  benchmark::RegisterBenchmark("theory/limit_and_rates/ring/4096", ends, Worker{4096}, cycle(4096).edges,
                               true)
      ->Unit(milliseconds);
  return true;
}();

}  // namespace
}  // namespace acidsim
