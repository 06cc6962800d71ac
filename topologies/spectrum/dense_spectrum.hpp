// χ1, χ2 and every resistance by dense linear algebra: for small graphs, and for dense ones.
#pragma once

#include <span>

#include "topologies/spectrum/spectrum_result.hpp"

namespace acidsim {

inline constexpr Worker largest_dense_spectrum = 6000;  // workers: two dense matrices, 0.6 GB

// The inverse of the shifted Laplacian by Cholesky, λ2 from it, and the resistances that may be the largest
// refined to near rounding (tested to 1e-11 relatively, up to condition numbers of 1e10).
// Edges as for spectrum(), connected, with rates near 1. Cost: O(n³) time, 16 n² bytes.
Spectrum dense_spectrum(Worker workers, std::span<const Edge> edges);

}  // namespace acidsim
