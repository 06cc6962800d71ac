// What eliminating the vertices of a graph one by one does to it, found without doing it.
#pragma once

#include <cstdint>
#include <vector>

#include "topologies/spectrum/fill_ordering.hpp"

namespace acidsim {

// The elimination tree in a postorder: a child comes before its parent, and a subtree is contiguous.
struct EliminationTree {
  std::vector<Vertex> order;   // the vertices of the graph, postordered: equivalent to the order given
  std::vector<Vertex> parent;  // of each position; −1 at a root
  // Entries of each column of the factor, the diagonal included: 1 + the neighbours left when it is
  // eliminated.
  std::vector<Vertex> count;
};

// Tree: [Liu, ACM Trans. Math. Softw. 12, 1986]. Counts: [Gilbert, Ng and Peyton, SIAM J. Matrix Anal. Appl.
// 15, 1994]. Time nearly linear in vertices and edges, whatever the fill. The vertex that is last in `order`
// stays last.
EliminationTree elimination_tree(const Adjacency& graph, const std::vector<Vertex>& order);

// Operations of a Cholesky factorisation: Σ count².
double elimination_flops(const EliminationTree& tree);

}  // namespace acidsim
