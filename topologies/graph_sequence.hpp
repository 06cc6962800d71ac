// A graph that changes over time: a list of graphs over the same workers, each with a duration. Families of
// such sequences are in families/sequences.hpp.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "topologies/graph.hpp"

namespace acidsim {

struct GraphPhase {
  Graph graph;          // over all workers; it need not be connected, and may have no edges
  double duration = 1;  // in units of time, > 0
};

// Phase 0 begins at time 0; after the last phase the first begins again (periodic), or the last one stays.
struct GraphSequence {
  std::string name;
  std::vector<GraphPhase> phases;  // at least one
  bool periodic = true;
  // [k][e]: W_ij along edge e of phase k (in a directed graph along its directions), how much of each other's message
  // workers take in a round. Empty where it is left to a rule.
  std::vector<std::vector<double>> mixing = {};
};

// The edges of all phases together.
struct GraphUnion {
  Graph graph;  // each edge of weight 1; names and coordinates are those of the first phase
  std::vector<std::vector<std::uint32_t>> positions;  // [k][e]: of edge e of phase k, in graph.edges
};

// Throws InputError: "phases" where there is none or they do not connect all workers together, "workers"
// where they differ in size, "duration" where one is not positive and finite.
GraphUnion union_of(const GraphSequence& sequence);

// The edges of the union with their mean rates over the time [0, window], the rates of the mean Laplacian.
// rated[k][e] is edge e of phase k with its rate λ_ij. Without a window: over a period, or the sum of the
// durations where the sequence is not periodic. Throws InputError("window", …) unless it is positive and
// finite.
std::vector<Edge> mean_rates(const GraphSequence& sequence, const GraphUnion& all,
                             const std::vector<std::vector<Edge>>& rated,
                             std::optional<double> window = std::nullopt);

}  // namespace acidsim
