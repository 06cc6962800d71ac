// A cheap estimate of the size of a graph's separators.
#pragma once

#include "topologies/spectrum/fill_ordering.hpp"

namespace acidsim {

// Estimates how many vertices must be removed to leave two parts of similar size: the vertices are grouped
// around random centres by breadth-first search, METIS bisects the graph of these groups, and the size of a
// matching among the edges between the two halves is returned. O(m) time, a few bytes per vertex;
// deterministic.
Vertex estimated_separator(const Adjacency& graph);

// A lower estimate of the cost of a Cholesky factorisation: a separator becomes a dense block of the factor.
// Halves that few edges join are not those that fewest vertices part: with hubs (preferential attachment) the
// best separator has about half of the matching. Measured on this project's families, the bound is between a
// thousandth of the truth (long grids) and 0.9 of it (preferential attachment).
double least_factor_flops(Vertex separator);

}  // namespace acidsim
