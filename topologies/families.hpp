// Families of graphs. Each is a plain function of its parameters; the random ones also of a seed.
// Every family throws InputError: "workers" where fewer than 2 are asked for or the graph would exceed
// `largest_graph` edges, and the name of the parameter that is wrong otherwise. All graphs returned are
// connected and have weight 1 on every edge, except where multiplicity is mentioned. Coordinates (for
// drawing) are set where a layout is customary.
#pragma once

#include <cstdint>

#include "topologies/graph.hpp"

namespace acidsim {

// All n(n − 1)/2 edges. Layout: circle.
Graph complete(Worker n);

// i — i + 1 mod n. n = 2 is a single edge of weight 1. Layout: circle.
Graph cycle(Worker n);

// i — i + 1. Layout: line.
Graph path(Worker n);

// Worker 0 joined to all others. Layout: 0 at the centre of a circle.
Graph star(Worker n);

// rows × cols lattice, worker = row·cols + col, joined to its 4 nearest. A side may be 1 (a path). Layout:
// lattice.
Graph grid2d(Worker rows, Worker cols);

// As grid2d, with both directions closed. In a direction of length 2 the step forward and the wrap-around are
// the same edge: they are merged, with weight 2. In a direction of length 1 there are no edges. Layout:
// lattice.
Graph torus2d(Worker rows, Worker cols);

// Workers whose binary numbers differ in one bit are joined; n must be a power of two.
// Layout: bit b moves by the unit vector of angle πb / log2 n.
Graph hypercube(Worker n);

// i is joined to i ± 2^k mod n for k = 0 … L − 1, L = ⌊log2 n⌋, as in the code of the A²CiD² paper
// (AdelNabli/ACiD), which keeps multiplicity. The weight of (i, j) is the number of those 2L choices of i
// that lead to j: 1, or 2 where 2^k = n/2. Under `uniform_neighbor`, λ_ij = r·weight/(2L). Layout: circle.
Graph exponential(Worker n);

// G(n, p): each pair is joined with probability p, independently. O(n + edges) by geometric skipping
// [Batagelj and Brandes, Phys. Rev. E 71, 036113, 2005]. A disconnected draw is an InputError, never
// repaired.
Graph erdos_renyi(Worker n, double p, std::uint64_t seed);

// A random simple connected graph where every worker has `degree` neighbours: pairing of stubs, keeping only
// suitable pairs [Steger and Wormald, Comb. Probab. Comput. 8, 1999], asymptotically uniform for small
// degrees. Above half of n − 1 the complement is drawn; degree 2 is a uniform Hamiltonian cycle. n·degree
// must be even, 1 ≤ degree < n. At most 100 draws are tried, all from the one stream of `seed`; then
// InputError("degree", …).
Graph random_regular(Worker n, Worker degree, std::uint64_t seed);

}  // namespace acidsim
