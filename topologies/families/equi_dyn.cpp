// EquiTopo's graphs that change: one random offset at a time.
#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "topologies/families/sequence_support.hpp"
#include "topologies/families/sequences.hpp"

namespace acidsim {
namespace {

// What is off the diagonal of (1 − η)I + ηA, where A has (n − 1)/n there.
double weight_of_peer(Worker n, double eta) {
  if (!(eta > 0 && eta <= 1))
    throw InputError("eta", "out of range", fmt::format("{}", eta), "above 0, at most 1");
  return eta * (n - 1.0) / n;
}

Worker draw_offset(Worker n, Draws& draws) { return 1 + static_cast<Worker>(draws.below(n - 1)); }

Worker shifted(Worker i, Worker by, Worker n) { return static_cast<Worker>((std::uint64_t{i} + by) % n); }

}  // namespace

GraphSequence od_equidyn(Worker n, double eta, std::size_t phases, double duration, std::uint64_t seed) {
  GraphSequence sequence = make_sequence("od_equidyn", n, phases, n, duration);
  const double weight = weight_of_peer(n, eta);
  for (std::size_t k = 0; k < phases; ++k) {
    Draws draws(phase_stream(seed, k));
    const Worker offset = draw_offset(n, draws);
    std::vector<Arc> arcs;
    for (Worker i = 0; i < n; ++i) arcs.push_back({i, shifted(i, offset, n)});
    Graph& graph = sequence.phases[k].graph;
    set_arcs(graph, arcs);
    sequence.mixing.emplace_back(graph.edges.size(), weight);
  }
  lay_out_on_circle(sequence);
  return sequence;
}

GraphSequence ou_equidyn(Worker n, double eta, std::size_t phases, double duration, std::uint64_t seed) {
  GraphSequence sequence = make_sequence("ou_equidyn", n, phases, n / 2, duration);
  const double weight = weight_of_peer(n, eta);
  for (std::size_t k = 0; k < phases; ++k) {
    Draws draws(phase_stream(seed, k));
    const Worker offset = draw_offset(n, draws), start = static_cast<Worker>(draws.below(n));
    std::vector<bool> taken(n, false);
    std::vector<Link> links;
    for (Worker step = 0; step < n; ++step) {
      const Worker i = shifted(start, step, n), j = shifted(i, offset, n);
      if (taken[i] || taken[j]) continue;
      taken[i] = taken[j] = true;
      links.push_back({i, j, weight});
    }
    set_links(sequence, k, std::move(links));
  }
  lay_out_on_circle(sequence);
  return sequence;
}

}  // namespace acidsim
