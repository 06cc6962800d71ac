#include "topologies/rates/optimal_rates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/pending/disjoint_sets.hpp>
#include <cmath>
#include <numeric>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/rates/chi_2_rates.hpp"
#include "topologies/rates/rate_barrier.hpp"
#include "topologies/rates/rate_descent.hpp"

namespace acidsim {
namespace {

// About a second; the barrier method, O(m³) a step, is the more accurate one.
constexpr Index most_edges_for_barrier = 300;
constexpr double barrier_gap = 1e-4, descent_gap = 1e-3, chi_2_gap = 1e-4;

[[noreturn]] void refuse(const char* what, std::uint64_t size, std::uint64_t limit) {
  throw InputError("topology", fmt::format("too many {} for optimized rates", what), fmt::format("{}", size),
                   fmt::format("at most {}; objective chi_2 without max_worker_rate takes {} workers", limit,
                               most_workers_optimised_chi_2));
}

// In units where the budget is n/2, so that rates are near 1 whatever the unit of time. Constraints that
// cannot bind are dropped: a budget larger than the caps allow to spend, or caps larger than the budget
// allows to reach.
RateProblem scaled_problem(const Graph& graph, RateObjective objective, const RateConstraints& constraints,
                           double& unit) {
  RateProblem problem;
  problem.workers = graph.workers;
  problem.edges = graph.edges;
  problem.budget = 0.5 * graph.workers;
  problem.chi_1 = objective != RateObjective::chi_2;
  problem.chi_2 = objective != RateObjective::chi_1;
  double budget = constraints.budget;
  if (constraints.max_worker_rate) {
    budget = std::min(budget, problem.budget * *constraints.max_worker_rate);
    if (*constraints.max_worker_rate < budget)
      problem.cap = *constraints.max_worker_rate * (problem.budget / budget);
  }
  unit = budget / problem.budget;
  return problem;
}

RateSolution solve(const RateProblem& problem) {
  if (!problem.chi_1 && !problem.cap) return minimise_chi_2(problem, chi_2_gap);
  if (problem.size() <= most_edges_for_barrier) return optimise_by_barrier(problem, barrier_gap);
  return optimise_by_descent(problem, descent_gap);
}

// Which edges are kept: those with a rate of at least `threshold`, and from the others those of a maximum
// spanning tree that are needed to connect all workers.
std::vector<bool> kept_edges(const RateProblem& problem, const Vector<double>& rates, double threshold) {
  std::vector<Index> order(problem.edges.size());
  std::iota(order.begin(), order.end(), Index{0});
  std::stable_sort(order.begin(), order.end(), [&](Index a, Index b) { return rates[a] > rates[b]; });
  std::vector<Worker> rank(problem.workers, 0), parent(problem.workers);
  std::iota(parent.begin(), parent.end(), Worker{0});
  boost::disjoint_sets<Worker*, Worker*> sets(rank.data(), parent.data());
  std::vector<bool> kept(problem.edges.size(), false);
  for (const Index e : order) {
    const Edge& edge = problem.edges[static_cast<std::size_t>(e)];
    const bool joins = sets.find_set(edge.i) != sets.find_set(edge.j);
    kept[static_cast<std::size_t>(e)] = rates[e] >= threshold || joins;
    if (joins) sets.link(sets.find_set(edge.i), sets.find_set(edge.j));
  }
  return kept;
}

// Solves again over the edges worth keeping, the others at rate 0. Returns how many those are.
std::size_t prune_and_solve(RateProblem problem, double fraction, RateSolution& solution) {
  const std::vector<bool> kept = kept_edges(problem, solution.rates, fraction * solution.rates.maxCoeff());
  const auto pruned = static_cast<std::size_t>(std::count(kept.begin(), kept.end(), false));
  if (pruned == 0) return 0;
  std::vector<Edge> edges;
  for (std::size_t e = 0; e < kept.size(); ++e) {
    if (kept[e]) edges.push_back(problem.edges[e]);
  }
  problem.edges = std::move(edges);
  const RateSolution rest = solve(problem);
  solution.lower_bound = rest.lower_bound;
  for (Index e = 0, next = 0; e < solution.rates.size(); ++e) {
    solution.rates[e] = kept[static_cast<std::size_t>(e)] ? rest.rates[next++] : 0.0;
  }
  return pruned;
}

}  // namespace

OptimalRates optimal_rates(const Graph& graph, RateObjective objective, const RateConstraints& constraints,
                           double prune) {
  double unit = 1.0;
  const RateProblem problem = scaled_problem(graph, objective, constraints, unit);
  const bool chi_2_alone = !problem.chi_1 && !problem.cap;
  const Worker most_workers = chi_2_alone ? most_workers_optimised_chi_2 : most_workers_optimised;
  if (graph.workers > most_workers) refuse("workers", graph.workers, most_workers);
  if (graph.edges.size() > most_edges_optimised) refuse("edges", graph.edges.size(), most_edges_optimised);

  RateSolution solution = solve(problem);
  OptimalRates result;
  if (prune > 0.0) {
    const std::size_t pruned = prune_and_solve(problem, prune, solution);
    result.notices.push_back(
        fmt::format("prune {}: {} of {} edges have rate 0", prune, pruned, graph.edges.size()));
  }
  result.lower_bound = solution.lower_bound / unit;
  result.rates.resize(graph.edges.size());
  for (std::size_t e = 0; e < result.rates.size(); ++e)
    result.rates[e] = solution.rates[static_cast<Index>(e)] * unit;
  return result;
}

}  // namespace acidsim
