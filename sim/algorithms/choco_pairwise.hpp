// CHOCO on pairwise events: asynchronous gossip with compressed messages and public copies for each edge.
//
// CHOCO [Koloskova, Stich, Jaggi 2019] has one public copy of each worker, which all its neighbours hear of at once.
// Where a worker meets one neighbour at a time each edge needs copies of its own. Both ends of the edge e of i and
// j keep x̂_i^e and x̂_j^e, which start at 0. When they meet,
//
//     q_i = Q(x_i − x̂_i^e),  x̂_i^e ← x̂_i^e + q_i,  x_i ← x_i − ε (x̂_i^e − x̂_j^e),
//
// and the same with i and j exchanged. Σ_i x_i does not change, whatever Q is.
//
//     x_i   model of worker i, in R^d      Q   the codec, `compression` of the algorithm
//     ε     consensus step                 without Q it is async_gossip with α = ε
#pragma once

#include "sim/algorithms/row.hpp"

namespace acidsim {

AlgorithmRow choco_pairwise_row();

}  // namespace acidsim
