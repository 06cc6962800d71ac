// χ1, χ2 and every resistance by sparse Cholesky factorisation.
#pragma once

#include <span>

#include "topologies/spectrum/spectrum_result.hpp"
#include "topologies/spectrum/supernodal_cholesky.hpp"
#include "topologies/structure.hpp"

namespace acidsim {

// λ2 by Lanczos on P Λ⁺ P [Spectra], finished with the Rayleigh quotient over edges; resistances in closed
// form where the block structure gives them, else by selected inversion, which is left out where no edge
// needs it. All to near rounding (see SupernodalCholesky), except where very many eigenvalues crowd behind
// λ2: then χ1 lies between bounds (bound_chi_1, with its `visits`). Edges and rates as for spectrum();
// `blocks` and `factor` are theirs.
Spectrum sparse_spectrum(Worker workers, std::span<const Edge> edges, const Blocks& blocks,
                         SupernodalCholesky&& factor, double visits);

}  // namespace acidsim
