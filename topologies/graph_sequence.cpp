#include "topologies/graph_sequence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <tuple>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

void check_time(const char* place, const std::string& problem, double time) {
  if (time > 0 && time < infinity) return;
  throw InputError(place, problem, fmt::format("{}", time), "a positive number, in units of time");
}

void check_phases(const std::vector<GraphPhase>& phases) {
  if (phases.empty()) throw InputError("phases", "there are none", {}, "at least one graph");
  for (std::size_t k = 0; k < phases.size(); ++k) {
    const auto& [graph, duration] = phases[k];
    check_time("duration", fmt::format("phase {} has no duration", k), duration);
    if (graph.workers != phases[0].graph.workers)
      throw InputError("workers", fmt::format("the graph of phase {} is over other workers", k),
                       fmt::format("{} instead of {}", graph.workers, phases[0].graph.workers),
                       "all phases have the same number of workers");
  }
}

bool precedes(const Edge& a, const Edge& b) { return std::tie(a.i, a.j) < std::tie(b.i, b.j); }

// How long each phase takes within [0, window].
std::vector<double> times_within(const GraphSequence& sequence, double period, double window) {
  const double rounds = sequence.periodic ? std::floor(window / period) : 0;
  const double rest = std::max(window - rounds * period, 0.0);
  std::vector<double> times;
  double begin = 0;
  for (const GraphPhase& phase : sequence.phases) {
    times.push_back(rounds * phase.duration + std::clamp(rest - begin, 0.0, phase.duration));
    begin += phase.duration;
  }
  if (!sequence.periodic) times.back() += std::max(rest - begin, 0.0);  // the last one stays
  return times;
}

}  // namespace

GraphUnion union_of(const GraphSequence& sequence) {
  const std::vector<GraphPhase>& phases = sequence.phases;
  check_phases(phases);
  GraphUnion all;
  all.graph = phases[0].graph;
  all.graph.name = sequence.name;
  all.graph.weights_are_rates = false;
  all.graph.directions.clear();
  std::vector<Edge>& edges = all.graph.edges;
  for (std::size_t k = 1; k < phases.size(); ++k)
    edges.insert(edges.end(), phases[k].graph.edges.begin(), phases[k].graph.edges.end());
  normalise(all.graph);
  for (Edge& edge : edges) edge.rate = 1;
  const std::vector<Worker> sizes = component_sizes(all.graph);
  if (sizes.size() != 1)
    throw InputError("phases", "all graphs together do not connect the workers", describe_components(sizes),
                     "more phases, or graphs with more edges");
  for (const auto& [graph, duration] : phases) {
    std::vector<std::uint32_t>& positions = all.positions.emplace_back();
    positions.reserve(graph.edges.size());
    for (const Edge& edge : graph.edges) {
      const auto found = std::lower_bound(edges.begin(), edges.end(), edge, precedes);
      positions.push_back(static_cast<std::uint32_t>(found - edges.begin()));
    }
  }
  return all;
}

std::vector<Edge> mean_rates(const GraphSequence& sequence, const GraphUnion& all,
                             const std::vector<std::vector<Edge>>& rated, std::optional<double> window) {
  ACIDSIM_CHECK(rated.size() == sequence.phases.size() && rated.size() == all.positions.size());
  double period = 0;
  for (const GraphPhase& phase : sequence.phases) period += phase.duration;
  const double length = window.value_or(period);
  check_time("window", "not a length of time", length);
  const std::vector<double> times = times_within(sequence, period, length);
  std::vector<Edge> mean = all.graph.edges;
  for (Edge& edge : mean) edge.rate = 0;
  for (std::size_t k = 0; k < rated.size(); ++k) {
    ACIDSIM_CHECK(rated[k].size() == all.positions[k].size());
    for (std::size_t e = 0; e < rated[k].size(); ++e)
      mean[all.positions[k][e]].rate += rated[k][e].rate * (times[k] / length);
  }
  return mean;
}

}  // namespace acidsim
