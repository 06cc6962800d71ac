// χ1 and χ2 of a graph that is too large to factorise, between bounds.
#pragma once

#include <span>
#include <string>

#include "topologies/spectrum/rated_rows.hpp"
#include "topologies/spectrum/spectrum_result.hpp"
#include "topologies/structure.hpp"

namespace acidsim {

// How far χ1 and χ2 are narrowed down.
struct IterativePrecision {
  double chi_1_residual;    // of Lanczos, relative; the value itself is far nearer
  double chi_2_width;       // relative
  const char* chi_2_words;  // the same for people
};
inline constexpr IterativePrecision narrow_bounds = {2e-10, 1e-6, "certified to 1e-6"};
inline constexpr IterativePrecision wide_bounds = {1e-3, 0.01, "certified within 1 %"};

// χ1 by Lanczos' recurrence (lanczos.hpp) with the interval of its residual; where that does not converge
// within `visits` to neighbours, between 1/(Ritz value) and (1 − 1/n) Σ_i R(i, root), R bounded by the path
// to the root of a tree. Returns a description of the method; `visits` is reduced by what was spent.
std::string bound_chi_1(Spectrum& result, const RatedRows& rated, double& visits,
                        const IterativePrecision& precision = narrow_bounds);

// Both, χ1 with half of the `visits`; χ2 by bridges where these settle it, else by branch and bound
// (largest_resistance.hpp), whose upper bounds build on the lower bounds of λ2 and of the same for the
// normalised Laplacian. Edges and rates as for spectrum(); `rows` and `blocks` are theirs. About 40 bytes per
// worker and 12 per edge, plus 16 per edge where rates differ.
Spectrum iterative_spectrum(std::span<const Edge> edges, CompressedRows rows, const Blocks& blocks,
                            double visits, const IterativePrecision& precision = narrow_bounds);

}  // namespace acidsim
