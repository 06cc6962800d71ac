// Centralized solvers, in double precision, for the exact minimisers that runs are measured against.
#pragma once

#include <functional>
#include <optional>

#include "sim/objectives/objective.hpp"

namespace acidsim {

// f(x), with ∇f(x) written to the second argument.
using ValueAndGradient = std::function<double(const Vector<double>&, Vector<double>&)>;

// L-BFGS (LBFGS++) from 0 until ‖∇f‖ ≤ 1e-10·max(1, ‖∇f(0)‖), or as near as double precision gets; the norm
// reached is in the result. Works in the coordinates z_c = Lᵀ x_c on each block x_c of `factor.rows()`
// coordinates, where L Lᵀ ≈ Hessian block (L lower triangular): the better the factor, the fewer the steps.
// An empty factor stands for the identity.
Minimiser minimise(const ValueAndGradient& f, Index dimension, const Matrix<double>& factor);

// L with L Lᵀ = H, lower triangular, for symmetric positive definite H (lower triangle).
Matrix<double> cholesky_factor(const Matrix<double>& h);

// The solution of H x = r for symmetric positive definite H (lower triangle), or nothing where H is singular
// to working precision: estimated reciprocal condition number below 10·d·ε.
std::optional<Vector<double>> solve_positive_definite(const Matrix<double>& h, const Vector<double>& r);

}  // namespace acidsim
