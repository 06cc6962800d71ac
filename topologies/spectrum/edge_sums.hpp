// Sums over edges that every method shares, and the refusal where double precision does not reach.
#pragma once

#include <Eigen/Core>
#include <cmath>
#include <span>

#include "sim/core/error.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// Foster's sum is off by rounding × condition number; beyond this the constants are not worth giving.
inline constexpr double largest_foster_residual = 1e-6;
// Resistances nearer to each other than this, relatively, are taken as equal.
inline constexpr double tie = 1e-12;

// xᵀΛx = Σ λ_e (x_i − x_j)², free of cancellation. In long double: millions of terms may be equal.
inline double energy(std::span<const Edge> edges, const Vector<double>& x) {
  long double sum = 0.0;
  for (const Edge& e : edges) sum += e.rate * (x[e.i] - x[e.j]) * (x[e.i] - x[e.j]);
  return static_cast<double>(sum);
}

// ‖Λx − λ2 x‖ / (λ2 ‖x‖).
inline double eigen_residual(std::span<const Edge> edges, const Vector<double>& x, double lambda_2) {
  Vector<double> r = -lambda_2 * x;
  for (const Edge& e : edges) {
    const double flow = e.rate * (x[e.i] - x[e.j]);
    r[e.i] += flow;
    r[e.j] -= flow;
  }
  return r.norm() / (lambda_2 * x.norm());
}

[[noreturn]] inline void refuse_rates() {
  throw InputError(
      "topology",
      "the rates of the edges are too small or differ too widely for χ1 and χ2 in double precision", {},
      "give eta and alpha_tilde by hand");
}

}  // namespace acidsim
