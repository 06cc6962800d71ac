// Where methods end on quadratics, and with which steps they are stable, as far as closed forms are known.
#pragma once

#include <string>

namespace acidsim {

// What the workers' models solve in the mean, once at rest, where f_i(x) = ½ (x − b_i)ᵀ A_i (x − b_i), with mixing
// matrix W, Λ = Σ_ij λ_ij (e_i − e_j)(e_i − e_j)ᵀ and gradient rates R = diag(r_i):
//     pairwise         (γ R K + weight Λ) x = γ R K b, K = A, or A (I + γA)⁻¹ if `stale`
//     combine_adapt    (I − W' + γA) x = γ A b,             W' = I − weight (I − W)
//     adapt_combine    (I − W' (I − γA)) x = γ W' A b
//     local_steps      Σ_i C_i (x_i − b_i) = 0, C_i = I − (I − γA_i)^steps, all x_i equal
// Noise changes none of it. The first are linear equations for expected states under Poisson clocks; the others are fixed points.
struct LimitRule {
  enum class Kind { pairwise, combine_adapt, adapt_combine, local_steps };
  Kind kind = Kind::pairwise;
  double weight = 1;
  bool stale = false;
  int steps = 1;
  bool with_momentum = true;  // holds with momentum β in the optimizer too, for γ/(1 − β)
};

// Without momentum a method is stable on quadratics of curvatures up to L where γ is smaller.
struct StepLimit {
  double value;
  std::string formula;
};

inline StepLimit two_over_smoothness(double smoothness) { return {2 / smoothness, "2/L"}; }

}  // namespace acidsim
