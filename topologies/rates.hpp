// From a graph to the rates λ_ij of its communication clocks.
#pragma once

#include <vector>

#include "topologies/graph.hpp"

namespace acidsim {

// With w_ij the weight of an edge, W_i = Σ_j w_ij and r the rate (averagings per worker and unit time, on
// average):
//   uniform_neighbor  λ_ij = (r/2) w_ij (1/W_i + 1/W_j)   each worker wakes at rate r/2 and picks a neighbour
//   uniform_edge      λ_ij = n r w_ij / (2 Σ w)           every edge alike
//   explicit_rates    λ_ij = r w_ij                       the rates of the file, r a common factor
// The uniform ones satisfy Σ λ_ij = n r / 2 exactly (up to rounding).
enum class RateConvention { uniform_neighbor, uniform_edge, explicit_rates };

// The edges of the graph, in its order, with Edge::rate = λ_ij. Weights count as multiplicities in the
// uniform conventions; a file's rates (Graph::weights_are_rates) are no multiplicities and are ignored there:
// w = 1 for every edge of the file, also one of rate 0. The graph must be connected. Throws
// InputError("rate", …) where the rate is negative or not finite, or a λ_ij overflows.
std::vector<Edge> rated_edges(const Graph& graph, RateConvention convention, double rate);

}  // namespace acidsim
