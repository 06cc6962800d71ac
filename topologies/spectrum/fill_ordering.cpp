#include "topologies/spectrum/fill_ordering.hpp"

#include <metis.h>

#include <Eigen/OrderingMethods>
#include <Eigen/SparseCore>
#include <algorithm>
#include <numeric>
#include <stdexcept>
#include <type_traits>

#include "topologies/metis_mutex.hpp"

namespace acidsim {

static_assert(std::is_same_v<idx_t, Vertex>, "METIS must be built with 32-bit indices");

Adjacency adjacency(Worker workers, std::span<const Edge> edges) {
  Adjacency graph;
  graph.start.assign(std::size_t{workers} + 1, 0);
  for (const Edge& e : edges) {
    ++graph.start[e.i + 1];
    ++graph.start[e.j + 1];
  }
  std::partial_sum(graph.start.begin(), graph.start.end(), graph.start.begin());
  graph.neighbours.resize(2 * edges.size());
  std::vector<Vertex> next(graph.start.begin(), graph.start.end() - 1);
  for (const Edge& e : edges) {
    graph.neighbours[static_cast<std::size_t>(next[e.i]++)] = static_cast<Vertex>(e.j);
    graph.neighbours[static_cast<std::size_t>(next[e.j]++)] = static_cast<Vertex>(e.i);
  }
  return graph;
}

Adjacency without_vertex(const Adjacency& graph, Vertex vertex) {
  Adjacency rest;
  rest.start.reserve(graph.start.size() - 1);
  rest.neighbours.reserve(graph.neighbours.size());
  rest.start.push_back(0);
  for (Vertex v = 0; v < graph.vertices(); ++v) {
    if (v == vertex) continue;
    for (const Vertex u : graph.of(v)) {
      if (u != vertex) rest.neighbours.push_back(u - (u > vertex));
    }
    rest.start.push_back(static_cast<Vertex>(rest.neighbours.size()));
  }
  return rest;
}

std::vector<Vertex> minimum_degree_order(const Adjacency& graph) {
  const Vertex n = graph.vertices();
  if (n == 0) return {};
  // Eigen's routine works on the pattern of a matrix with its diagonal, in place.
  Eigen::SparseMatrix<signed char, Eigen::ColMajor, Vertex> pattern(n, n);
  pattern.resizeNonZeros(n + static_cast<Index>(graph.neighbours.size()));
  Vertex filled = 0;
  for (Vertex v = 0; v < n; ++v) {
    pattern.outerIndexPtr()[v] = filled;
    pattern.innerIndexPtr()[filled++] = v;
    for (const Vertex u : graph.of(v)) pattern.innerIndexPtr()[filled++] = u;
  }
  pattern.outerIndexPtr()[n] = filled;
  Eigen::PermutationMatrix<Eigen::Dynamic, Eigen::Dynamic, Vertex> order;
  Eigen::internal::minimum_degree_ordering(pattern, order);
  return {order.indices().data(), order.indices().data() + n};
}

std::vector<Vertex> nested_dissection_order(const Adjacency& graph) {
  Vertex n = graph.vertices();
  std::vector<Vertex> order(static_cast<std::size_t>(n)), position(order.size());
  std::iota(order.begin(), order.end(), 0);
  if (graph.neighbours.empty()) return order;
  Adjacency copy = graph;  // METIS renumbers in place
  idx_t options[METIS_NOPTIONS];
  METIS_SetDefaultOptions(options);
  const std::lock_guard lock(metis_mutex());
  if (METIS_NodeND(&n, copy.start.data(), copy.neighbours.data(), nullptr, options, order.data(),
                   position.data()) != METIS_OK) {
    throw std::runtime_error("METIS could not order the graph");
  }
  return order;
}

}  // namespace acidsim
