// χ1 and χ2 of a graph that is too large to factorise, between bounds.
#pragma once

#include <span>
#include <string>

#include "topologies/spectrum/rated_rows.hpp"
#include "topologies/spectrum/spectrum_result.hpp"
#include "topologies/structure.hpp"

namespace acidsim {

// χ1 by Lanczos' recurrence (lanczos.hpp) with the interval of its residual; where that does not converge
// within `visits` to neighbours, between 1/(Ritz value) and (1 − 1/n) Σ_i R(i, root), R bounded by the path
// to the root of a tree. Returns a description of the method; `visits` is reduced by what was spent.
std::string bound_chi_1(Spectrum& result, const RatedRows& rated, double& visits);

// Both, χ1 with half of the `visits`; χ2 by bridges where these settle it, else by branch and bound
// (largest_resistance.hpp), whose upper bounds build on the lower bounds of λ2 and of the same for the
// normalised Laplacian. Edges and rates as for spectrum(); `rows` and `blocks` are theirs. About 40 bytes per
// worker and 12 per edge, plus 16 per edge where rates differ.
Spectrum iterative_spectrum(std::span<const Edge> edges, CompressedRows rows, const Blocks& blocks,
                            double visits);

}  // namespace acidsim
