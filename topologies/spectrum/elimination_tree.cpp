#include "topologies/spectrum/elimination_tree.hpp"

#include <algorithm>
#include <cstddef>

namespace acidsim {
namespace {

using Vertices = std::vector<Vertex>;

std::size_t at(Vertex v) { return static_cast<std::size_t>(v); }

Vertices inverse(const Vertices& order) {
  Vertices position(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) position[at(order[k])] = static_cast<Vertex>(k);
  return position;
}

// The parent of k is the first later vertex that its column reaches. Every earlier neighbour's root becomes a
// child of k; `ancestor` are the same paths, shortened.
Vertices parents(const Adjacency& graph, const Vertices& order) {
  const Vertices position = inverse(order);
  Vertices parent(order.size(), -1), ancestor(order.size(), -1);
  for (Vertex k = 0; k < graph.vertices(); ++k) {
    for (const Vertex neighbour : graph.of(order[at(k)])) {
      Vertex i = position[at(neighbour)];
      while (i < k) {
        const Vertex next = ancestor[at(i)];
        ancestor[at(i)] = k;
        if (next == -1) parent[at(i)] = k;
        if (next == -1 || next == k) break;
        i = next;
      }
    }
  }
  return parent;
}

// Depth first, children in increasing order, roots in increasing order (so the last root stays last).
Vertices postorder(const Vertices& parent) {
  const auto n = static_cast<Vertex>(parent.size());
  Vertices child(parent.size(), -1), sibling(parent.size(), -1);
  for (Vertex v = n - 1; v >= 0; --v) {
    if (parent[at(v)] == -1) continue;
    sibling[at(v)] = child[at(parent[at(v)])];
    child[at(parent[at(v)])] = v;
  }
  Vertices post;
  post.reserve(parent.size());
  for (Vertex root = 0; root < n; ++root) {
    if (parent[at(root)] != -1) continue;
    Vertex v = root;
    while (true) {
      while (child[at(v)] != -1) v = child[at(v)];
      post.push_back(v);
      while (v != root && sibling[at(v)] == -1) {
        v = parent[at(v)];
        post.push_back(v);
      }
      if (v == root) break;
      v = sibling[at(v)];
    }
  }
  return post;
}

// Row i of the factor is the subtree of those vertices from which a neighbour of i is reached downwards; a
// column counts the row subtrees that it is in. Each is found from its leaves: +1 at a leaf, −1 where two
// paths meet.
class ColumnCounts {
 public:
  explicit ColumnCounts(const Vertices& parent)
      : parent_(parent),
        count_(parent.size()),
        first_(parent.size()),
        newest_first_(parent.size(), -1),
        newest_leaf_(parent.size(), -1),
        set_(parent.size()) {
    for (std::size_t v = 0; v < parent.size(); ++v) set_[v] = first_[v] = static_cast<Vertex>(v);
    for (std::size_t v = 0; v < parent.size(); ++v) {
      count_[v] += first_[v] == static_cast<Vertex>(v);  // a leaf of the tree is the leaf of its own row
      if (parent[v] == -1) continue;
      first_[at(parent[v])] = std::min(first_[at(parent[v])], first_[v]);
      --count_[at(parent[v])];
    }
  }

  void visit(Vertex column, Vertex row) {
    if (first_[at(column)] <= newest_first_[at(row)]) return;  // on a path that is counted already
    newest_first_[at(row)] = first_[at(column)];
    ++count_[at(column)];
    if (newest_leaf_[at(row)] != -1) --count_[at(meeting_point(newest_leaf_[at(row)]))];
    newest_leaf_[at(row)] = column;
  }

  void close(Vertex column) {
    if (parent_[at(column)] != -1) set_[at(column)] = parent_[at(column)];
  }

  Vertices sum() && {
    for (std::size_t v = 0; v < parent_.size(); ++v) {
      if (parent_[v] != -1) count_[at(parent_[v])] += count_[v];
    }
    return std::move(count_);
  }

 private:
  // The least common ancestor of a leaf and the column at hand: the root of the leaf's set of closed columns.
  Vertex meeting_point(Vertex leaf) {
    Vertex root = leaf;
    while (set_[at(root)] != root) root = set_[at(root)];
    while (set_[at(leaf)] != root) {
      const Vertex next = set_[at(leaf)];
      set_[at(leaf)] = root;
      leaf = next;
    }
    return root;
  }

  const Vertices& parent_;
  Vertices count_;
  Vertices first_;                       // the first descendant of each vertex
  Vertices newest_first_, newest_leaf_;  // per row: of the last leaf found
  Vertices set_;
};

}  // namespace

EliminationTree elimination_tree(const Adjacency& graph, const Vertices& order) {
  EliminationTree tree;
  const Vertices unsorted_parent = parents(graph, order);
  const Vertices post = postorder(unsorted_parent);
  const Vertices place = inverse(post);
  tree.order.reserve(order.size());
  tree.parent.reserve(order.size());
  for (const Vertex v : post) {
    const Vertex parent = unsorted_parent[at(v)];
    tree.order.push_back(order[at(v)]);
    tree.parent.push_back(parent == -1 ? -1 : place[at(parent)]);
  }

  const Vertices position = inverse(tree.order);
  ColumnCounts counts(tree.parent);
  for (Vertex column = 0; column < graph.vertices(); ++column) {
    for (const Vertex neighbour : graph.of(tree.order[at(column)])) {
      const Vertex row = position[at(neighbour)];
      if (row > column) counts.visit(column, row);
    }
    counts.close(column);
  }
  tree.count = std::move(counts).sum();
  return tree;
}

double elimination_flops(const EliminationTree& tree) {
  double flops = 0;
  for (const Vertex count : tree.count) flops += static_cast<double>(count) * count;
  return flops;
}

}  // namespace acidsim
