// All effective resistances of a large sparse graph with one thread: ordering, factorisation, 30 solves
// (about what Lanczos takes for λ2), and resistances. Goals in runs per second: torus 10⁵ 3 s, torus 10⁶ 40
// s, cycle and path 10⁶ 8 s, 1000 workers 0.05 s.
#include <benchmark/benchmark.h>

#include <cmath>
#include <vector>

#include "tests/bench/goal.hpp"
#include "topologies/families/families.hpp"
#include "topologies/spectrum/supernodal_cholesky.hpp"

namespace acidsim {
namespace {

void all_resistances(benchmark::State& state, const Graph& graph, double goal_seconds) {
  double foster = 0;
  for (auto _ : state) {
    SupernodalCholesky factor(graph.workers, graph.edges);
    if (!factor.factorise(graph.edges)) state.SkipWithError("a pivot is not positive");
    std::vector<double> x(graph.workers, 0.0);
    x.front() = 1;
    x.back() = -1;
    for (int k = 0; k < 30; ++k) factor.solve(x);
    factor.invert();
    long double sum = 0;
    for (const Edge& e : graph.edges) sum += e.rate * factor.resistance(e.i, e.j);
    foster = std::abs(static_cast<double>(sum / (graph.workers - 1)) - 1);
    if (!(foster < 1e-12)) state.SkipWithError("Foster's sum is off");
  }
  state.counters["foster"] = foster;
  state_goal_rate(state, static_cast<double>(state.iterations()), 1 / goal_seconds);
}

void torus(benchmark::State& state) {
  const auto side = static_cast<Worker>(state.range(0));
  all_resistances(state, torus2d(side, side), side == 1000 ? 40 : 3);
}
void grid(benchmark::State& state) { all_resistances(state, grid2d(1000, 1000), 40); }
void long_cycle(benchmark::State& state) { all_resistances(state, cycle(1000000), 8); }
void long_path(benchmark::State& state) { all_resistances(state, path(1000000), 8); }
void small_regular(benchmark::State& state) { all_resistances(state, random_regular(1000, 10, 1), 0.05); }

BENCHMARK(torus)->Name("resistances/torus/side")->Arg(316)->Arg(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(grid)->Name("resistances/grid/1000x1000")->Unit(benchmark::kMillisecond);
BENCHMARK(long_cycle)->Name("resistances/cycle/1000000")->Unit(benchmark::kMillisecond);
BENCHMARK(long_path)->Name("resistances/path/1000000")->Unit(benchmark::kMillisecond);
BENCHMARK(small_regular)->Name("resistances/regular/1000x10")->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace acidsim
