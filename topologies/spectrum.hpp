// χ1 and χ2 of a rated graph, exactly, by dense linear algebra.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

struct Spectrum {
  // In units of time: 1/λ2(Λ), and half the largest effective resistance over edges of positive rate.
  double chi_1 = 0, chi_2 = 0;
  // The edge that attains χ2; the first of those within 1e-12 of it, relatively.
  std::size_t chi_2_edge = 0;
  // How it was computed, in words.
  std::string method;
  // |Σ λ_e R_e / (n − 1) − 1|, 0 in exact arithmetic (Foster's theorem).
  double foster_residual = 0;
  // ‖Λx − λ2 x‖ / (λ2 ‖x‖) of the eigenvector behind χ1: bounds the relative distance to an eigenvalue.
  double eigen_residual = 0;
  // R_ij per edge, those of rate 0 included, to rounding × condition number.
  std::vector<double> resistances;

  GraphConstants constants() const { return {chi_1, chi_2}; }
};

inline constexpr Worker largest_dense_spectrum = 6000;  // workers: two dense matrices, 0.6 GB

// Λ = Σ λ_ij (e_i − e_j)(e_i − e_j)ᵀ. Edges of rate 0 are ignored for χ1, χ2 and connectivity.
// χ1 and χ2 are refined to near rounding (tested to 1e-11 relatively, up to condition numbers of 1e10).
// Cost: O(n³) time, 16 n² bytes.
// Throws InputError: "workers" beyond `largest_dense_spectrum` or below 2, "topology" where the edges of
// positive rate do not connect all workers or their rates are too small or differ too widely for double
// precision.
Spectrum spectrum(Worker workers, std::span<const Edge> edges);

}  // namespace acidsim
