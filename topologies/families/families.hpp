// Families of graphs. Each is a plain function of its parameters; the random ones also of a seed.
// Every family throws InputError: "workers" where fewer than 2 are asked for or the graph would exceed
// `largest_graph` edges, and the name of the parameter that is wrong otherwise. All graphs returned are
// connected and have weight 1 on every edge, except where multiplicity is mentioned. Coordinates (for
// drawing) are set where a layout is customary. All take O(workers + edges).
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "topologies/families/redraws.hpp"
#include "topologies/graph.hpp"

namespace acidsim {

// --- Regular and simple (families.cpp)

// One worker and no edge: what every family is of one worker.
Graph single_worker();

// All n(n − 1)/2 edges. Layout: circle.
Graph complete(Worker n);

// All a·b edges between workers 0 … a − 1 and a … a + b − 1. Layout: two columns.
// Throws InputError("parts", …) where a part is empty.
Graph complete_bipartite(Worker a, Worker b);

// i — i + 1 mod n. n = 2 is a single edge of weight 1. Layout: circle.
Graph cycle(Worker n);

// i — i + 1. Layout: line.
Graph path(Worker n);

// Worker 0 joined to all others. Layout: 0 at the centre of a circle.
Graph star(Worker n);

// i — i ± s mod n for every offset s, 1 ≤ s ≤ n/2, distinct; s = n/2 gives one edge of weight 1 per pair.
// Layout: circle. Throws InputError("offsets", …) otherwise, and where it is not connected (the greatest
// common divisor of n and the offsets is not 1).
Graph circulant(Worker n, std::span<const Worker> offsets);

// i is joined to i ± 2^k mod n for k = 0 … L − 1, L = ⌊log2 n⌋, as in the code of the A²CiD² paper
// (AdelNabli/ACiD), which keeps multiplicity. The weight of (i, j) is the number of those 2L choices of i
// that lead to j: 1, or 2 where 2^k = n/2. Under `uniform_neighbor`, λ_ij = r·weight/(2L). Layout: circle.
Graph exponential(Worker n);

// Workers whose binary numbers differ in one bit are joined; n must be a power of two.
// Layout: bit b moves by the unit vector of angle πb / log2 n.
Graph hypercube(Worker n);

// Two complete graphs, of workers 0 … n/2 − 1 and n/2 … n − 1, joined by the edge (n/2 − 1, n/2); n must be
// even. Layout: two circles.
Graph barbell(Worker n);

// Complete binary tree in heap order: the parent of i is ⌊(i − 1)/2⌋; the last level may be part full, from
// the left. Layout: a level per row, the root on top.
Graph binary_tree(Worker n);

// --- Lattices (lattices.cpp)

// rows × cols lattice, worker = row·cols + col, joined to its 4 nearest. A side may be 1 (a path). Layout:
// lattice.
Graph grid2d(Worker rows, Worker cols);

// The torus of these two sides (see `torus`). Layout: lattice.
Graph torus2d(Worker rows, Worker cols);

// The lattice of these sides, all directions closed; workers in row-major order (the last coordinate moves
// fastest). In a direction of length 2 the step forward and the wrap-around are the same edge: they are
// merged, with weight 2. In a direction of length 1 there are no edges. Layout: lattice; beyond two sides,
// copies of the lattice of the last two side by side, then of those rows below each other, and so on.
// Throws InputError("sides", …) where a side is 0, and beyond 64 sides.
Graph torus(std::span<const Worker> sides);

// n ≥ 1 as a product of `dimensions` ≥ 1 sides that are nearly equal: with k sides to go, the next is the
// largest divisor of what is left up to the k-th root of what is left.
std::vector<Worker> nearly_equal_sides(Worker n, int dimensions);

// --- Random (random_families.cpp, random_regular.cpp, random_geometric.cpp). Equal seeds give equal graphs.
// A disconnected draw is an InputError, never repaired; but a caller may ask for redraws (redraws.hpp).

// G(n, p): each pair is joined with probability p, independently. O(n + edges) by geometric skipping
// [Batagelj and Brandes, Phys. Rev. E 71, 036113, 2005].
Graph erdos_renyi(Worker n, double p, std::uint64_t seed, Redraws* redraws = nullptr);

// A random simple connected graph where every worker has `degree` neighbours: pairing of stubs, keeping only
// suitable pairs [Steger and Wormald, Comb. Probab. Comput. 8, 1999], asymptotically uniform for small
// degrees. Above half of n − 1 the complement is drawn. Degree 2 is a uniform Hamiltonian cycle, and degree n − 3
// is uniform, too; other degrees are not where n is small. n·degree must be even, 1 ≤ degree < n. At most 100
// draws are tried, all from the one stream of `seed`; then InputError("degree", …).
Graph random_regular(Worker n, Worker degree, std::uint64_t seed);

// Small world [Watts and Strogatz, Nature 393, 1998]: a ring where every worker is joined to its `degree`
// nearest (even, at most n/2); then, by distance and from worker 0 on, every edge (i, i + s) is moved with
// probability p to (i, j), j uniform over the workers that are not i's neighbours. Layout: circle.
Graph watts_strogatz(Worker n, Worker degree, double p, std::uint64_t seed, Redraws* redraws = nullptr);

// Preferential attachment [Barabási and Albert, Science 286, 1999]: the star of workers 0 … links, then
// workers one after another, each joined to `links` different earlier ones, drawn one after another with
// probability proportional to their degree (those already drawn are drawn again). (n − links)·links edges;
// connected by construction. 1 ≤ links < n.
Graph barabasi_albert(Worker n, Worker links, std::uint64_t seed);

// Workers at independent uniform places of the unit square, joined where their distance is at most `radius`
// [Gilbert, J. SIAM 9, 1961]; the places are the coordinates. Likely connected well above
// √(ln n / (π n)) [Gupta and Kumar 1998]. 0 < radius ≤ √2.
Graph random_geometric(Worker n, double radius, std::uint64_t seed, Redraws* redraws = nullptr);

}  // namespace acidsim
