// The matrices that a sequence of graphs prescribes for rounds, written out.
#pragma once

#include "topologies/graph_sequence.hpp"

namespace acidsim {

// W of phase k: W_ij for a message j → i.
inline Matrix<double> prescribed_matrix(const GraphSequence& sequence, std::size_t k) {
  const Graph& graph = sequence.phases[k].graph;
  Matrix<double> matrix = Matrix<double>::Zero(graph.workers, graph.workers);
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const auto [i, j, rate] = graph.edges[e];
    const unsigned ways = graph.directions.empty() ? both_ways : graph.directions[e];
    if (ways & forth) matrix(j, i) = sequence.mixing[k][e];
    if (ways & back) matrix(i, j) = sequence.mixing[k][e];
  }
  matrix.diagonal() = (1 - matrix.rowwise().sum().array()).matrix();
  return matrix;
}

}  // namespace acidsim
