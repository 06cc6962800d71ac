#include "topologies/spectrum/spectrum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "topologies/graph.hpp"
#include "topologies/spectrum/dense_spectrum.hpp"
#include "topologies/spectrum/edge_sums.hpp"
#include "topologies/spectrum/iterative_spectrum.hpp"
#include "topologies/spectrum/sparse_spectrum.hpp"
#include "topologies/spectrum/supernodal_cholesky.hpp"
#include "topologies/structure.hpp"

namespace acidsim {
namespace {

// Up to here the dense method costs less than the symbolic analysis of the sparse one.
inline constexpr Worker small_graph = 256;
// Of n³ flops: where the sparse factor takes more, the dense one, n³/3, is as quick, since it has larger
// blocks.
inline constexpr double dense_fill = 0.1;
// Powers of two by which rates may be away from 1 where methods square them.
inline constexpr int safe_exponent = 300;

void check_connected(const CompressedRows& rows) {
  if (const auto sizes = component_sizes(rows); sizes.size() > 1) {
    throw InputError("topology", "the edges of positive rate do not connect all workers",
                     describe_components(sizes), "χ1 is infinite; add edges or rates");
  }
}

// The power of two that brings the largest rate to [1, 2).
int scaling_exponent(std::span<const Edge> edges) {
  double largest = 0.0;
  for (const Edge& e : edges) {
    ACIDSIM_CHECK(e.rate >= 0.0 && std::isfinite(e.rate));
    largest = std::max(largest, e.rate);
  }
  return -std::ilogb(largest);
}

// From the units of scaled rates to those of the caller.
void unscale(Spectrum& result, int exponent) {
  const auto back = [exponent](double& value) { value = std::ldexp(value, exponent); };
  for (double* value : {&result.chi_1, &result.chi_2, &result.chi_1_bounds.low, &result.chi_1_bounds.high,
                        &result.chi_2_bounds.low, &result.chi_2_bounds.high}) {
    back(*value);
  }
  std::for_each(result.resistances.begin(), result.resistances.end(), back);
}

// What `method` gives for a copy of the edges with all rates multiplied by a power of two: no rounding, and
// no overflow on the way.
Spectrum with_rates_near_one(std::span<const Edge> edges, const auto& method) {
  const int exponent = scaling_exponent(edges);
  std::vector<Edge> scaled(edges.begin(), edges.end());
  for (Edge& e : scaled) e.rate = std::ldexp(e.rate, exponent);
  Spectrum result = method(std::span<const Edge>(scaled));
  unscale(result, exponent);
  return result;
}

Spectrum by_dense(Worker workers, std::span<const Edge> edges) {
  return with_rates_near_one(edges,
                             [&](std::span<const Edge> scaled) { return dense_spectrum(workers, scaled); });
}

// Copies the edges only where it must: there may be very many.
Spectrum by_iteration(std::span<const Edge> edges, CompressedRows&& rows, const Blocks& parts, double visits,
                      const IterativePrecision& precision) {
  const auto method = [&](std::span<const Edge> rated) {
    return iterative_spectrum(rated, std::move(rows), parts, visits, precision);
  };
  return std::abs(scaling_exponent(edges)) <= safe_exponent ? method(edges)
                                                            : with_rates_near_one(edges, method);
}

[[noreturn]] void refuse_all_resistances(Worker workers, const SupernodalCholesky& factor) {
  throw InputError("topology", "too many operations for the resistances of all edges",
                   fmt::format("{} workers, {:.1e} flops and {:.1e} bytes to factorise", workers,
                               factor.factor_flops(), factor.memory_bytes()),
                   "χ1 and χ2 alone can be had");
}

Spectrum by_cheapest(Worker workers, std::span<const Edge> edges, CompressedRows&& rows,
                     const SpectrumOptions& options) {
  if (workers <= small_graph) return by_dense(workers, edges);
  const auto affordable = [&](double flops, double bytes) {
    return flops <= options.most_flops && bytes <= options.most_bytes;
  };
  SupernodalCholesky factor(workers, edges, options.most_flops);
  const double n = workers, cube = n * n * n;
  if (workers <= largest_dense_spectrum && affordable(cube / 3.0, 16.0 * n * n) &&
      factor.factor_flops() > dense_fill * cube) {
    return by_dense(workers, edges);
  }
  const Blocks parts = blocks(rows, edges.size());
  if (affordable(factor.factor_flops(), factor.memory_bytes())) {
    rows = {};
    return with_rates_near_one(edges, [&](std::span<const Edge> scaled) {
      return sparse_spectrum(workers, scaled, parts, std::move(factor), options.most_visits);
    });
  }
  if (options.all_resistances) refuse_all_resistances(workers, factor);
  return by_iteration(edges, std::move(rows), parts, options.most_visits,
                      workers > options.most_workers_narrow ? wide_bounds : narrow_bounds);
}

}  // namespace

Spectrum spectrum(Worker workers, std::span<const Edge> edges, const SpectrumOptions& options) {
  if (workers < 2) throw InputError("workers", "too few", fmt::format("{}", workers), "at least 2");
  CompressedRows rows = compressed_rows(workers, edges);
  check_connected(rows);
  const Spectrum result = by_cheapest(workers, edges, std::move(rows), options);
  if (!std::isfinite(result.chi_1) || !(result.chi_2 > 0)) refuse_rates();
  return result;
}

}  // namespace acidsim
