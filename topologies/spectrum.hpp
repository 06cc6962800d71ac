// χ1 and χ2 of a rated graph, exactly, by dense linear algebra.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

struct Spectrum {
  double chi_1 = 0;  // 1/λ2(Λ), in units of time
  double chi_2 = 0;  // ½ max over edges of positive rate of the effective resistance R_ij, in units of time
  std::size_t chi_2_edge = 0;  // the edge that attains χ2; the first of those within 1e-12 of it, relatively
  std::string method;          // how it was computed, in words
  double foster_residual = 0;  // |Σ λ_e R_e / (n − 1) − 1|: 0 in exact arithmetic (Foster's theorem)
  double eigen_residual =
      0;  // ‖Λx − λ2 x‖ / (λ2 ‖x‖) of the eigenvector behind χ1: bounds the distance to an eigenvalue
  std::vector<double> resistances;  // R_ij per edge, those of rate 0 included, to rounding × condition number

  GraphConstants constants() const { return {chi_1, chi_2}; }
};

inline constexpr Worker largest_dense_spectrum = 6000;  // workers: two dense matrices, 0.6 GB

// Λ = Σ λ_ij (e_i − e_j)(e_i − e_j)ᵀ. Edges of rate 0 are ignored for χ1, χ2 and connectivity.
// χ1 and χ2 are refined to near rounding (1e-12 relatively up to condition numbers of 1e6, tested to 1e-11).
// Cost: O(n³) time, 16 n² bytes.
// Throws InputError: "workers" beyond `largest_dense_spectrum` or below 2, "topology" where the edges of
// positive rate do not connect all workers or their rates are too small or differ too widely for double
// precision.
Spectrum spectrum(Worker workers, std::span<const Edge> edges);

}  // namespace acidsim
