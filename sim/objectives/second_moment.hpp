// Extreme eigenvalues of second moment matrices Σ_s w_s a_s a_sᵀ: where L and μ of linear models come from.
#pragma once

#include <functional>

#include "sim/core/types.hpp"

namespace acidsim {

// Adds A Aᵀ to the lower triangle of the moment.
void add_products(const Matrix<double>& a, Matrix<double>& moment);

struct Extremes {
  double smallest = 0;
  double largest = 0;
};

// Both extreme eigenvalues of a symmetric positive semidefinite matrix (its lower triangle is read), by a
// dense solver.
Extremes dense_extremes(const Matrix<double>& symmetric);

// The largest eigenvalue of a positive semidefinite operator on R^d given by its product v ↦ A v, by power
// iteration from a fixed pseudo-random start, until the Rayleigh quotient (which approaches from below)
// changes by less than 1e-6 of itself.
double largest_eigenvalue(Index dimension,
                          const std::function<Vector<double>(const Vector<double>&)>& product);

}  // namespace acidsim
