#include "topologies/joined_workers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <unordered_map>
#include <utility>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

using Names = std::vector<std::string>;
using Numbers = std::vector<Worker>;  // by worker of a graph: its number among all

std::string name_of(const Graph& graph, Worker i) {
  return graph.worker_names.empty() ? fmt::format("{}", i) : graph.worker_names[i];
}

std::optional<std::int64_t> integer(const std::string& text) {
  std::int64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

void sort_integers(Names& names) {
  std::vector<std::pair<std::int64_t, std::string>> by_value;
  for (const std::string& name : names) {
    const auto value = integer(name);
    if (!value) return;
    by_value.emplace_back(*value, name);
  }
  std::sort(by_value.begin(), by_value.end());
  for (std::size_t k = 0; k < names.size(); ++k) names[k] = std::move(by_value[k].second);
}

// All workers, and where those of each graph are among them.
class Workers {
 public:
  explicit Workers(const std::vector<PhaseGraph>& graphs) : graphs_(graphs) {
    const auto is_named = [](const PhaseGraph& g) { return !g.numbered && !g.graph.worker_names.empty(); };
    if (std::any_of(graphs.begin(), graphs.end(), is_named)) {
      collect_names();
    } else {
      for (const PhaseGraph& g : graphs) count_ = std::max(count_, g.graph.workers);
    }
  }

  Worker count() const { return count_; }
  const Names& names() const { return names_; }  // empty: the numbers
  std::string name(Worker i) const { return names_.empty() ? fmt::format("{}", i) : names_[i]; }

  Numbers numbers_of(const PhaseGraph& g) const {
    Numbers numbers(g.graph.workers);
    for (Worker i = 0; i < g.graph.workers; ++i)
      numbers[i] = g.numbered || names_.empty() ? i : positions_.at(name_of(g.graph, i));
    return numbers;
  }

 private:
  void collect_names() {
    for (const auto& [graph, duration, numbered, place] : graphs_) {
      for (Worker i = 0; i < graph.workers && !numbered; ++i) {
        std::string name = name_of(graph, i);
        if (positions_.try_emplace(name, Worker{0}).second) names_.push_back(std::move(name));
      }
    }
    sort_integers(names_);
    count_ = static_cast<Worker>(names_.size());
    for (Worker i = 0; i < count_; ++i) positions_[names_[i]] = i;
  }

  const std::vector<PhaseGraph>& graphs_;
  Worker count_ = 0;
  Names names_;
  std::unordered_map<std::string, Worker> positions_;
};

// Families are over all workers: as many as the first of them has, and the names of the other graphs.
void check_families(const std::vector<PhaseGraph>& graphs, Worker all) {
  const auto check = [](const PhaseGraph& g, Worker workers) {
    if (g.graph.workers == workers) return;
    throw InputError(g.place, "has another number of workers than the other graphs",
                     fmt::format("{} and {}", g.graph.workers, workers),
                     "all graphs of a sequence are over the same workers");
  };
  const PhaseGraph* first = nullptr;
  for (const PhaseGraph& g : graphs) {
    if (!g.numbered) continue;
    if (first == nullptr) first = &g;
    check(g, first->graph.workers);
  }
  if (first != nullptr) check(*first, all);
}

// What is not as in a sequence whose graphs all have the same names.
void add_notices(const PhaseGraph& g, const Numbers& numbers, const Workers& workers, Names& notices) {
  if (g.numbered && !workers.names().empty()) {
    notices.push_back(fmt::format("{}: has no names: its worker 0 is \"{}\", its worker {} is \"{}\"",
                                  g.place, workers.name(0), workers.count() - 1,
                                  workers.name(workers.count() - 1)));
  }
  if (numbers.size() == workers.count()) return;
  std::vector<bool> here(workers.count());
  for (const Worker i : numbers) here[i] = true;
  const auto first = static_cast<Worker>(std::find(here.begin(), here.end(), false) - here.begin());
  notices.push_back(
      fmt::format("{}: {} of {} workers are not in this graph and have no edges then (\"{}\" is one)",
                  g.place, workers.count() - numbers.size(), workers.count(), workers.name(first)));
}

using Place = std::array<double, 2>;

// One per worker, or none.
std::vector<Place> places_of(const std::vector<PhaseGraph>& graphs, const std::vector<Numbers>& numbers,
                             Worker workers) {
  std::vector<std::optional<Place>> known(workers);
  for (std::size_t k = 0; k < graphs.size(); ++k) {
    const std::vector<Place>& own = graphs[k].graph.coordinates;
    for (std::size_t i = 0; i < own.size(); ++i)
      if (!known[numbers[k][i]]) known[numbers[k][i]] = own[i];
  }
  std::vector<Place> places;
  for (const auto& place : known) {
    if (!place) return {};
    places.push_back(*place);
  }
  return places;
}

// A worker has the rate of the graphs that give it one, which must agree.
std::vector<double> rates_of(const std::vector<PhaseGraph>& graphs, const std::vector<Numbers>& numbers,
                             const Workers& workers) {
  std::vector<std::optional<double>> known(workers.count());
  bool any = false;
  for (std::size_t k = 0; k < graphs.size(); ++k) {
    const std::vector<double>& own = graphs[k].graph.worker_rates;
    any = any || !own.empty();
    for (std::size_t i = 0; i < own.size(); ++i) {
      std::optional<double>& rate = known[numbers[k][i]];
      if (rate && *rate != own[i])
        throw InputError(graphs[k].place,
                         fmt::format("worker {} has another rate than in a graph before",
                                     name_of(graphs[k].graph, static_cast<Worker>(i))),
                         fmt::format("{} and {}", *rate, own[i]), "a worker has one rate in all graphs");
      rate = own[i];
    }
  }
  if (!any) return {};
  std::vector<double> rates;
  for (Worker i = 0; i < workers.count(); ++i) {
    if (!known[i])
      throw InputError("", "no graph says the rate of a worker", workers.name(i),
                       "every worker needs its rate");
    rates.push_back(*known[i]);
  }
  return rates;
}

void keep_largest(std::vector<GraphPhase>& phases, Names& notices) {
  Graph all;
  all.workers = phases[0].graph.workers;
  for (const GraphPhase& phase : phases)
    all.edges.insert(all.edges.end(), phase.graph.edges.begin(), phase.graph.edges.end());
  const std::vector<Worker> sizes = component_sizes(all);
  if (sizes.size() == 1) return;
  const std::vector<bool> inside = in_largest_component(all);
  for (GraphPhase& phase : phases) keep_workers(phase.graph, inside);
  notices.push_back(fmt::format("all graphs together: the largest of {} kept: {} of {} workers",
                                describe_components(sizes), sizes.front(), all.workers));
}

}  // namespace

std::vector<GraphPhase> join_workers(std::vector<PhaseGraph>&& graphs, bool largest, Names& notices) {
  const Workers workers(graphs);
  check_families(graphs, workers.count());
  std::vector<Numbers> numbers;
  for (const PhaseGraph& g : graphs) {
    numbers.push_back(workers.numbers_of(g));
    add_notices(g, numbers.back(), workers, notices);
  }
  const std::vector<Place> places = places_of(graphs, numbers, workers.count());
  const std::vector<double> rates = rates_of(graphs, numbers, workers);
  bool named = false;
  for (Worker i = 0; i < workers.count() && !named; ++i) named = workers.name(i) != fmt::format("{}", i);
  std::vector<GraphPhase> phases;
  for (std::size_t k = 0; k < graphs.size(); ++k) {
    Graph graph = std::move(graphs[k].graph);
    for (Edge& e : graph.edges) e = {numbers[k][e.i], numbers[k][e.j], e.rate};
    graph.workers = workers.count();
    graph.worker_names = named ? workers.names() : Names{};
    graph.coordinates = places;
    graph.worker_rates = rates;
    normalise(graph);
    phases.push_back({std::move(graph), graphs[k].duration});
  }
  if (largest) keep_largest(phases, notices);
  return phases;
}

}  // namespace acidsim
