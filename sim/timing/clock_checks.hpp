// What every schedule of Poisson clocks asks of its rates and edges.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/large_array.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// The two workers of each communication clock.
using SharedPairs = std::shared_ptr<const LargeArray<WorkerPair>>;

inline bool is_rate(double rate) { return rate >= 0 && rate < infinity; }
// Throws InputError(place, …): the rate of `whose` is none.
[[noreturn]] void refuse_rate(const char* place, const std::string& whose, double rate);

// Throws InputError(place, …) unless total is 0 or in [10⁻¹⁰⁰, 10¹⁰⁰], as PoissonProcess needs.
void check_total_rate(const char* place, double total);

// The gradient rates themselves, once checked.
const std::vector<double>& checked_gradient_rates(const std::vector<double>& gradient_rates);

// As many as there are gradient rates; where there are none, as many as the edges name.
std::size_t count_workers(const std::vector<double>& gradient_rates, std::span<const Edge> edges);

// Throws InputError("topology", …) unless i < j < workers on every edge, and all clocks can be numbered.
void check_pairs(std::span<const Edge> edges, std::size_t workers);
// The pairs of the edges, once checked.
LargeArray<WorkerPair> checked_pairs(std::span<const Edge> edges, std::size_t workers);

// The message for a schedule whose every rate is 0.
[[noreturn]] void refuse_all_rates_zero();

}  // namespace acidsim
