#include "topologies/spectrum/separator_estimate.hpp"

#include <metis.h>

#include <algorithm>
#include <cmath>
#include <mutex>
#include <stdexcept>
#include <vector>

#include "sim/core/random.hpp"
#include "topologies/metis_mutex.hpp"

namespace acidsim {
namespace {

constexpr Vertex most_regions = 1000;
constexpr Vertex nowhere = -1;

std::size_t at(Vertex v) { return static_cast<std::size_t>(v); }

// The region of each vertex, all grown from their centres at one pace. Hubs, which every separator may afford
// to hold, and what only they reach are nowhere.
std::vector<Vertex> grow_regions(const Adjacency& graph, Vertex regions) {
  const auto hub = static_cast<std::size_t>(10 * std::sqrt(graph.vertices()));
  std::vector<Vertex> region(at(graph.vertices()), nowhere), queue;
  queue.reserve(region.size());
  Draws draws(Stream(0, Purpose::topology));
  for (Vertex k = 0; k < regions; ++k) {
    const auto centre = static_cast<Vertex>(draws.below(region.size()));
    if (region[at(centre)] != nowhere || graph.of(centre).size() > hub) continue;
    region[at(centre)] = k;
    queue.push_back(centre);
  }
  for (std::size_t k = 0; k < queue.size(); ++k) {
    for (const Vertex v : graph.of(queue[k])) {
      if (region[at(v)] != nowhere || graph.of(v).size() > hub) continue;
      region[at(v)] = region[at(queue[k])];
      queue.push_back(v);
    }
  }
  return region;
}

// The half (0 or 1) of each region: few edges between the halves.
std::vector<Vertex> halve(const Adjacency& graph, const std::vector<Vertex>& region, Vertex regions) {
  std::vector<Vertex> weight(at(regions), 0), between(at(regions) * at(regions), 0);
  for (Vertex v = 0; v < graph.vertices(); ++v) {
    const Vertex own = region[at(v)];
    if (own == nowhere) continue;
    ++weight[at(own)];
    for (const Vertex u : graph.of(v)) {
      if (region[at(u)] != nowhere) ++between[at(own) * at(regions) + at(region[at(u)])];
    }
  }
  std::vector<Vertex> start{0}, neighbours, edges;
  for (Vertex a = 0; a < regions; ++a) {
    for (Vertex b = 0; b < regions; ++b) {
      const Vertex count = between[at(a) * at(regions) + at(b)];
      if (a == b || count == 0) continue;
      neighbours.push_back(b);
      edges.push_back(count);
    }
    start.push_back(static_cast<Vertex>(neighbours.size()));
  }
  Vertex constraints = 1, parts = 2, cut = 0;
  std::vector<Vertex> half(at(regions), 0);
  idx_t options[METIS_NOPTIONS];
  METIS_SetDefaultOptions(options);
  options[METIS_OPTION_UFACTOR] = 200;  // one half may be larger by a fifth
  const std::lock_guard lock(metis_mutex());
  if (METIS_PartGraphRecursive(&regions, &constraints, start.data(), neighbours.data(), weight.data(),
                               nullptr, edges.data(), &parts, nullptr, nullptr, options, &cut,
                               half.data()) != METIS_OK) {
    throw std::runtime_error("METIS could not halve the graph");
  }
  return half;
}

}  // namespace

Vertex estimated_separator(const Adjacency& graph) {
  const Vertex regions = std::min<Vertex>(most_regions, graph.vertices() / 20);
  if (regions < 2) return 0;
  const std::vector<Vertex> region = grow_regions(graph, regions);
  const std::vector<Vertex> half = halve(graph, region, regions);
  // Each edge of a matching has an end in the separator. A greedy one has at least half as many as there can
  // be.
  std::vector<bool> matched(region.size(), false);
  Vertex matching = 0;
  for (Vertex v = 0; v < graph.vertices(); ++v) {
    if (region[at(v)] == nowhere || half[at(region[at(v)])] != 0) continue;
    for (const Vertex u : graph.of(v)) {
      if (matched[at(u)] || region[at(u)] == nowhere || half[at(region[at(u)])] == 0) continue;
      matched[at(u)] = true;
      ++matching;
      break;
    }
  }
  return matching;
}

double least_factor_flops(Vertex separator) {
  const double size = 0.5 * separator;
  return size * size * size / 3;
}

}  // namespace acidsim
