// Eigenvalues of mixing matrices.
#pragma once

#include "sim/core/event.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// W, for a group that does not hear the mean of all. Meant for few workers.
Matrix<double> mixing_matrix(const Group& group);

// The largest modulus of an eigenvalue of a doubly stochastic matrix of a group, but for one eigenvalue 1: what
// a round leaves of a disagreement in the long run. All eigenvalues, for at most 1000 workers.
double disagreement_factor(const Group& group);

// λ_2 and λ_n of a group's symmetric matrix: dense for up to 1000 workers, else by Lanczos, to 1e-9. Throws
// InputError where that does not converge.
MixingConstants mixing_constants(const Group& group);

}  // namespace acidsim
