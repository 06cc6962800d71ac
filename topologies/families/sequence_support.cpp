#include "topologies/families/sequence_support.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>
#include <utility>

#include "sim/core/error.hpp"

namespace acidsim {

GraphSequence make_sequence(const char* family, Worker n, std::size_t phases, double edges_per_phase,
                            double duration) {
  check_size(n, edges_per_phase);
  if (phases < 1) throw InputError("phases", "too few", "0", "at least 1");
  const double all = static_cast<double>(phases) * std::max(edges_per_phase, static_cast<double>(n));
  if (all > static_cast<double>(largest_graph))
    throw InputError(
        "phases", "the sequence is too large",
        fmt::format("{} graphs of {} workers and about {:.3g} edges", phases, n, edges_per_phase),
        fmt::format("at most {} workers, and edges, in all graphs together", largest_graph));
  if (!(duration > 0 && duration < infinity))
    throw InputError("duration", "not a length of time", fmt::format("{}", duration),
                     "a positive number, in units of time");
  GraphSequence sequence;
  sequence.name = fmt::format("{}_{}", family, n);
  for (std::size_t k = 0; k < phases; ++k)
    sequence.phases.push_back({make_graph(fmt::format("{}_phase_{}", sequence.name, k), n), duration});
  return sequence;
}

void lay_out_on_circle(GraphSequence& sequence) {
  const std::vector<Point> places = circle(sequence.phases[0].graph.workers);
  for (GraphPhase& phase : sequence.phases) phase.graph.coordinates = places;
}

Stream phase_stream(std::uint64_t seed, std::size_t phase) {
  return Stream(seed, Purpose::topology, static_cast<std::uint32_t>(phase));
}

void set_links(GraphSequence& sequence, std::size_t k, std::vector<Link> links) {
  for (Link& link : links)
    if (link.i > link.j) std::swap(link.i, link.j);
  std::sort(links.begin(), links.end(),
            [](const Link& a, const Link& b) { return std::tie(a.i, a.j) < std::tie(b.i, b.j); });
  sequence.mixing.resize(sequence.phases.size());
  for (const auto& [i, j, weight] : links) {
    sequence.phases[k].graph.edges.push_back({i, j});
    sequence.mixing[k].push_back(weight);
  }
}

}  // namespace acidsim
