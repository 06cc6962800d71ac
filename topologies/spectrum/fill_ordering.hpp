// Orders of elimination that keep a sparse Cholesky factor sparse.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Vertices and positions in an order. Signed, because METIS and Eigen have them so.
using Vertex = std::int32_t;

// The neighbours of v: neighbours[start[v]] … neighbours[start[v + 1] − 1], increasing where the edges are
// sorted.
struct Adjacency {
  std::vector<Vertex> start, neighbours;

  Vertex vertices() const { return static_cast<Vertex>(start.size()) - 1; }
  std::span<const Vertex> of(Vertex v) const {
    const auto first = static_cast<std::size_t>(start[static_cast<std::size_t>(v)]);
    const auto last = static_cast<std::size_t>(start[static_cast<std::size_t>(v) + 1]);
    return std::span(neighbours).subspan(first, last - first);
  }
};

Adjacency adjacency(Worker workers, std::span<const Edge> edges);
// Without one vertex; those after it move up by one place.
Adjacency without_vertex(const Adjacency& graph, Vertex vertex);

// Both return the vertices in order of elimination, the same for the same graph.
// Approximate minimum degree [Amestoy, Davis and Duff 1996], by Eigen: the quickest, and near the best on
// trees and cycles.
std::vector<Vertex> minimum_degree_order(const Adjacency& graph);
// Nested dissection [Karypis and Kumar 1998], by METIS: an order of magnitude slower, for large meshes
// several times less fill.
std::vector<Vertex> nested_dissection_order(const Adjacency& graph);

}  // namespace acidsim
