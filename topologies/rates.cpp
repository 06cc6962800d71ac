#include "topologies/rates.hpp"

#include <fmt/format.h>

#include <cmath>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

// w_ij of every edge, as the convention sees it.
std::vector<double> weights_for(const Graph& graph, RateConvention convention) {
  const bool ignored = graph.weights_are_rates && convention != RateConvention::explicit_rates;
  std::vector<double> weights;
  weights.reserve(graph.edges.size());
  for (const Edge& e : graph.edges) weights.push_back(ignored ? 1.0 : e.rate);
  return weights;
}

std::vector<double> weighted_degrees(const Graph& graph, const std::vector<double>& weights) {
  std::vector<double> degree(graph.workers, 0.0);
  for (std::size_t k = 0; k < weights.size(); ++k) {
    degree[graph.edges[k].i] += weights[k];
    degree[graph.edges[k].j] += weights[k];
  }
  return degree;
}

}  // namespace

std::vector<Edge> rated_edges(const Graph& graph, RateConvention convention, double rate) {
  if (!(rate >= 0.0 && std::isfinite(rate))) {
    throw InputError("rate", "must be finite and ≥ 0", fmt::format("{}", rate),
                     "averagings per worker and unit time; 0 = never");
  }
  const std::vector<double> w = weights_for(graph, convention);
  const std::vector<double> degree = weighted_degrees(graph, w);
  double total = 0.0;
  for (const double weight : w) total += weight;

  std::vector<Edge> rated = graph.edges;
  for (std::size_t k = 0; k < rated.size(); ++k) {
    Edge& e = rated[k];
    switch (convention) {
      case RateConvention::uniform_neighbor:
        e.rate = 0.5 * rate * (w[k] / degree[e.i] + w[k] / degree[e.j]);
        break;
      case RateConvention::uniform_edge:
        e.rate = 0.5 * rate * graph.workers * (w[k] / total);
        break;
      case RateConvention::explicit_rates:
        e.rate = rate * w[k];
        break;
    }
    if (!std::isfinite(e.rate)) {
      throw InputError("rate", fmt::format("the rate of edge ({}, {}) overflows", e.i, e.j),
                       fmt::format("{}", rate), "use a smaller rate");
    }
  }
  return rated;
}

}  // namespace acidsim
