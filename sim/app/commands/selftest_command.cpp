// `acidsim selftest`: whether this build does on this machine what it should.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>

#include "sim/app/commands/commands.hpp"
#include "sim/experiment/run.hpp"
#include "sim/experiment/theory.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace {

// All draws have fixed seeds: a check that holds once holds always, on machines that round alike.
struct SelfCheck {
  bool holds;
  std::string found;
};

Experiment small_sgd(const Graph& graph, const char* method) {
  Experiment experiment;
  experiment.name = "selftest";
  experiment.place = "selftest";
  experiment.topology = fixed_graph(graph);
  experiment.algorithm.name = method;
  experiment.objective = quadratic_objective(
      {.dimension = 2, .curvature_min = 0.5, .curvature_max = 2, .noise = 1, .heterogeneity = 1});
  experiment.initial.kind = InitialKind::normal;
  experiment.stop.rules.time = 20;
  experiment.record.every = 10;
  experiment.record.metrics = {"consensus_distance", "distance_to_optimum"};
  return experiment;
}

// Times between the events of each worker or edge, in units of their mean.
std::vector<double> scaled_gaps(const Plan& plan, Verb verb, double until) {
  std::map<std::uint64_t, double> rates, last;
  for (const Edge& edge : plan.network->edges) rates[pair_key(edge.i, edge.j)] = edge.rate;
  const std::vector<double> gradient_rates = plan.gradient_rates(plan.experiment.seed);
  std::vector<double> gaps;
  for (const Event& event : events_between(*plan.schedule(plan.experiment.seed), 0, until)) {
    if (event.verb != verb) continue;
    const bool exchange = verb == Verb::exchange;
    const std::uint64_t clock = exchange ? pair_key(event.i, event.j) : event.i;
    gaps.push_back((event.time - last[clock]) * (exchange ? rates.at(clock) : gradient_rates[event.i]));
    last[clock] = event.time;
  }
  return gaps;
}

// Kolmogorov's D √N against Exp(1); above 1.95 for one in a thousand seeds.
SelfCheck exponential_gaps(Verb verb) {
  Experiment experiment = small_sgd(barbell(10), "async_gossip");
  experiment.timing.gradient_rate = std::vector<double>{0.5, 1, 1.5, 2, 1, 1, 0.7, 1.3, 1, 3};
  Resources resources;
  const Plan plan = make_plan(experiment, resources);
  std::vector<double> gaps = scaled_gaps(plan, verb, 2000);
  std::sort(gaps.begin(), gaps.end());
  const auto count = static_cast<double>(gaps.size());
  double distance = gaps.empty() ? 1 : 0;
  for (std::size_t k = 0; k < gaps.size(); ++k) {
    const double law = -std::expm1(-gaps[k]), below = static_cast<double>(k) / count;
    distance = std::max({distance, law - below, below + 1 / count - law});
  }
  const double statistic = distance * std::sqrt(count);
  return {statistic < 1.95, fmt::format("{} gaps, D√N = {:.2f} (< 1.95)", gaps.size(), statistic)};
}

SelfCheck conserved_mean(const char* method) {
  Experiment experiment = small_sgd(cycle(16), method);
  experiment.objective = pure_gossip(100);
  experiment.record.metrics = {"mean_drift"};
  experiment.stop.rules.time = 200;
  const Results results = run(experiment);
  const double drift = results.repeats[0].records.back().metrics[0];
  return {drift < 1e-24, fmt::format("‖x̄ − x̄ at the start‖² = {:.1e} (< 1e-24)", drift)};
}

// Means over repeats against their exact expectations.
SelfCheck moments_of(const Graph& graph, const char* method) {
  Experiment experiment = small_sgd(graph, method);
  experiment.repeats = 200;
  std::vector<double> rates;
  for (Worker i = 0; i < graph.workers; ++i) rates.push_back(0.5 + 0.2 * (i % 5));
  experiment.timing.gradient_rate = rates;
  const Results results = run(experiment);
  Resources resources;
  const Theory theory = exact_theory(results.plan, resources);
  double largest = 0;
  for (std::size_t t = 1; t < theory.times.size(); ++t)
    for (std::size_t m = 0; m < 2; ++m) {
      double sum = 0, squares = 0;
      for (const RepeatResult& repeat : results.repeats) {
        const double value = repeat.records.at(t).metrics[m];
        sum += value;
        squares += value * value;
      }
      const double count = experiment.repeats, mean = sum / count;
      const double deviation = std::sqrt((squares / count - mean * mean) / (count - 1));
      const double expected = theory.expected(static_cast<Index>(t), static_cast<Index>(m));
      largest = std::max(largest, std::abs(mean - expected) / deviation);
    }
  return {largest < 4, fmt::format("{} workers, 200 repeats, |z| ≤ {:.2f} (< 4)", graph.workers, largest)};
}

SelfCheck equal_bits(const char* method) {
  Experiment experiment = small_sgd(torus2d(4, 4), method);
  experiment.stop.rules.time =
      5;  // threads wait for each other some hundred times, which takes long on a busy machine
  const std::string serial = run(experiment).repeats[0].state_digest;
  const std::string threads = run(experiment, {}, OpenMp{2, Sharing::always}).repeats[0].state_digest;
  return {serial == threads, fmt::format("serial {:.8} and two threads {:.8}", serial, threads)};
}

}  // namespace

int selftest_command() {
  const auto start = std::chrono::steady_clock::now();
  int failed = 0, checks = 0;
  const auto tell = [&](const std::string& what, const auto& check) {
    const SelfCheck result = check();
    ++checks;
    failed += result.holds ? 0 : 1;
    fmt::print("{}  {:44} {}\n", result.holds ? "ok  " : "FAIL", what, result.found);
    std::fflush(stdout);
  };
  tell("times between gradients: exponential", [] { return exponential_gaps(Verb::gradient); });
  tell("times between communications: exponential", [] { return exponential_gaps(Verb::exchange); });
  for (const char* method : {"async_gossip", "a2cid2"}) {
    tell(fmt::format("{}: the mean is conserved", method), [&] { return conserved_mean(method); });
    tell(fmt::format("{}: theory, Erdős–Rényi graph", method),
         [&] { return moments_of(erdos_renyi(8, 0.5, 1), method); });
    tell(fmt::format("{}: theory, random 3-regular graph", method),
         [&] { return moments_of(random_regular(10, 3, 2), method); });
    tell(fmt::format("{}: theory, Barabási–Albert graph", method),
         [&] { return moments_of(barabasi_albert(9, 2, 3), method); });
    tell(fmt::format("{}: the same bits on threads", method), [&] { return equal_bits(method); });
  }
  tell("gossip_tracking: theory, random 3-regular graph",
       [&] { return moments_of(random_regular(10, 3, 4), "gossip_tracking"); });
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  fmt::print(
      "not tested in one process: the backend mpi (mpirun -np 2 acidsim run FILE --backend mpi --verify)\n");
  if (failed == 0)
    fmt::print("all {} checks hold ({:.1f} s)\n", checks, seconds);
  else
    fmt::print("{} of {} checks FAIL ({:.1f} s)\n", failed, checks, seconds);
  return failed == 0 ? 0 : 1;
}

}  // namespace acidsim
