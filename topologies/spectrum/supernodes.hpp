// Columns of a Cholesky factor that have (nearly) the same pattern, put together so that arithmetic runs on
// dense blocks.
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "topologies/spectrum/elimination_tree.hpp"

namespace acidsim {

// Supernode s holds the columns first[s] … first[s + 1] − 1 of the order. Its front is a dense block of
// size[s] rows: the columns themselves, then the later rows they reach, all of which are in the front of its
// parent. The last vertex of the order (the ground) is a row only. Supernodes are postordered.
struct Supernodes {
  std::vector<Vertex> order;   // the vertices of the graph in order of elimination
  std::vector<Vertex> first;   // supernodes + 1 entries
  std::vector<Vertex> size;    // rows of each front
  std::vector<Vertex> parent;  // −1 at a root

  std::size_t count() const { return size.size(); }
  Vertex columns(std::size_t s) const { return first[s + 1] - first[s]; }
};

// Relaxed amalgamation: a child joins its parent where the zeros that are then stored cost less than a front
// of its own [Ashcraft and Grimes, ACM Trans. Math. Softw. 15, 1989].
Supernodes supernodes(const EliminationTree& tree);

struct SupernodeCost {
  double flops = 0;                    // of the factorisation: Σ over columns of (rows from it on)²
  std::int64_t entries = 0, rows = 0;  // of all blocks of columns, and their row numbers
  std::array<std::int64_t, 2> stack_entries{};  // of the fronts alive at once, of even and of odd depth
};
SupernodeCost cost(const Supernodes& s);

// Depth of each supernode, modulo 2. A front and its parent's lie on different stacks, each last in, first
// out.
std::vector<std::uint8_t> depth_parity(const Supernodes& s);

// Lists of the children of each supernode, in increasing order: −1 ends one.
struct Children {
  explicit Children(const Supernodes& s);
  std::vector<Vertex> first, next;
};

}  // namespace acidsim
