#include "topologies/families/directed.hpp"

#include <fmt/format.h>

#include <bit>

#include "topologies/families/sequence_support.hpp"

namespace acidsim {
namespace {

int distances(Worker n) { return n > 2 ? std::bit_width(n - 1) : 1; }

// i → i + 2^k mod n for the given k's.
Graph shifts(const std::string& name, Worker n, int first, int end) {
  Graph graph = make_graph(name, n);
  std::vector<Arc> arcs;
  for (Worker i = 0; i < n; ++i)
    for (int k = first; k < end; ++k)
      arcs.push_back({i, static_cast<Worker>((i + (std::uint64_t{1} << k)) % n)});
  set_arcs(graph, arcs);
  graph.coordinates = circle(n);
  return graph;
}

}  // namespace

Graph directed_ring(Worker n) {
  check_size(n, n);
  return shifts(fmt::format("directed_ring_{}", n), n, 0, 1);
}

Graph directed_exponential(Worker n) {
  check_size(n, 1.0 * n * distances(n));
  return shifts(fmt::format("directed_exponential_{}", n), n, 0, distances(n));
}

GraphSequence one_peer_directed_exponential(Worker n, double duration) {
  GraphSequence sequence =
      make_sequence("one_peer_directed_exponential", n, static_cast<std::size_t>(distances(n)), n, duration);
  for (int k = 0; k < distances(n); ++k) {
    Graph& graph = sequence.phases[static_cast<std::size_t>(k)].graph;
    graph = shifts(graph.name, n, k, k + 1);
  }
  return sequence;
}

}  // namespace acidsim
