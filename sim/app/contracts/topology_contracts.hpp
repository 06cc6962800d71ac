// χ1, χ2 and resistances of a graph by brute force.
#pragma once

#include <vector>

#include "sim/experiment/network.hpp"

namespace acidsim {

struct DenseSpectrum {
  double chi_1 = 0, chi_2 = 0;
  std::vector<double> resistances;  // of each edge
};

// From all eigenvalues of the Laplacian Λ, and R_ij = (e_i − e_j)ᵀ (Λ + 11ᵀ/n)⁻¹ (e_i − e_j); χ2 over the edges of positive
// rate. O(workers³).
DenseSpectrum dense_spectrum(const Network& network);

}  // namespace acidsim
