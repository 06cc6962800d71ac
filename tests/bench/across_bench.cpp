// Runs side by side: whole experiments, from configuration to results on disk, on one thread and on two by
// turns. Goal: 1.95 times as fast on two cores of an idle machine.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <chrono>
#include <stdexcept>

#include "sim/app/runner/runner.hpp"

namespace acidsim {
namespace {

namespace fs = std::filesystem;

double wall_seconds(const Configuration& configuration, const fs::path& out, int threads) {
  RunOptions options;
  options.out = out;
  options.threads = threads;
  options.quiet = true;
  const auto start = std::chrono::steady_clock::now();
  if (run_experiment(configuration, options) != 0) throw std::runtime_error("a run failed");
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fs::remove_all(out);
  return seconds;
}

void compare(benchmark::State& state, const Json& source) {
  const Configuration configuration = make_configuration("bench.json", source);
  std::string folder = (fs::temp_directory_path() / "acidsim-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) return state.SkipWithError("no temporary folder");
  double one = 0, two = 0;
  for (auto _ : state) {
    one += wall_seconds(configuration, fs::path(folder) / "one", 1);
    two += wall_seconds(configuration, fs::path(folder) / "two", 2);
  }
  fs::remove_all(folder);
  constexpr double goal = 1.95;
  state.counters["one_s"] = benchmark::Counter(one, benchmark::Counter::kAvgIterations);
  state.counters["two_s"] = benchmark::Counter(two, benchmark::Counter::kAvgIterations);
  state.counters["speedup"] = one / two;
  state.counters["goal"] = goal;
  state.counters["of_goal"] = one / two / goal;
}

Json gossip(Json workers, double time) {
  return {{"topology", {{"workers", std::move(workers)}}},
          {"objective", {{"name", "none"}, {"dimension", 100}}},
          {"initial", {{"kind", "normal"}}},
          {"stop", {{"time", time}}}};
}

void repeats_gossip(benchmark::State& state) {
  Json source = gossip(64, 200000);
  source["repeats"] = 8;
  compare(state, source);
}

void repeats_softmax(benchmark::State& state) {
  compare(state,
          {{"topology", {{"workers", 64}}},
           {"repeats", 8},
           {"objective",
            {{"name", "softmax_regression"},
             {"data", {{"dataset", "synthetic"}, {"samples", 5000}, {"features", 200}, {"classes", 10}}}}},
           {"stop", {{"time", 600}}}});
}

// Cells of very different cost, the largest last in the file.
void cells(benchmark::State& state) {
  Json source = gossip(16, 100000);
  source["sweep"] = {{"topology.workers", {8, 8, 16, 16, 16, 32, 32, 64, 64, 128, 256}}};
  compare(state, source);
}

// Real time: the threads are the program's own.
BENCHMARK(repeats_gossip)->Name("across/repeats/gossip")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(repeats_softmax)->Name("across/repeats/softmax")->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(cells)->Name("across/cells")->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace acidsim
