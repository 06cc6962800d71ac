// χ1 and χ2 of large graphs: time, peak memory (the edges included) and accuracy against their goals.
#include <benchmark/benchmark.h>
#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <ctime>
#include <fstream>
#include <functional>
#include <string>
#include <utility>

#include "sim/core/random.hpp"
#include "topologies/families/closed_forms.hpp"
#include "topologies/families/families.hpp"
#include "topologies/spectrum/spectrum.hpp"
#include "topologies/structure.hpp"

namespace acidsim {
namespace {

struct Goal {
  double seconds;
  double gigabytes;
  double chi_1, chi_2;  // relative errors, or widths where bounds are certified
};

// Since the last call of forget_peak(), in GB.
double peak_memory() {
  std::ifstream status("/proc/self/status");
  for (std::string word; status >> word;) {
    if (word != "VmHWM:") continue;
    double kilobytes = 0;
    status >> kilobytes;
    return kilobytes * 1024 / 1e9;
  }
  return 0;
}
// What earlier cases have freed is first given back to the system.
void forget_peak() {
  malloc_trim(0);
  std::ofstream("/proc/self/clear_refs") << "5";
}

double error(double value, double expected) { return std::abs(value / expected - 1.0); }
double width(const Bounds& bounds) { return bounds.high / bounds.low - 1.0; }

struct Accuracy {
  double chi_1, chi_2;
};
using Judge = std::function<Accuracy(const Graph&, const Spectrum&)>;

void report(benchmark::State& state, const Goal& goal, const Accuracy& reached, double seconds) {
  const double memory = peak_memory();
  state.counters["goal_s"] = goal.seconds;
  state.counters["of_goal"] = goal.seconds / seconds;  // ≥ 1: met
  state.counters["peak_gb"] = memory;
  state.counters["peak_goal"] = goal.gigabytes;
  state.counters["chi_1_error"] = reached.chi_1;
  state.counters["chi_2_error"] = reached.chi_2;
  if (!(reached.chi_1 <= goal.chi_1 && reached.chi_2 <= goal.chi_2)) {
    state.SkipWithError("accuracy missed");
  } else if (memory > goal.gigabytes) {
    state.SkipWithError("peak memory above its goal");
  }
}

void measure(benchmark::State& state, const Goal& goal, const std::function<Graph()>& make,
             const Judge& judge) {
  const Graph graph = make();
  double seconds = infinity;
  Spectrum result;
  forget_peak();
  for (auto _ : state) {
    const std::clock_t start = std::clock();
    result = spectrum(graph.workers, graph.edges);
    seconds = std::min(seconds, static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC);
  }
  state.SetLabel(result.method);
  report(state, goal, judge(graph, result), seconds);
}

// All rates are 1: those of uniform_edge at the rate 2m/n.
double unit_rate(const Graph& graph) { return 2.0 * static_cast<double>(graph.edges.size()) / graph.workers; }

// χ's against their formulas, and the worst R_e too where all are equal by Foster's theorem.
Judge against(const std::function<GraphConstants(Worker, double)>& formula) {
  return [=](const Graph& graph, const Spectrum& s) {
    const GraphConstants expected = formula(graph.workers, unit_rate(graph));
    Accuracy reached{error(s.chi_1, expected.chi_1), error(s.chi_2, expected.chi_2)};
    for (const double r : s.resistances)
      reached.chi_2 = std::max(reached.chi_2, error(r, 2.0 * expected.chi_2));
    if (s.resistances.size() != graph.edges.size()) reached.chi_2 = infinity;
    return reached;
  };
}
Accuracy certified(const Graph&, const Spectrum& s) { return {width(s.chi_1_bounds), width(s.chi_2_bounds)}; }

// About `edges` pairs drawn at random, G(n, m) but for the few drawn twice, and of it the largest component:
// with a mean degree of 10, e^{-10} n workers have no neighbour.
Graph random_pairs(Worker n, std::size_t edges) {
  Graph graph;
  graph.workers = n;
  graph.edges.reserve(edges);
  Draws draws(Stream(1, Purpose::topology));
  while (graph.edges.size() < edges) {
    const auto i = static_cast<Worker>(draws.below(n)), j = static_cast<Worker>(draws.below(n));
    if (i != j) graph.edges.push_back({std::min(i, j), std::max(i, j)});
  }
  const auto key = [](const Edge& e) { return std::uint64_t{e.i} << 32 | e.j; };
  std::sort(graph.edges.begin(), graph.edges.end(),
            [&](const Edge& a, const Edge& b) { return key(a) < key(b); });
  const auto same = [&](const Edge& a, const Edge& b) { return key(a) == key(b); };
  graph.edges.erase(std::unique(graph.edges.begin(), graph.edges.end(), same), graph.edges.end());
  return graph;
}

Graph largest_component(Graph graph) {
  const CompressedRows rows = compressed_rows(graph.workers, graph.edges);
  constexpr Worker unseen = ~Worker{0};
  std::vector<Worker> label(graph.workers, unseen), best, reached;
  for (Worker root = 0; root < graph.workers; ++root) {
    if (label[root] != unseen) continue;
    label[root] = 0;
    reached.assign(1, root);
    for (std::size_t k = 0; k < reached.size(); ++k) {
      for (const Worker j : rows.neighbours(reached[k])) {
        if (std::exchange(label[j], 0) == unseen) reached.push_back(j);
      }
    }
    if (reached.size() > best.size()) best.swap(reached);
  }
  std::sort(best.begin(), best.end());
  std::fill(label.begin(), label.end(), unseen);
  for (Worker k = 0; k < best.size(); ++k) label[best[k]] = k;
  std::erase_if(graph.edges, [&](const Edge& e) { return label[e.i] == unseen; });
  for (Edge& e : graph.edges) e = {label[e.i], label[e.j], e.rate};  // in the same order
  graph.workers = static_cast<Worker>(best.size());
  return graph;
}

Graph with_random_rates(Graph graph) {
  Draws draws(Stream(1, Purpose::problem));
  for (Edge& e : graph.edges) e.rate = std::exp(2.0 * draws.normal());
  return graph;
}

GraphConstants square_torus(Worker n, double rate) {
  const auto side = static_cast<Worker>(std::lround(std::sqrt(n)));
  return torus_constants(std::array{side, side}, rate);
}

void add(const char* name, const Goal& goal, std::function<Graph()> make, Judge judge) {
  benchmark::RegisterBenchmark(fmt::format("spectrum/{}", name).c_str(),
                               [=](benchmark::State& state) { measure(state, goal, make, judge); })
      ->Unit(benchmark::kSecond)
      ->Iterations(1);
}

// The accuracy of small graphs is held by tests/topologies; here Foster's law stands for it.
Accuracy foster(const Graph&, const Spectrum& s) { return {0.0, s.foster_residual.value_or(infinity)}; }

const bool registered = [] {
  const Goal small{0.1, 0.05, 1e-10, 1e-10};
  add(
      "small/erdos_renyi", small, [] { return erdos_renyi(1000, 0.009, 1); }, foster);
  add(
      "small/random_rates", small, [] { return with_random_rates(random_regular(1000, 10, 1)); }, foster);
  add(
      "small/random_geometric", small, [] { return random_geometric(1000, 0.07, 1); }, foster);
  add(
      "small/complete_100", small, [] { return complete(100); }, against(complete_constants));
  add(
      "torus/1e5", {3, 0.3, 1e-11, 1e-11}, [] { return torus2d(316, 316); }, against(square_torus));
  add(
      "torus/1e6", {40, 2, 1e-10, 1e-10}, [] { return torus2d(1000, 1000); }, against(square_torus));
  add(
      "cycle/1e6", {8, 1, 1e-10, 1e-10}, [] { return cycle(1000000); }, against(cycle_constants));
  add(
      "path/1e6", {8, 1, 1e-10, 1e-10}, [] { return path(1000000); }, against(path_constants));
  add(
      "random_4_regular/1e5", {8, 0.1, 1e-9, 1e-6}, [] { return random_regular(100000, 4, 1); }, certified);
  add(
      "random_4_regular/1e6", {250, 0.5, 1e-9, 1e-6}, [] { return random_regular(1000000, 4, 1); },
      certified);
  add(
      "random_pairs/5e6", {25, 0.6, 1e-9, 0},
      [] { return largest_component(random_pairs(1000000, 5000000)); }, certified);
  add(
      "random_pairs/1e7", {120, 0.8, 1e-9, 1e-6},
      [] { return largest_component(random_pairs(1000000, 10000000)); }, certified);
  return true;
}();

}  // namespace
}  // namespace acidsim
