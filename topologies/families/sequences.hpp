// Families of graphs that change over time. Each throws InputError: "workers" and "phases" where there are
// too few or the whole is too large, and the name of the parameter that is wrong otherwise. All edges have
// weight 1, and every phase lasts `duration`. The sequences are periodic.
#pragma once

#include <cstdint>

#include "topologies/graph_sequence.hpp"

namespace acidsim {

// In phase k = 0 … ⌈log2 n⌉ − 1 worker i is joined to i + 2^k mod n, for every i: the undirected form of the
// one-peer exponential graph, in which i averages with i + 2^k in round k, one way [Ying et al., Exponential
// graph is provably efficient for decentralized deep training, NeurIPS 2021, eq. (7)]. Undirected, a phase is
// a union of cycles (each worker has the two peers i ± 2^k), and a perfect matching where 2^k = n/2. Over a
// period the union is the exponential graph. Layout: circle.
GraphSequence one_peer_exponential(Worker n, double duration);

// In phase k = 0 … log2 n − 1 worker i is joined to i xor 2^k, for n a power of two: the matchings of the
// hypercube, after one round of which in each phase all workers hold the exact average [Shi, Li, Johansson
// and Johansson, Finite-time convergent gossiping, IEEE/ACM Trans. Netw. 24, 2016]; the pairwise form of the
// one-peer exponential graph. Layout: circle.
GraphSequence one_peer_hypercube(Worker n, double duration);

// In every phase a uniform random matching of the complete graph, of ⌊n/2⌋ pairs; phase k is the same however
// many there are. The union of few phases need not be connected. Layout: circle.
GraphSequence random_matchings(Worker n, std::size_t phases, double duration, std::uint64_t seed);

// Workers walk on the unit torus: each starts at a uniform place and moves by a normal step of standard
// deviation `speed` per coordinate from one phase to the next; those within `radius` (on the torus) are
// joined. Phase k is the same however many there are. O(n + edges) per phase. 0 < radius ≤ 1, 0 ≤ speed ≤ 1.
// Layout: the places.
GraphSequence random_geometric_walk(Worker n, double radius, double speed, std::size_t phases,
                                    double duration, std::uint64_t seed);

}  // namespace acidsim
