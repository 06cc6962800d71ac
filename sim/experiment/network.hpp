// A graph with its communication rates and what follows from them.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/experiment/edge_table.hpp"
#include "sim/experiment/sources.hpp"
#include "sim/system/memo.hpp"
#include "sim/timing/changing_schedule.hpp"
#include "topologies/graph.hpp"
#include "topologies/rates/rates.hpp"
#include "topologies/spectrum/spectrum.hpp"

namespace acidsim {

// A graph with more workers is not drawn from the results of a run, which then hold no coordinates.
inline constexpr Worker most_drawn_workers = 10000;

struct Network {
  Graph graph;            // without its edges; of a graph that changes over time, the union of its phases
  EdgeTable edges;        // the graph's, with λ_ij; the mean over time where graph or edges change
  double rate_total = 0;  // Σ λ_ij: communications per unit time
  // On average, per unit time: whatever the scheme makes of the communication rate.
  double averagings_per_worker() const { return 2 * rate_total / graph.workers; }
  // Where the graph changes over time or edges fail: the phases, whose clocks name positions in `edges`.
  std::vector<CommunicationPhase> phases;
  bool periodic = true;
  std::optional<EdgeFailures> failures;
  // Of a directed graph: of its edges, or of those of each phase in turn.
  std::vector<std::vector<Direction>> directions;
  // Of a graph that changes: the weights in rounds that it prescribes for the edges of each phase; empty: none.
  std::vector<std::vector<double>> mixing;

  std::optional<RateCertificate> certificate;  // of optimized rates
  std::optional<Spectrum> spectrum;            // of the (mean) Laplacian
  std::string no_spectrum;                     // why there is none
  std::vector<std::string> notices;

  bool changes() const { return !phases.empty(); }
  bool directed() const { return !directions.empty(); }
  // Directions in which messages can go along its edges.
  std::size_t links() const;
  // χ1, χ2; infinite where nothing ever communicates; nothing where they are not known. Where only wide
  // bounds are known the upper ones, with which the theory's constants are safe.
  std::optional<GraphConstants> constants() const;
};

// χ1 and χ2, or the upper ends of bounds that are wide.
GraphConstants safe_constants(const Spectrum& spectrum);

// What it takes long to compute, kept by content: a sweep computes each spectrum and each rate design once.
// Thread-safe.
class NetworkCache {
 public:
  const Spectrum& spectrum(Worker workers, const std::vector<Edge>& edges, const SpectrumOptions& options);
  // The rates of a graph (given with a name for it) at rate 1.
  const RatedEdges& design(const std::string& name, const Graph& graph, const RateSettings& settings);

 private:
  Memo<Spectrum> spectra_;
  Memo<RatedEdges> designs_;
};

enum class SpectrumNeed { if_cheap, needed, with_resistances };

// Throws InputError, placed in the configuration.
Network make_network(const TopologySource& topology, double communication_rate, SpectrumNeed need,
                     NetworkCache& cache);

}  // namespace acidsim
