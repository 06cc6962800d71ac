// What is found of the spectrum of a rated graph, and how much may be spent on it.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// low ≤ the true value ≤ high.
struct Bounds {
  double low = 0, high = 0;
};

struct Spectrum {
  // In units of time: 1/λ2(Λ), and half the largest effective resistance over edges of positive rate. Where a
  // value is not exact it is the best one inside its bounds (for χ2: half the resistance of chi_2_edge, to
  // within the bounds).
  double chi_1 = 0, chi_2 = 0;
  Bounds chi_1_bounds, chi_2_bounds;
  // Both values are right to rounding (× a modest factor; see the method); otherwise the bounds say how far.
  bool exact = true;
  // The edge that attains χ2; the first of those within 1e-12 of it, relatively (where resistances are
  // exact).
  std::size_t chi_2_edge = 0;
  // How it was computed, in words.
  std::string method;
  // |Σ λ_e R_e / (n − 1) − 1|, 0 in exact arithmetic (Foster's theorem). Nothing where not every R_e is
  // known.
  std::optional<double> foster_residual;
  // ‖Λx − λ2 x‖ / (λ2 ‖x‖) of the eigenvector behind χ1: bounds the relative distance to an eigenvalue.
  // Nothing where χ1 is a closed form.
  std::optional<double> eigen_residual;
  // R_ij per edge, those of rate 0 included. Empty where they were not all computed.
  std::vector<double> resistances;

  GraphConstants constants() const { return {chi_1, chi_2}; }
};

struct SpectrumOptions {
  // Every R_e is wanted: methods that find the largest alone are left out, and InputError("topology", …) says
  // so where none is left.
  bool all_resistances = false;
  // Arithmetic operations and bytes that a factorisation may take; beyond them iterative methods serve.
  double most_flops = 1e12;
  double most_bytes = 8e9;
  // Neighbours that iterative methods may read, about five minutes of one core; beyond them the bounds
  // reached so far are given.
  double most_visits = 5e10;
  // Graphs with more workers than this get wider intervals where a factorisation is not affordable: χ1 and χ2 within
  // 1 %, in a fraction of the time.
  std::size_t most_workers_narrow = 250000;
};

}  // namespace acidsim
