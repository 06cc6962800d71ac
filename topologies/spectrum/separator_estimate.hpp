// A quick look at how far a graph is from having small separators.
#pragma once

#include "topologies/spectrum/fill_ordering.hpp"

namespace acidsim {

// About how many vertices have to go to leave two parts of like size: the vertices are gathered around random
// centres (in the steps of a breadth-first search), METIS halves the graph of those regions, and a matching
// among the edges between the halves is counted. O(m) time, a few bytes per vertex; the same for the same
// graph.
Vertex estimated_separator(const Adjacency& graph);

// What a Cholesky factorisation takes at least, going by that estimate: a separator ends as a dense block.
// Halves that few edges join are not those that fewest vertices part: with hubs (preferential attachment) the
// best separator has about half of the matching. Measured on this project's families, the bound is between a
// thousandth of the truth (long grids) and 0.9 of it (preferential attachment).
double least_factor_flops(Vertex separator);

}  // namespace acidsim
