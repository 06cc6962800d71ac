// Families of directed graphs, every worker of which sends as many messages as it hears. Each throws InputError:
// "workers" where fewer than 2 are asked for or the graph would exceed `largest_graph` edges. Layout: circle.
#pragma once

#include "topologies/graph_sequence.hpp"

namespace acidsim {

// i → i + 1 mod n.
Graph directed_ring(Worker n);

// i → i + 2^k mod n for k = 0 … ⌈log2 n⌉ − 1 [Assran et al., ICML 2019; Ying et al., NeurIPS 2021].
Graph directed_exponential(Worker n);

// One of those distances at a time: in phase k i → i + 2^k mod n. With shares of a half, one push in each phase
// gives all workers the exact average where n is a power of two. Periodic; every phase lasts `duration`.
GraphSequence one_peer_directed_exponential(Worker n, double duration);

}  // namespace acidsim
