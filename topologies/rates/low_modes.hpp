// The slowest modes of a Laplacian.
#pragma once

#include "topologies/rates/rate_problem.hpp"

namespace acidsim {

// Eigenpairs of Λ⁺ off 1, largest first: all of them for small graphs, else the first `mode_block`.
struct LowModes {
  Vector<double> values;   // 1/μ, μ an eigenvalue of Λ
  Matrix<double> vectors;  // columns, of unit length and mean 0
};

inline constexpr Index mode_block = 48;

// The modes of Λ, whose pseudo-inverse is `inverse` up to a multiple of 11ᵀ; `modes` holds those of a similar
// Laplacian, or nothing. They are accurate as far as a p-norm of the values is concerned. Subspace iteration
// with Rayleigh–Ritz projection on a short block Krylov space; all eigenpairs where the graph is small or the
// first mode_block are nearly equal.
void update_modes(const Matrix<double>& inverse, double p, LowModes& modes);

}  // namespace acidsim
