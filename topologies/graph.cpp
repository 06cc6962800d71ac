#include "topologies/graph.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <boost/pending/disjoint_sets.hpp>
#include <functional>
#include <map>
#include <numeric>

#include "sim/core/error.hpp"

namespace acidsim {

namespace {

// Stable counting sort by one end of the edges, O(workers + edges).
template <class End>
void sort_by(std::vector<Edge>& edges, std::vector<Edge>& spare, std::vector<std::size_t>& place, End end) {
  std::fill(place.begin(), place.end(), 0);
  for (const Edge& e : edges) ++place[end(e) + std::size_t{1}];
  std::partial_sum(place.begin(), place.end(), place.begin());
  for (const Edge& e : edges) spare[place[end(e)]++] = e;
  edges.swap(spare);
}

// One worker of its component for each worker.
std::vector<Worker> component_roots(const Graph& graph) {
  // Incremental components (union-find) need 8 bytes per worker and no copy of the edges.
  std::vector<Worker> rank(graph.workers, 0), parent(graph.workers);
  std::iota(parent.begin(), parent.end(), Worker{0});
  boost::disjoint_sets<Worker*, Worker*> sets(rank.data(), parent.data());
  for (const Edge& e : graph.edges) sets.union_set(e.i, e.j);
  for (Worker i = 0; i < graph.workers; ++i) rank[i] = sets.find_set(i);
  return rank;
}

bool before(const Edge& a, const Edge& b) { return a.i != b.i ? a.i < b.i : a.j < b.j; }

}  // namespace

void normalise(Graph& graph) {
  std::vector<Edge>& edges = graph.edges;
  std::erase_if(edges, [](const Edge& e) { return e.i == e.j; });
  for (Edge& e : edges) {
    if (e.i > e.j) std::swap(e.i, e.j);
  }
  // Stable: equal edges are added up in the order given, so the sum does not depend on the sorting algorithm.
  if (!std::is_sorted(edges.begin(), edges.end(), before)) {
    std::vector<Edge> spare(edges.size());
    std::vector<std::size_t> place(std::size_t{graph.workers} + 1);
    sort_by(edges, spare, place, [](const Edge& e) { return e.j; });
    sort_by(edges, spare, place, [](const Edge& e) { return e.i; });
  }
  std::size_t kept = 0;
  for (std::size_t k = 0; k < edges.size(); ++k) {
    if (kept > 0 && edges[kept - 1].i == edges[k].i && edges[kept - 1].j == edges[k].j) {
      edges[kept - 1].rate += edges[k].rate;
    } else {
      edges[kept++] = edges[k];
    }
  }
  edges.resize(kept);
}

void set_arcs(Graph& graph, const std::vector<Arc>& arcs) {
  std::map<std::pair<Worker, Worker>, unsigned> found;
  for (const Arc& arc : arcs)
    if (arc.from != arc.to) found[std::minmax(arc.from, arc.to)] |= arc.from < arc.to ? forth : back;
  graph.edges.clear();
  graph.directions.clear();
  for (const auto& [ends, directions] : found) {
    graph.edges.push_back({ends.first, ends.second, 1.0});
    graph.directions.push_back(static_cast<Direction>(directions));
  }
}

namespace {

// Marks of the workers that worker 0 reaches along the directed edges, or against them.
std::vector<bool> reached(const Graph& graph, bool against) {
  std::vector<std::vector<Worker>> next(graph.workers);
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    const auto [i, j, rate] = graph.edges[e];
    const unsigned ways = graph.directions.empty() ? both_ways : graph.directions[e];
    if (ways & (against ? back : forth)) next[i].push_back(j);
    if (ways & (against ? forth : back)) next[j].push_back(i);
  }
  std::vector<bool> seen(graph.workers, false);
  std::vector<Worker> open{0};
  seen[0] = true;
  while (!open.empty()) {
    const Worker worker = open.back();
    open.pop_back();
    for (const Worker other : next[worker]) {
      if (seen[other]) continue;
      seen[other] = true;
      open.push_back(other);
    }
  }
  return seen;
}

}  // namespace

std::optional<Worker> cut_off_worker(const Graph& graph) {
  for (const bool against : {false, true}) {
    const std::vector<bool> seen = reached(graph, against);
    const auto missed = std::find(seen.begin(), seen.end(), false);
    if (missed != seen.end()) return static_cast<Worker>(missed - seen.begin());
  }
  return {};
}

std::vector<Worker> degrees(const Graph& graph) {
  std::vector<Worker> degree(graph.workers, 0);
  for (const Edge& e : graph.edges) {
    ++degree[e.i];
    ++degree[e.j];
  }
  return degree;
}

std::vector<Worker> component_sizes(const Graph& graph) {
  const std::vector<Worker> roots = component_roots(graph);
  std::vector<Worker> count(graph.workers, 0);
  for (const Worker root : roots) ++count[root];
  std::erase(count, Worker{0});
  std::sort(count.begin(), count.end(), std::greater<>());
  return count;
}

std::vector<bool> in_largest_component(const Graph& graph) {
  const std::vector<Worker> roots = component_roots(graph);
  std::vector<Worker> count(graph.workers, 0);
  for (const Worker root : roots) ++count[root];
  const auto larger = [&](Worker a, Worker b) { return count[a] < count[b]; };
  const Worker chosen = *std::max_element(roots.begin(), roots.end(), larger);  // the first of equal ones
  std::vector<bool> inside(graph.workers);
  for (Worker i = 0; i < graph.workers; ++i) inside[i] = roots[i] == chosen;
  return inside;
}

void keep_workers(Graph& graph, const std::vector<bool>& inside) {
  std::vector<Worker> number(graph.workers);
  std::vector<std::string> names;
  std::vector<std::array<double, 2>> places;
  std::vector<double> rates;
  Worker kept = 0;
  for (Worker i = 0; i < graph.workers; ++i) {
    if (!inside[i]) continue;
    number[i] = kept++;
    names.push_back(graph.worker_names.empty() ? fmt::format("{}", i) : graph.worker_names[i]);
    if (!graph.coordinates.empty()) places.push_back(graph.coordinates[i]);
    if (!graph.worker_rates.empty()) rates.push_back(graph.worker_rates[i]);
  }
  if (kept == graph.workers) return;
  std::erase_if(graph.edges, [&](const Edge& e) { return !inside[e.i] || !inside[e.j]; });
  for (Edge& e : graph.edges) e = {number[e.i], number[e.j], e.rate};
  graph.workers = kept;
  graph.worker_names = std::move(names);
  graph.coordinates = std::move(places);
  graph.worker_rates = std::move(rates);
}

std::string describe_components(const std::vector<Worker>& sizes) {
  const std::size_t shown = std::min<std::size_t>(sizes.size(), 10);
  return fmt::format("{} components of {}{} workers", sizes.size(),
                     fmt::join(sizes.begin(), sizes.begin() + static_cast<std::ptrdiff_t>(shown), ", "),
                     shown < sizes.size() ? ", …" : "");
}

std::string remark_on_rates(const std::vector<Edge>& edges) {
  constexpr double far_apart = 1e12;
  double low = infinity, high = 0;
  for (const Edge& e : edges) {
    if (e.rate == 0) continue;
    low = std::min(low, e.rate);
    high = std::max(high, e.rate);
  }
  if (edges.empty()) return {};
  if (high == 0) return "every rate is 0: with these rates nothing ever communicates";
  if (high / low < far_apart) return {};
  return fmt::format("the rates go from {} to {}: beside the largest the smallest are nothing", low, high);
}

}  // namespace acidsim
