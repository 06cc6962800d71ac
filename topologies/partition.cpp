#include "topologies/partition.hpp"

#include <fmt/format.h>
#include <metis.h>

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "sim/core/error.hpp"
#include "topologies/metis_mutex.hpp"

namespace acidsim {
namespace {

std::size_t at(idx_t v) { return static_cast<std::size_t>(v); }

// The graph as METIS takes it: the neighbours of each worker, and rates as integers from 1 on.
struct WeightedRows {
  std::vector<idx_t> start, neighbours, weights;

  WeightedRows(Worker workers, std::span<const Edge> edges) : start(std::size_t{workers} + 1, 0) {
    double largest = 0;
    for (const Edge& edge : edges) {
      ++start[std::size_t{edge.i} + 1];
      ++start[std::size_t{edge.j} + 1];
      largest = std::max(largest, edge.rate);
    }
    for (Worker v = 0; v < workers; ++v) start[std::size_t{v} + 1] += start[v];
    neighbours.resize(2 * edges.size());
    weights.resize(2 * edges.size());
    std::vector<idx_t> filled(start.begin(), start.end() - 1);
    const auto put = [&](Worker of, Worker other, double rate) {
      const std::size_t place = at(filled[of]++);
      neighbours[place] = static_cast<idx_t>(other);
      // Sums of weights stay below 2³¹ in METIS for as many edges as may be here.
      constexpr double finest = 50;
      weights[place] = 1 + static_cast<idx_t>(largest > 0 ? std::round(rate / largest * finest) : 0.0);
    };
    for (const Edge& edge : edges) {
      put(edge.i, edge.j, edge.rate);
      put(edge.j, edge.i, edge.rate);
    }
  }
};

// Moves workers from the largest parts to the smallest, last ones first, until no part is empty and none
// exceeds `most`: METIS keeps to its bounds on large graphs only.
void even_out(std::vector<int>& part, int parts, std::size_t most) {
  std::vector<std::size_t> size(static_cast<std::size_t>(parts), 0);
  for (const int p : part) ++size[static_cast<std::size_t>(p)];
  for (;;) {
    const auto [smallest, largest] = std::minmax_element(size.begin(), size.end());
    if (*smallest > 0 && *largest <= most) return;
    const auto from = static_cast<int>(largest - size.begin()),
               to = static_cast<int>(smallest - size.begin());
    const auto last = std::find(part.rbegin(), part.rend(), from);
    *last = to;
    --*largest;
    ++*smallest;
  }
}

}  // namespace

std::vector<int> partition(Worker workers, std::span<const Edge> edges, int parts) {
  if (parts < 1 || static_cast<Worker>(parts) > workers)
    throw InputError("parts", fmt::format("{} workers cannot be cut into so many parts", workers),
                     std::to_string(parts), fmt::format("from 1 to {}", workers));
  std::vector<int> part(workers, 0);
  if (parts == 1) return part;
  WeightedRows rows(workers, edges);
  idx_t n = static_cast<idx_t>(workers), constraints = 1, count = parts, cut = 0;
  std::vector<idx_t> found(workers, 0);
  idx_t options[METIS_NOPTIONS];
  METIS_SetDefaultOptions(options);
  options[METIS_OPTION_SEED] = 1;
  options[METIS_OPTION_UFACTOR] = 30;  // thousandths above the average
  options[METIS_OPTION_NCUTS] = 4;     // tries, of which the best is taken
  {
    const std::lock_guard lock(metis_mutex());
    const auto cut_graph = parts <= 8 ? METIS_PartGraphRecursive : METIS_PartGraphKway;
    if (cut_graph(&n, &constraints, rows.start.data(), rows.neighbours.data(), nullptr, nullptr,
                  rows.weights.data(), &count, nullptr, nullptr, options, &cut, found.data()) != METIS_OK)
      throw std::runtime_error("METIS could not cut the graph");
  }
  std::copy(found.begin(), found.end(), part.begin());
  const double average = static_cast<double>(workers) / parts;
  even_out(part, parts, static_cast<std::size_t>(std::max(std::ceil(average), std::floor(1.03 * average))));
  return part;
}

}  // namespace acidsim
