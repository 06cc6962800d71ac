// What recording costs at the default cadence: the same run with records and without, by turns.
// Goal: at most 5 % of the run.
#include <benchmark/benchmark.h>

#include "sim/app/json/bind.hpp"
#include "sim/experiment/repeat.hpp"
#include "tests/bench/goal.hpp"

namespace acidsim {
namespace {

// A run of 64 workers on a ring as the application makes it, data loaded and plan made.
class Run {
 public:
  explicit Run(const Json& source)
      : configuration_(make_configuration("bench.json", source)),
        plan_(make_plan(bind(configuration_, configuration_.cells[0]), resources_)) {}
  const Plan& plan() const { return plan_; }
  double seconds() {
    const double start = cpu_seconds();
    benchmark::DoNotOptimize(run_repeat(plan_, 0, resources_, {}));
    return cpu_seconds() - start;
  }

 private:
  Configuration configuration_;
  Resources resources_;
  Plan plan_;
};

void share(benchmark::State& state, Json source) {
  source["record"]["communication_counts"] = false;
  Run with(source);
  source["record"]["every"] = 1e9;
  Run without(source);
  double recorded = infinity, bare = infinity;  // the best of all turns: what others do only ever adds
  for (auto _ : state) {
    bare = std::min(bare, without.seconds());
    recorded = std::min(recorded, with.seconds());
  }
  const double measured = 1 - bare / recorded, goal = 0.05;
  state.counters["every"] = with.plan().expected.record_every;
  state.counters["model"] = with.plan().expected.work.record_share(with.plan().expected.record_every);
  state.counters["share"] = measured;
  state.counters["goal"] = goal;
  state.counters["of_goal"] = goal / std::max(measured, 1e-3);  // below 0.1 % lies the noise
}

// Long enough for more than 20 records at the cadence that is chosen.
void gossip(benchmark::State& state) {
  const std::int64_t d = state.range(0);
  share(state, {{"topology", {{"workers", 64}}},
                {"objective", {{"name", "none"}, {"dimension", d}}},
                {"initial", {{"kind", "normal"}}},
                {"stop", {{"time", 2000 + 2e8 / (32.0 * static_cast<double>(d + 50))}}}});
}

void noisy_quadratic(benchmark::State& state) {
  const std::int64_t d = state.range(0);
  share(state, {{"topology", {{"workers", 64}}},
                {"objective", {{"name", "quadratic"}, {"dimension", d}, {"noise", 1.0}}},
                {"record", {{"metrics", {"consensus_distance", "suboptimality", "distance_to_optimum"}}}},
                {"stop", {{"time", 200 + 4e7 / (96.0 * static_cast<double>(d + 20))}}}});
}

void softmax(benchmark::State& state) {
  share(state,
        {{"topology", {{"workers", 64}}},
         {"objective",
          {{"name", "softmax_regression"},
           {"data", {{"dataset", "synthetic"}, {"samples", 1000}, {"features", 200}, {"classes", 10}}}}},
         {"record", {{"metrics", {"loss", "consensus_distance"}}}},
         {"stop", {{"time", 600}}}});
}

#define ACIDSIM_DIMENSIONS ->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(10000)
BENCHMARK(gossip)->Name("metrics/gossip/d")->Unit(benchmark::kMillisecond)->MinTime(1) ACIDSIM_DIMENSIONS;
BENCHMARK(noisy_quadratic)
    ->Name("metrics/noisy_quadratic/d")
    ->Unit(benchmark::kMillisecond)
    ->MinTime(1) ACIDSIM_DIMENSIONS;
BENCHMARK(softmax)->Name("metrics/softmax")->Unit(benchmark::kMillisecond)->MinTime(1);
#undef ACIDSIM_DIMENSIONS

}  // namespace
}  // namespace acidsim
