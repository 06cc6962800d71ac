// Graphs and methods that the tests of the spectrum share.
#pragma once

#include <cmath>
#include <vector>

#include "sim/core/random.hpp"
#include "topologies/families/families.hpp"
#include "topologies/spectrum/dense_spectrum.hpp"
#include "topologies/spectrum/iterative_spectrum.hpp"
#include "topologies/spectrum/sparse_spectrum.hpp"

namespace acidsim {

// Rates over `decades` orders of magnitude up to 1, and a fraction `silent` of them 0.
inline std::vector<Edge> random_rates(const Graph& graph, Draws& draws, double decades, double silent = 0.0) {
  std::vector<Edge> edges = graph.edges;
  for (Edge& e : edges) e.rate = draws.uniform() < silent ? 0.0 : std::pow(10.0, -decades * draws.uniform());
  return edges;
}

inline bool connected(Worker n, const std::vector<Edge>& edges) {
  return component_sizes(compressed_rows(n, edges)).size() == 1;
}

// A tree to which random edges are added: bridges, cycles and larger blocks at once.
inline Graph tree_with_chords(Worker n, std::size_t chords, Draws& draws) {
  Graph graph;
  graph.workers = n;
  for (Worker j = 1; j < n; ++j) graph.edges.push_back({static_cast<Worker>(draws.below(j)), j});
  for (std::size_t k = 0; k < chords; ++k) {
    graph.edges.push_back({static_cast<Worker>(draws.below(n)), static_cast<Worker>(draws.below(n))});
  }
  normalise(graph);
  for (Edge& e : graph.edges) e.rate = 1.0;
  return graph;
}

// Each method by itself, whatever spectrum() would choose.
inline Spectrum by_sparse(Worker n, const std::vector<Edge>& edges, double visits = 1e10) {
  const Blocks parts = blocks(compressed_rows(n, edges), edges.size());
  return sparse_spectrum(n, edges, parts, SupernodalCholesky(n, edges), visits);
}
inline Spectrum by_iteration(Worker n, const std::vector<Edge>& edges, double visits = 1e10,
                             const IterativePrecision& precision = narrow_bounds) {
  CompressedRows rows = compressed_rows(n, edges);
  const Blocks parts = blocks(rows, edges.size());
  return iterative_spectrum(edges, std::move(rows), parts, visits, precision);
}

}  // namespace acidsim
