// From a graph to the rates λ_ij of its communication clocks.
#pragma once

#include "topologies/graph.hpp"
#include "topologies/rates/rate_settings.hpp"

namespace acidsim {

// Weights count as multiplicities in the uniform conventions; a file's rates (Graph::weights_are_rates) are
// no multiplicities and are ignored there: w = 1 for every edge of the file, also one of rate 0. The graph
// need not be connected (but for optimized). Throws InputError("rate", …) where the rate is negative or not
// finite, or a λ_ij overflows, and with the name of the setting that does not fit otherwise.
RatedEdges rated_edges(const Graph& graph, const RateSettings& settings);

}  // namespace acidsim
