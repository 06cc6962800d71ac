#include "topologies/families/directed.hpp"

#include <fmt/format.h>

#include <bit>

#include "sim/core/error.hpp"
#include "topologies/families/family_support.hpp"

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
  check_size(n, 1.0 * n * distances(n));
  if (!(duration > 0 && duration < infinity))
    throw InputError("duration", "not a length of time", fmt::format("{}", duration),
                     "a positive number, in units of time");
  GraphSequence sequence;
  sequence.name = fmt::format("one_peer_directed_exponential_{}", n);
  for (int k = 0; k < distances(n); ++k)
    sequence.phases.push_back({shifts(fmt::format("{}_phase_{}", sequence.name, k), n, k, k + 1), duration});
  return sequence;
}

}  // namespace acidsim
