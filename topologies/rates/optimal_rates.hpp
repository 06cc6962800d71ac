// Rates that minimise √(χ1χ2), χ1 or χ2 for a fixed edge set.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "topologies/graph.hpp"
#include "topologies/rates/rate_settings.hpp"

namespace acidsim {

// What the rates λ may be: λ ≥ 0, Σ λ_ij ≤ budget, Σ_j λ_ij ≤ max_worker_rate.
struct RateConstraints {
  double budget = 0;                      // > 0, communications per unit time
  std::optional<double> max_worker_rate;  // > 0
};

// Larger graphs are refused.
inline constexpr Worker most_workers_optimised = 2000;           // √(χ1χ2) and χ1, or a cap
inline constexpr Worker most_workers_optimised_chi_2 = 100'000;  // χ2 alone
inline constexpr std::size_t most_edges_optimised = 500'000;

struct OptimalRates {
  std::vector<double> rates;  // one per edge of the graph
  // No rates under the constraints that are positive on every edge (of those not pruned) have an objective
  // below this (rigorous up to rounding).
  double lower_bound = 0;
  std::vector<std::string> notices;  // what the pruning did
};

// The graph must be connected; its weights are ignored. `prune` in [0, 1): see RateSettings. Throws
// InputError("topology", …) where the graph is too large.
OptimalRates optimal_rates(const Graph& graph, RateObjective objective, const RateConstraints& constraints,
                           double prune);

}  // namespace acidsim
