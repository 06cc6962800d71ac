// Optimised rates with one thread. Goals in runs per second: 750 workers 10 s, 2000 workers 120 s, least χ2
// of 10⁵ workers 300 s. The counters give the gain over equal rates and the certified gap.
#include <benchmark/benchmark.h>

#include <cmath>

#include "tests/bench/goal.hpp"
#include "topologies/families/families.hpp"
#include "topologies/rates/rates.hpp"

namespace acidsim {
namespace {

void optimise(benchmark::State& state, const Graph& graph, RateObjective objective, double goal_seconds) {
  RateSettings settings;
  settings.scheme = RateScheme::optimized;
  settings.objective = objective;
  RateCertificate certificate;
  for (auto _ : state) certificate = *rated_edges(graph, settings).certificate;
  state.counters["edges"] = static_cast<double>(graph.edges.size());
  state.counters["gain"] = certificate.uniform_value / certificate.value;
  state.counters["gap"] = certificate.gap();
  state_goal_rate(state, static_cast<double>(state.iterations()), 1 / goal_seconds);
}

// Well above the radius at which random geometric graphs become connected.
Graph geometric(Worker n) { return random_geometric(n, 1.8 * std::sqrt(std::log(n) / (3.14159 * n)), 1); }

void both(benchmark::State& state) {
  const auto n = static_cast<Worker>(state.range(0));
  optimise(state, geometric(n), RateObjective::sqrt_chi1_chi2, n > 1000 ? 120 : 10);
}
void scale_free(benchmark::State& state) {
  optimise(state, barabasi_albert(750, 1, 1), RateObjective::sqrt_chi1_chi2, 10);
}
void two_cliques(benchmark::State& state) {
  optimise(state, barbell(static_cast<Worker>(state.range(0))), RateObjective::sqrt_chi1_chi2, 1);
}
void chi_2(benchmark::State& state) {
  const auto side = static_cast<Worker>(state.range(0));
  optimise(state, grid2d(side, side), RateObjective::chi_2, 300);
}

BENCHMARK(both)->Name("rates/geometric")->Arg(200)->Arg(750)->Arg(2000)->Unit(benchmark::kMillisecond);
BENCHMARK(scale_free)->Name("rates/tree/750")->Unit(benchmark::kMillisecond);
BENCHMARK(two_cliques)->Name("rates/barbell")->Arg(32)->Arg(128)->Unit(benchmark::kMillisecond);
BENCHMARK(chi_2)->Name("rates/chi_2/grid/side")->Arg(100)->Arg(316)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace acidsim
