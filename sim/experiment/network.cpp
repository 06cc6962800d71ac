#include "sim/experiment/network.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/system/digest.hpp"
#include "topologies/graph_sequence.hpp"

namespace acidsim {
namespace {

// Up to this many workers the χ's are computed even where only the record wants them.
constexpr Worker cheap_spectrum = 1500;
// Bounds that lie further apart than this, relatively, are not taken for the value.
constexpr double close_bounds = 1e-5;

// Multiplying the communication rate multiplies every λ_ij: spectra and designs are computed at rate 1 alone.
bool scales(const RateSettings& rates) { return !rates.max_worker_rate && !rates.budget; }

// An error of the rates, placed where the user wrote what is wrong.
template <class Action>
auto at_rates(Action action) {
  try {
    return action();
  } catch (const InputError& error) {
    if (error.place() == "rate") throw error.at_field("/timing/communication_rate");
    throw error.at_field("/topology/rates");
  }
}

void check_listed_workers(const std::vector<Edge>& listed, Worker workers) {
  for (std::size_t k = 0; k < listed.size(); ++k)
    if (std::max(listed[k].i, listed[k].j) >= workers)
      throw InputError(fmt::format("/topology/rates/edges/{}", k), "no such worker",
                       fmt::format("[{},{},{}]", listed[k].i, listed[k].j, listed[k].rate),
                       fmt::format("0 to {}", workers - 1));
}

RatedEdges rates_of(const TopologySource& topology, const Graph& graph, double communication_rate,
                    NetworkCache& cache) {
  RateSettings settings = topology.rates;
  settings.rate = communication_rate;
  check_listed_workers(settings.explicit_edges, graph.workers);
  return at_rates([&] {
    if (settings.scheme == RateScheme::explicit_rates && settings.explicit_edges.empty() &&
        !graph.weights_are_rates)
      throw InputError(
          "/topology/rates", "no rates are given for the edges", "\"explicit\"",
          "a graph's file with rates, or {\"scheme\": \"explicit\", \"edges\": [[i, j, rate], …]}");
    if (settings.scheme != RateScheme::optimized || communication_rate == 0 || !scales(settings))
      return rated_edges(graph, settings);
    settings.rate = 1;
    RatedEdges scaled = cache.design(topology.identity, graph, settings);
    for (Edge& edge : scaled.edges) edge.rate *= communication_rate;
    if (scaled.certificate)
      for (double* value :
           {&scaled.certificate->value, &scaled.certificate->uniform_value, &scaled.certificate->lower_bound})
        *value /= communication_rate;
    return scaled;
  });
}

// A network under construction: its edges, before they are packed away.
using Edges = std::vector<Edge>;

// The static graph of a topology: its edges, with rates.
Edges make_static(Network& network, const TopologySource& topology, double communication_rate,
                  NetworkCache& cache) {
  network.graph = with_error_path(topology.field, [&] { return topology.graph(network.notices); });
  if (!network.graph.directions.empty()) network.directions.push_back(std::move(network.graph.directions));
  network.graph.directions.clear();
  RatedEdges rated = rates_of(topology, network.graph, communication_rate, cache);
  network.certificate = rated.certificate;
  network.notices.insert(network.notices.end(), rated.notices.begin(), rated.notices.end());
  return std::move(rated.edges);
}

// A graph that changes: the union of its phases, with the mean rates over the window.
Edges make_changing(Network& network, const TopologySource& topology, double communication_rate,
                    NetworkCache& cache) {
  if (topology.rates.scheme == RateScheme::optimized)
    throw InputError("/topology/rates", "cannot be optimised for a graph that changes over time",
                     "\"optimized\"", "uniform_neighbor");
  GraphSequence sequence =
      with_error_path(topology.field, [&] { return topology.sequence(network.notices); });
  std::vector<std::vector<Edge>> rated;
  for (const GraphPhase& phase : sequence.phases) {
    RatedEdges edges = rates_of(topology, phase.graph, communication_rate, cache);
    for (std::string& notice : edges.notices)
      if (std::find(network.notices.begin(), network.notices.end(), notice) == network.notices.end())
        network.notices.push_back(std::move(notice));
    rated.push_back(std::move(edges.edges));
  }
  GraphUnion all = with_error_path(topology.field, [&] { return union_of(sequence); });
  Edges edges = mean_rates(sequence, all, rated, topology.window);
  network.graph = std::move(all.graph);
  network.periodic = sequence.periodic;
  network.mixing = std::move(sequence.mixing);
  for (std::size_t k = 0; k < rated.size(); ++k) {
    CommunicationPhase phase{sequence.phases[k].duration, {}};
    for (std::size_t e = 0; e < rated[k].size(); ++e)
      phase.clocks.push_back({all.positions[k][e], rated[k][e].rate});
    if (!sequence.phases[k].graph.directions.empty())
      network.directions.push_back(sequence.phases[k].graph.directions);
    network.phases.push_back(std::move(phase));
  }
  return edges;
}

void add_failures(Network& network, Edges& edges, const EdgeFailures& failures) {
  network.failures = failures;
  if (network.phases.empty()) {
    CommunicationPhase always{1.0, {}};
    for (std::size_t e = 0; e < edges.size(); ++e)
      always.clocks.push_back({static_cast<std::uint32_t>(e), edges[e].rate});
    network.phases.push_back(std::move(always));
  }
  const double up = network.failures->up_fraction();
  for (Edge& edge : edges) edge.rate *= up;
}

void scale(Spectrum& spectrum, double factor) {
  for (double* value : {&spectrum.chi_1, &spectrum.chi_2, &spectrum.chi_1_bounds.low,
                        &spectrum.chi_1_bounds.high, &spectrum.chi_2_bounds.low, &spectrum.chi_2_bounds.high})
    *value *= factor;
  for (double& resistance : spectrum.resistances) resistance *= factor;
}

void add_spectrum(Network& network, const Edges& edges, const TopologySource& topology,
                  double communication_rate, SpectrumNeed need, NetworkCache& cache) {
  if (network.rate_total == 0) {
    network.no_spectrum = "nothing ever communicates";
  } else if (need == SpectrumNeed::if_cheap && network.graph.workers > cheap_spectrum) {
    network.no_spectrum = fmt::format("not computed for {} workers", network.graph.workers);
  } else {
    SpectrumOptions options;
    options.all_resistances = need == SpectrumNeed::with_resistances;
    if (topology.narrow_bounds) options.most_workers_narrow = largest_graph;
    const bool scaled = communication_rate != 1 && scales(topology.rates);
    network.spectrum = with_error_path("/topology", [&] {
      if (!scaled) return cache.spectrum(network.graph.workers, edges, options);
      Spectrum at_rate_1 = *make_network(topology, 1.0, need, cache).spectrum;
      scale(at_rate_1, 1 / communication_rate);
      return at_rate_1;
    });
    const Spectrum& s = *network.spectrum;
    if (s.chi_2_bounds.high > s.chi_2 * (1 + close_bounds) ||
        s.chi_1_bounds.high > s.chi_1 * (1 + close_bounds))
      network.notices.push_back(fmt::format(
          "χ1 in [{:.6g}, {:.6g}], χ2 in [{:.6g}, {:.6g}]: the constants of the theory are computed "
          "from the upper ends, which is safe",
          s.chi_1_bounds.low, s.chi_1_bounds.high, s.chi_2_bounds.low, s.chi_2_bounds.high));
  }
}

}  // namespace

std::optional<GraphConstants> Network::constants() const {
  if (!spectrum) {
    if (rate_total == 0) return GraphConstants{infinity, infinity};
    return std::nullopt;
  }
  return safe_constants(*spectrum);
}

GraphConstants safe_constants(const Spectrum& spectrum) {
  const auto safe = [](double value, const Bounds& bounds) {
    return bounds.high > value * (1 + close_bounds) ? bounds.high : value;
  };
  return {safe(spectrum.chi_1, spectrum.chi_1_bounds), safe(spectrum.chi_2, spectrum.chi_2_bounds)};
}

std::size_t Network::links() const {
  if (!directed() || changes()) return 2 * edges.size();
  const auto both = std::count(directions[0].begin(), directions[0].end(), both_ways);
  return edges.size() + static_cast<std::size_t>(both);
}

const Spectrum& NetworkCache::spectrum(Worker workers, const std::vector<Edge>& edges,
                                       const SpectrumOptions& options) {
  Digest digest;
  digest.add(std::as_bytes(std::span(&workers, 1)));
  digest.add(std::as_bytes(std::span(edges)));
  return spectra_.get(
      fmt::format("{} {} {}", digest.hexadecimal(), options.all_resistances, options.most_workers_narrow),
      [&] { return acidsim::spectrum(workers, edges, options); });
}

const RatedEdges& NetworkCache::design(const std::string& name, const Graph& graph,
                                       const RateSettings& settings) {
  return designs_.get(name, [&] { return rated_edges(graph, settings); });
}

Network make_network(const TopologySource& topology, double communication_rate, SpectrumNeed need,
                     NetworkCache& cache) {
  if (!topology.graph && !topology.sequence) throw InputError("/topology", "no graph is given");
  Network network;
  Edges edges = topology.sequence ? make_changing(network, topology, communication_rate, cache)
                                  : make_static(network, topology, communication_rate, cache);
  Edges().swap(network.graph.edges);  // a large graph's edges are held once, and small
  if (topology.failures) add_failures(network, edges, *topology.failures);
  for (const Edge& edge : edges) network.rate_total += edge.rate;
  add_spectrum(network, edges, topology, communication_rate, need, cache);
  network.edges = EdgeTable(edges);
  return network;
}

}  // namespace acidsim
