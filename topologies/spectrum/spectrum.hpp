// χ1 and χ2 of a rated graph: exactly where that is affordable, between certified bounds where not.
#pragma once

#include <span>

#include "topologies/spectrum/spectrum_result.hpp"

namespace acidsim {

// Λ = Σ λ_ij (e_i − e_j)(e_i − e_j)ᵀ. Edges: i < j, sorted, distinct. Edges of rate 0 are ignored for χ1, χ2
// and connectivity. Throws InputError: "workers" below 2, "topology" where the edges of positive rate do not
// connect all workers or their rates are too small or differ too widely for double precision.
Spectrum spectrum(Worker workers, std::span<const Edge> edges, const SpectrumOptions& options = {});

}  // namespace acidsim
