#include "sim/app/contracts/topology_contracts.hpp"

#include <fmt/format.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "sim/app/contracts/kinds.hpp"
#include "sim/app/contracts/run_contracts.hpp"
#include "sim/app/registry/registry.hpp"

namespace acidsim {
namespace {

constexpr Worker most_dense_workers = 400;

Graph graph_of(const Json& source) {
  const Configuration configuration = make_configuration("contract.json", source);
  std::vector<std::string> notices;
  return bind(configuration, configuration.cells[0]).topology.graph(notices);
}

bool has_workers(const std::string& name) {
  const std::vector<Field>& parameters = row_named(families(), name).parameters;
  return std::any_of(parameters.begin(), parameters.end(),
                     [](const Field& field) { return field.name == "workers"; });
}

Json topology_source(const std::string& name, std::optional<Worker> workers) {
  Json source = contract_source();
  source["topology"] = {{"family", name}};
  if (workers) source["topology"]["workers"] = *workers;
  if (row_named(families(), name).directed) source["algorithm"] = {{"name", "push_sum"}};
  return source;
}

// With some workers, where it makes graphs of such a number; else with as many as it has by default.
Json topology_source(const std::string& name) {
  if (has_workers(name))
    for (const Worker workers : {16u, 12u, 9u, 10u, 7u, 27u}) {
      try {
        graph_of(topology_source(name, workers));
        return topology_source(name, workers);
      } catch (const InputError&) {  // another number may do
      }
    }
  return topology_source(name, std::nullopt);
}

bool same_graph(const Graph& a, const Graph& b) {
  return a.workers == b.workers && a.directions == b.directions &&
         std::equal(
             a.edges.begin(), a.edges.end(), b.edges.begin(), b.edges.end(),
             [](const Edge& x, const Edge& y) { return x.i == y.i && x.j == y.j && x.rate == y.rate; });
}

Verdict same_twice(const std::string& name) {
  const Graph graph = graph_of(topology_source(name));
  return verdict(same_graph(graph, graph_of(topology_source(name))),
                 fmt::format("{} workers, {} edges", graph.workers, graph.edges.size()));
}

// Edges are checked as the graph is made (sim/app/registry/own_rows.cpp).
Verdict has_kind(const std::string& name) {
  const Graph graph = graph_of(topology_source(name));
  if (row_named(families(), name).directed != !graph.directions.empty())
    return verdict(false, "its row and its graph do not agree on whether it is directed");
  return verdict(true, graph.directions.empty() ? "undirected" : "directed");
}

Verdict is_connected(const std::string& name) {
  const Graph graph = graph_of(topology_source(name));
  const std::vector<Worker> sizes = component_sizes(graph);
  if (sizes.size() > 1) return verdict(false, describe_components(sizes));
  if (graph.directions.empty()) return verdict(true, "one component");
  const auto alone = cut_off_worker(graph);
  return verdict(!alone, alone ? fmt::format("worker {} is cut off along the directions", *alone)
                               : "every worker reaches every other");
}

Verdict takes_numbers(const std::string& name) {
  if (!has_workers(name)) return not_claimed("the number of workers cannot be chosen");
  std::string made, refused;
  for (const Worker workers : {2u, 5u, 9u, 16u, 64u}) {
    try {
      const Worker found = graph_of(topology_source(name, workers)).workers;
      if (found != workers)
        return verdict(false, fmt::format("{} workers where {} are asked for", found, workers));
      made += fmt::format(" {}", workers);
    } catch (const InputError&) {
      refused += fmt::format(" {}", workers);
    }
  }
  if (made.empty()) return not_claimed("it makes none of" + refused);
  return verdict(true, "makes" + made + (refused.empty() ? "" : ", refuses" + refused));
}

Verdict true_chis(const std::string& name) {
  ContractTrial trial(topology_source(name));
  const Network& network = *trial.plan.network;
  if (!network.spectrum) return verdict(false, "no χ's: " + network.no_spectrum);
  if (network.graph.workers > most_dense_workers) return not_claimed("too many workers for dense algebra");
  const DenseSpectrum dense = dense_spectrum(network);
  const double off = std::max(std::abs(network.spectrum->chi_1 / dense.chi_1 - 1),
                              std::abs(network.spectrum->chi_2 / dense.chi_2 - 1));
  return verdict(off < 1e-9, fmt::format("χ1 {:.6g}, χ2 {:.6g}, off by {:.1e} (< 1e-9)",
                                         network.spectrum->chi_1, network.spectrum->chi_2, off));
}

Verdict brings_together(const std::string& name) {
  const Json source = with_changes(
      topology_source(name), {{"objective", {{"name", "none"}}}, {"record.metrics", {"consensus_distance"}}});
  const std::vector<RecordRow> records = ContractTrial(source).run().records;
  const double first = records.front().metrics[0], last = records.back().metrics[0];
  return verdict(last < first, fmt::format("consensus distance {:.3g} → {:.3g}", first, last));
}

}  // namespace

DenseSpectrum dense_spectrum(const Network& network) {
  const auto n = static_cast<Index>(network.graph.workers);
  Matrix<double> laplacian = Matrix<double>::Zero(n, n);
  for (const Edge& e : network.edges) {
    laplacian(e.i, e.i) += e.rate, laplacian(e.j, e.j) += e.rate;
    laplacian(e.i, e.j) -= e.rate, laplacian(e.j, e.i) -= e.rate;
  }
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> eigen(laplacian, Eigen::EigenvaluesOnly);
  const Matrix<double> inverse =
      (laplacian + Matrix<double>::Constant(n, n, 1.0 / static_cast<double>(n))).inverse();
  DenseSpectrum dense{.chi_1 = 1 / eigen.eigenvalues()[1], .resistances = {}};
  for (const Edge& e : network.edges) {
    dense.resistances.push_back(inverse(e.i, e.i) + inverse(e.j, e.j) - 2 * inverse(e.i, e.j));
    if (e.rate > 0) dense.chi_2 = std::max(dense.chi_2, dense.resistances.back() / 2);
  }
  return dense;
}

std::vector<Contract> topology_contracts(const std::string& name) {
  std::vector<Contract> contracts = {
      {"the same graph again", [=] { return same_twice(name); }},
      {"directed as its row says", [=] { return has_kind(name); }},
      {"connected", [=] { return is_connected(name); }},
      {"other numbers of workers", [=] { return takes_numbers(name); }},
      {"χ1 and χ2 by dense algebra", [=] { return true_chis(name); }},
      {"gossip brings the workers together", [=] { return brings_together(name); }}};
  for (Contract& contract : run_contracts(topology_source(name))) contracts.push_back(std::move(contract));
  return contracts;
}

}  // namespace acidsim
