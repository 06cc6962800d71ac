// How the communication rate is spread over the edges of a graph, and what comes of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// With w_ij the weight of an edge, W_i = Σ_j w_ij and r the rate (averagings per worker and unit time, on
// average):
//   uniform_neighbor  λ_ij = (r/2) w_ij (1/W_i + 1/W_j)   each worker wakes at rate r/2 and picks a neighbour
//   uniform_edge      λ_ij = n r w_ij / (2 Σ w)           every edge alike
//   metropolis        λ_ij ∝ w_ij / (1 + max(W_i, W_j)), scaled to Σ λ_ij = n r / 2
//   explicit_rates    λ_ij = r w_ij                       w = the rates of the file or of `explicit_edges`
//   optimized         λ that minimise an objective under Σ λ_ij ≤ budget (optimal_rates.hpp)
// All but explicit_rates satisfy Σ λ_ij = n r / 2 (up to rounding) unless a cap or a budget says otherwise;
// explicit_rates do where they are scaled to it.
enum class RateScheme { uniform_neighbor, uniform_edge, metropolis, explicit_rates, optimized };

// What optimized rates minimise.
enum class RateObjective { sqrt_chi1_chi2, chi_1, chi_2 };

struct RateSettings {
  RateScheme scheme = RateScheme::uniform_neighbor;
  double rate = 1;  // r, the communication rate
  // explicit_rates alone: the rates, one per edge of the graph, in any order; empty = the file's.
  std::vector<Edge> explicit_edges;
  bool scale_to_budget = false;  // explicit_rates alone: λ_ij = n r w_ij / (2 Σ w)
  // No worker takes part in more averagings per unit time than this: Σ_j λ_ij ≤ cap. `optimized` respects it
  // as a constraint; every other scheme multiplies λ_ij by min(1, cap / load_i, cap / load_j).
  std::optional<double> max_worker_rate;
  // optimized alone.
  RateObjective objective = RateObjective::sqrt_chi1_chi2;
  std::optional<double> budget;  // communications per unit time; nothing = n r / 2
  // Edges below this fraction of the largest rate get rate 0, and the rest is optimised again.
  double prune = 0;
};

// How near an optimum is: no rates under the same constraints, positive on every edge that was not pruned,
// have an objective below lower_bound. (An edge of rate 0 does not count in χ2, so which edges to keep is
// another, not convex question: pruning may find better rates than lower_bound of the whole graph.)
struct RateCertificate {
  double value = 0;          // of the objective, at the rates given (pruning included)
  double uniform_value = 0;  // of the objective at the uniform_edge rates of the same budget (and cap)
  double lower_bound = 0;
  double gap() const { return value / lower_bound - 1; }
};

struct RatedEdges {
  std::vector<Edge> edges;                     // the graph's, in its order, with Edge::rate = λ_ij
  std::optional<RateCertificate> certificate;  // of `optimized`
  std::vector<std::string> notices;            // what a cap or the pruning did, for the user to read
};

}  // namespace acidsim
