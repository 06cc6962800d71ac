#include "sim/timing/clock_checks.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <numeric>

#include "sim/core/error.hpp"

namespace acidsim {

void refuse_rate(const char* place, const std::string& whose, double rate) {
  throw InputError(place, fmt::format("the rate of {} is negative or not finite", whose),
                   fmt::format("{}", rate), "rates are events per unit time, 0 = never");
}

void check_total_rate(const char* place, double total) {
  constexpr double smallest = 1e-100, largest = 1e100;
  if (total == 0 || (total >= smallest && total <= largest)) return;
  throw InputError(place, "the sum of the rates is out of range", fmt::format("{}", total),
                   fmt::format("all 0, or a sum from {} to {}", smallest, largest));
}

const std::vector<double>& checked_gradient_rates(const std::vector<double>& gradient_rates) {
  for (std::size_t i = 0; i < gradient_rates.size(); ++i)
    if (!is_rate(gradient_rates[i]))
      refuse_rate("gradient_rate", fmt::format("worker {}", i), gradient_rates[i]);
  check_total_rate("gradient_rate", std::accumulate(gradient_rates.begin(), gradient_rates.end(), 0.0));
  return gradient_rates;
}

std::size_t count_workers(const std::vector<double>& gradient_rates, std::span<const Edge> edges) {
  if (!gradient_rates.empty()) return gradient_rates.size();
  std::size_t workers = 0;
  for (const Edge& edge : edges) workers = std::max<std::size_t>(workers, std::size_t{edge.j} + 1);
  return workers;
}

void check_pairs(std::span<const Edge> edges, std::size_t workers) {
  if (workers + edges.size() > std::numeric_limits<std::uint32_t>::max())
    throw InputError("topology", "too many clocks",
                     fmt::format("{} workers, {} edges", workers, edges.size()),
                     "at most 2^32 − 1 workers and edges together");
  for (const auto& [i, j, rate] : edges) {
    if (i >= j || j >= workers)
      throw InputError("topology", "an edge is not a pair of workers i < j", fmt::format("{}-{}", i, j),
                       fmt::format("there are {} workers, counted from 0", workers));
  }
}

LargeArray<WorkerPair> checked_pairs(std::span<const Edge> edges, std::size_t workers) {
  check_pairs(edges, workers);
  LargeArray<WorkerPair> pairs;
  pairs.reserve(edges.size());
  for (const Edge& edge : edges) pairs.push_back({edge.i, edge.j});
  return pairs;
}

void refuse_all_rates_zero() {
  throw InputError("timing", "nothing could ever happen", "every rate is 0",
                   "give some worker or some edge a positive rate");
}

}  // namespace acidsim
