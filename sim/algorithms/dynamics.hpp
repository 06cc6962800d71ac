// An algorithm, declared as five small arrays.
#pragma once

#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// Each worker holds m vectors in R^d, its state S (m × d). Between events dS = A S dt; then
//   gradient event of i:         S_i ← S_i + c (γ p + kᵀS_i),     p = the local optimizer's direction, γ =
//   learning rate communication event (i, j):  Δ = k'ᵀ(S_i − S_j);   S_i ← S_i − c' Δ,   S_j ← S_j + c' Δ
// The gradient is evaluated at vector 0. A²CiD²: A = [[−η, η], [η, −η]], c = (−1, −1), k = 0, c' = (α, α̃), k'
// = (1, 0).
struct Dynamics {
  std::vector<std::string> vectors;      // names of the m vectors, as in results
  Matrix<double> flow;                   // A: m × m
  Vector<double> gradient_landing;       // c: m
  Vector<double> gradient_feedback;      // k: m
  Vector<double> communication_landing;  // c': m
  Vector<double> exchanged;              // k': m
  bool communicates = true;              // false: communication clocks are switched off

  int size() const { return static_cast<int>(vectors.size()); }
};

}  // namespace acidsim
