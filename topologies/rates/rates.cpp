#include "topologies/rates/rates.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/rates/optimal_rates.hpp"
#include "topologies/spectrum/spectrum.hpp"

namespace acidsim {
namespace {

[[noreturn]] void refuse(const char* setting, const char* problem, double value, const char* hint) {
  throw InputError(setting, problem, fmt::format("{}", value), hint);
}

void check_settings(const RateSettings& s) {
  const bool optimized = s.scheme == RateScheme::optimized;
  if (!(s.rate >= 0.0 && std::isfinite(s.rate))) {
    refuse("rate", "must be finite and ≥ 0", s.rate, "averagings per worker and unit time; 0 = never");
  }
  if (s.max_worker_rate && !(*s.max_worker_rate > 0.0 && std::isfinite(*s.max_worker_rate))) {
    refuse("max_worker_rate", "must be finite and > 0", *s.max_worker_rate,
           "averagings per unit time that a worker may take part in");
  }
  if (s.budget && !(*s.budget >= 0.0 && std::isfinite(*s.budget))) {
    refuse("budget", "must be finite and ≥ 0", *s.budget, "communications per unit time, of all edges");
  }
  if (!(s.prune >= 0.0 && s.prune < 1.0)) {
    refuse("prune", "must be in [0, 1)", s.prune, "a fraction of the largest rate; 0 = keep every edge");
  }
  if (s.budget && !optimized) {
    refuse("budget", "only optimized rates have one", *s.budget, "use `rate` with the other schemes");
  }
  if (s.prune != 0.0 && !optimized)
    refuse("prune", "only optimized rates are pruned", s.prune, "leave it out");
  if (s.scale_to_budget && s.scheme != RateScheme::explicit_rates) {
    throw InputError("scale_to_budget", "only explicit rates are scaled", "true", "leave it out");
  }
  if (!s.explicit_edges.empty() && s.scheme != RateScheme::explicit_rates) {
    throw InputError("edges", "only explicit rates are listed edge by edge", {}, "leave the list out");
  }
}

// w_ij of every edge, as the scheme sees it.
std::vector<double> weights_for(const Graph& graph, RateScheme scheme) {
  const bool ignored = graph.weights_are_rates && scheme != RateScheme::explicit_rates;
  std::vector<double> weights;
  weights.reserve(graph.edges.size());
  for (const Edge& e : graph.edges) weights.push_back(ignored ? 1.0 : e.rate);
  return weights;
}

// Σ_j of the values of the edges at worker i.
std::vector<double> sums_at_workers(const Graph& graph, const std::vector<double>& values) {
  std::vector<double> sums(graph.workers, 0.0);
  for (std::size_t k = 0; k < values.size(); ++k) {
    sums[graph.edges[k].i] += values[k];
    sums[graph.edges[k].j] += values[k];
  }
  return sums;
}

// Rates of an edge list given by hand, in the graph's order.
std::vector<double> listed_rates(const Graph& graph, const std::vector<Edge>& listed) {
  const auto before = [](const Edge& a, const Edge& b) { return std::pair(a.i, a.j) < std::pair(b.i, b.j); };
  std::vector<double> rates(graph.edges.size(), -1.0);  // none yet
  for (Edge e : listed) {
    const std::string name = fmt::format("({}, {})", e.i, e.j);
    if (e.i > e.j) std::swap(e.i, e.j);
    const auto found = std::lower_bound(graph.edges.begin(), graph.edges.end(), e, before);
    if (found == graph.edges.end() || before(e, *found)) {
      throw InputError("edges", "not an edge of the graph", name, "list exactly the edges that it has");
    }
    double& rate = rates[static_cast<std::size_t>(found - graph.edges.begin())];
    if (rate >= 0.0) throw InputError("edges", "listed twice", name, "give each edge one rate");
    if (!(e.rate >= 0.0 && std::isfinite(e.rate))) {
      throw InputError("edges", "the rate of edge " + name + " must be finite and ≥ 0",
                       fmt::format("{}", e.rate));
    }
    rate = e.rate;
  }
  const auto missing = std::find(rates.begin(), rates.end(), -1.0);
  if (missing != rates.end()) {
    const Edge& e = graph.edges[static_cast<std::size_t>(missing - rates.begin())];
    throw InputError("edges", "an edge of the graph has no rate", fmt::format("({}, {})", e.i, e.j),
                     "0 = it never communicates");
  }
  return rates;
}

std::vector<double> scheme_rates(const Graph& graph, RateScheme scheme, double rate) {
  const std::vector<double> w = weights_for(graph, scheme);
  const std::vector<double> degree = sums_at_workers(graph, w);
  double total = 0.0;
  for (const double weight : w) total += weight;
  const auto metropolis = [&](std::size_t k) {
    return w[k] / (1.0 + std::max(degree[graph.edges[k].i], degree[graph.edges[k].j]));
  };
  double metropolis_total = 0.0;
  for (std::size_t k = 0; k < w.size(); ++k) metropolis_total += metropolis(k);

  std::vector<double> rates(w.size());
  for (std::size_t k = 0; k < rates.size(); ++k) {
    const Edge& e = graph.edges[k];
    switch (scheme) {
      case RateScheme::uniform_neighbor:
        rates[k] = 0.5 * rate * (w[k] / degree[e.i] + w[k] / degree[e.j]);
        break;
      case RateScheme::metropolis:
        rates[k] = 0.5 * rate * graph.workers * (metropolis(k) / metropolis_total);
        break;
      case RateScheme::uniform_edge:
      case RateScheme::explicit_rates:  // theirs are given
      case RateScheme::optimized:       // what they are compared with
        rates[k] = 0.5 * rate * graph.workers * (w[k] / total);
        break;
    }
  }
  return rates;
}

// Multiplies λ_ij by min(1, cap/load_i, cap/load_j), and returns the number of workers above the cap.
std::size_t cap_loads(const Graph& graph, double cap, std::vector<double>& rates) {
  const std::vector<double> load = sums_at_workers(graph, rates);
  for (std::size_t k = 0; k < rates.size(); ++k) {
    const double busiest = std::max(load[graph.edges[k].i], load[graph.edges[k].j]);
    if (busiest > cap) rates[k] *= cap / busiest;
  }
  return static_cast<std::size_t>(
      std::count_if(load.begin(), load.end(), [cap](double l) { return l > cap; }));
}

// The graph's edges with these rates; `rate` is for the message.
std::vector<Edge> with_rates(const Graph& graph, const std::vector<double>& rates, double rate) {
  std::vector<Edge> edges = graph.edges;
  for (std::size_t k = 0; k < rates.size(); ++k) {
    Edge& e = edges[k];
    e.rate = rates[k];
    if (!std::isfinite(e.rate)) {
      throw InputError("rate", fmt::format("the rate of edge ({}, {}) overflows", e.i, e.j),
                       fmt::format("{}", rate), "use a smaller rate");
    }
  }
  return edges;
}

// Multiplies the rates so that they add up to n r / 2. Those of a graph without edges stay as they are.
void scale_to_budget(std::vector<double>& rates, Worker workers, double rate) {
  if (rates.empty()) return;
  const double largest = *std::max_element(rates.begin(), rates.end());
  if (largest == 0.0)
    throw InputError("scale_to_budget", "every rate is 0", {}, "a rate above 0 for some edge");
  double total = 0.0;  // in units of the largest, so that it cannot overflow
  for (const double r : rates) total += r / largest;
  for (double& r : rates) r = 0.5 * rate * workers * (r / largest / total);
}

// The rates of the graph's edges or of the list, times the communication rate or scaled to its budget.
std::vector<double> explicit_rates(const Graph& graph, const RateSettings& settings) {
  std::vector<double> rates = settings.explicit_edges.empty() ? weights_for(graph, RateScheme::explicit_rates)
                                                              : listed_rates(graph, settings.explicit_edges);
  if (settings.scale_to_budget) {
    scale_to_budget(rates, graph.workers, settings.rate);
  } else {
    for (double& rate : rates) rate *= settings.rate;
  }
  return rates;
}

double objective_value(const Graph& graph, RateObjective objective, const std::vector<Edge>& edges) {
  const Spectrum s = spectrum(graph.workers, edges);
  if (objective == RateObjective::chi_1) return s.chi_1;
  if (objective == RateObjective::chi_2) return s.chi_2;
  return std::sqrt(s.chi_1 * s.chi_2);
}

RatedEdges optimized_edges(const Graph& graph, const RateSettings& settings) {
  const double budget = settings.budget.value_or(0.5 * settings.rate * graph.workers);
  if (!std::isfinite(budget))
    refuse("rate", "the budget n·rate/2 overflows", settings.rate, "use a smaller rate");
  RatedEdges result;
  if (budget == 0.0) {
    result.edges = with_rates(graph, std::vector<double>(graph.edges.size(), 0.0), settings.rate);
    return result;
  }
  OptimalRates optimal =
      optimal_rates(graph, settings.objective, {budget, settings.max_worker_rate}, settings.prune);
  result.edges = with_rates(graph, optimal.rates, settings.rate);
  result.notices = std::move(optimal.notices);

  std::vector<double> uniform = scheme_rates(graph, RateScheme::uniform_edge, 2.0 * budget / graph.workers);
  if (settings.max_worker_rate) cap_loads(graph, *settings.max_worker_rate, uniform);
  result.certificate = {objective_value(graph, settings.objective, result.edges),
                        objective_value(graph, settings.objective, with_rates(graph, uniform, settings.rate)),
                        optimal.lower_bound};
  if (settings.prune == 0.0 && result.certificate->uniform_value <= result.certificate->value) {
    result.edges = with_rates(graph, uniform, settings.rate);  // nothing better was found
    result.certificate->value = result.certificate->uniform_value;
  }
  return result;
}

}  // namespace

RatedEdges rated_edges(const Graph& graph, const RateSettings& settings) {
  check_settings(settings);
  if (settings.scheme == RateScheme::optimized) return optimized_edges(graph, settings);

  std::vector<double> rates = settings.scheme == RateScheme::explicit_rates
                                  ? explicit_rates(graph, settings)
                                  : scheme_rates(graph, settings.scheme, settings.rate);
  RatedEdges result;
  if (const std::string remark = remark_on_rates(settings.explicit_edges); !remark.empty())
    result.notices.push_back("rates: " + remark);
  result.edges = with_rates(graph, rates, settings.rate);  // refuses an overflow before the cap can hide it
  if (settings.max_worker_rate) {
    if (const std::size_t capped = cap_loads(graph, *settings.max_worker_rate, rates)) {
      result.edges = with_rates(graph, rates, settings.rate);
      result.notices.push_back(
          fmt::format("max_worker_rate {}: the edges of {} of {} workers have lower rates",
                      *settings.max_worker_rate, capped, graph.workers));
    }
  }
  return result;
}

}  // namespace acidsim
