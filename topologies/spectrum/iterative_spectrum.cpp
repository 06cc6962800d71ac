#include "topologies/spectrum/iterative_spectrum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "topologies/spectrum/lanczos.hpp"
#include "topologies/spectrum/largest_resistance.hpp"

namespace acidsim {
namespace {

inline constexpr double normalised_tolerance = 1e-3;
inline constexpr double rounding = 1e-13;  // room for it in what is called a bound

// (1 − 1/n) Σ_i h_i ≥ χ1, where h_i ≥ R(i, root) is the sum of 1/λ along a path from i: for x ⊥ 1,
// n‖x‖² = Σ_{i<j} (x_i − x_j)² ≤ Σ_{i<j} R_ij xᵀΛx, and R_ij ≤ h_i + h_j.
double chi_1_by_a_tree(const RatedRows& rated) {
  const CompressedRows& rows = rated.rows();
  std::vector<double> height(rows.workers(), -1.0);
  const auto& loads = rated.loads();
  std::vector<Worker> order = {
      static_cast<Worker>(std::max_element(loads.begin(), loads.end()) - loads.begin())};
  height[order[0]] = 0.0;
  double sum = 0.0;
  for (std::size_t k = 0; k < order.size(); ++k) {
    const Worker i = order[k];
    sum += height[i];
    for (std::uint32_t p = rows.first[i]; p < rows.first[i + 1]; ++p) {
      const Worker j = rows.neighbour[p];
      if (height[j] >= 0.0) continue;
      height[j] = height[i] + 1.0 / rated.rate(p);
      order.push_back(j);
    }
  }
  return sum * (1.0 + rounding);
}

// An upper bound of 1/λ2(D^{-½}ΛD^{-½}), with half of the visits; λ2 ≥ λ2(Λ) / max D in any case, and equal to it where
// all D_ii are equal.
double bound_chi_normalised(const RatedRows& rated, double chi_1, double& visits) {
  const auto [least, most] = std::minmax_element(rated.loads().begin(), rated.loads().end());
  const double crude = chi_1 * *most;
  if (*least == *most) return crude;
  const Lambda2 found =
      lanczos_lambda_2(rated, LaplacianKind::normalised, normalised_tolerance, 0.5 * visits);
  visits -= static_cast<double>(found.steps * rated.visits());
  return found.converged && found.low() > 0 ? std::min(crude, 1.0 / found.low()) : crude;
}

void set_chi_2(Spectrum& result, const LargestResistance& largest) {
  result.chi_2_edge = largest.edge;
  result.chi_2_bounds = {0.5 * largest.bounds.low, 0.5 * largest.bounds.high};
  result.chi_2 = result.chi_2_bounds.low;
}

}  // namespace

std::string bound_chi_1(Spectrum& result, const RatedRows& rated, double& visits,
                        const IterativePrecision& precision) {
  const Lambda2 found = lanczos_lambda_2(rated, LaplacianKind::plain, precision.chi_1_residual, visits);
  visits -= static_cast<double>(found.steps * rated.visits());
  const double by_tree = chi_1_by_a_tree(rated);
  const bool useful = found.converged && found.low() * by_tree > 1.0;
  result.exact = false;
  result.chi_1_bounds = {1.0 / found.high(), useful ? 1.0 / found.low() : by_tree};
  // Beyond a condition number of 1e15 the Ritz value is rounding.
  result.chi_1 = std::min(1.0 / found.value, result.chi_1_bounds.high);
  if (found.residual < infinity) result.eigen_residual = found.residual / found.value;
  return useful ? fmt::format("Lanczos from a random start, {} steps: χ1 within its residual", found.steps)
                : fmt::format("Lanczos, stopped after {} steps: χ1 only between bounds", found.steps);
}

Spectrum iterative_spectrum(std::span<const Edge> edges, CompressedRows rows, const Blocks& blocks,
                            double visits, const IterativePrecision& precision) {
  Spectrum result;
  const RatedRows rated(std::move(rows), edges);
  double for_chi_1 = 0.5 * visits;
  visits -= for_chi_1;
  result.method = bound_chi_1(result, rated, for_chi_1, precision);
  visits += for_chi_1;
  const BlockResistances known(edges, blocks);
  if (const auto largest = largest_by_blocks(edges, known)) {
    set_chi_2(result, *largest);
    result.method += "; χ2 exact by a bridge or a cycle";
    return result;
  }
  const double chi_normalised = bound_chi_normalised(rated, result.chi_1_bounds.high, visits);
  LocalResistance local(rated, result.chi_1_bounds.high, chi_normalised);
  set_chi_2(result, largest_by_bounding(edges, known, local, rated.workers(), precision.chi_2_width, visits));
  const bool narrow =
      result.chi_2_bounds.high - result.chi_2_bounds.low <= precision.chi_2_width * result.chi_2_bounds.low;
  result.method += fmt::format("; χ2 {} by branch and bound, given λ2",
                               narrow ? precision.chi_2_words : "(stopped early) only between bounds");
  return result;
}

}  // namespace acidsim
