// χ1 and χ2 of families by formula, for graphs of any size: exact values to test the numerical methods
// against.
//
// All hold for the rates of `uniform_edge`, λ_ij = n r w_ij / (2 Σ w), w the weights of the graph
// (multiplicities). On all families here but path and barbell, whose workers are not alike,
// `uniform_neighbor` and `metropolis` give the same rates. r > 0 is `rate`; χ's are in units of time. Sizes
// are those that the family accepts, and nothing is checked.
//
// Where a graph is edge-transitive, Foster's theorem gives all resistances at once: χ2 = (n − 1)/(2 Σ λ_ij) =
// (n − 1)/(n r).
#pragma once

#include <span>

#include "sim/core/types.hpp"

namespace acidsim {

GraphConstants complete_constants(Worker n, double rate);
GraphConstants complete_bipartite_constants(Worker a, Worker b, double rate);
GraphConstants cycle_constants(Worker n, double rate);
GraphConstants path_constants(Worker n, double rate);
GraphConstants star_constants(Worker n, double rate);
GraphConstants hypercube_constants(Worker n, double rate);
GraphConstants barbell_constants(Worker n, double rate);

// O(1) where all sides are equal, else O(n × sides).
GraphConstants torus_constants(std::span<const Worker> sides, double rate);

// O(n × offsets), with a table of n sines.
GraphConstants circulant_constants(Worker n, std::span<const Worker> offsets, double rate);
GraphConstants exponential_constants(Worker n, double rate);

}  // namespace acidsim
