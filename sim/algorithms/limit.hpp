// Where methods end on quadratics, and with which steps they are stable, as far as closed forms are known.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "sim/core/types.hpp"

namespace acidsim {

// What the workers' models solve in the mean, once at rest, where f_i(x) = ½ (x − b_i)ᵀ A_i (x − b_i), with mixing
// matrix W, Λ = Σ_ij λ_ij (e_i − e_j)(e_i − e_j)ᵀ and gradient rates R = diag(r_i):
//     pairwise         (γ R K + weight Λ) x = γ R K b, K = A, or A (I + γA)⁻¹ if `stale`
//     combine_adapt    (I − W' + γA) x = γ A b,             W' = I − weight (I − W)
//     adapt_combine    (I − W' (I − γA)) x = γ W' A b
//     local_steps      Σ_i C_i (x_i − b_i) = 0, C_i = I − (I − γA_i)^steps, all x_i equal
// Where `mixed_by` is given, it is P(W) that mixes instead of W. Where `pushed`, W is column stochastic, x is divided by
// weights w, the model is z = x/w, and w = W w with Σ_j w_j (1 + (1 − W_jj) rounds_under_way) = n: there combine_adapt and adapt_combine are
//     (I − W) diag(w) z + γ A z = γ A b     and     (diag(w) − W (diag(w) − γA)) z = γ W A b
// Noise changes none of it. The first are linear equations for expected states under Poisson clocks; the others are fixed points.
struct LimitRule {
  enum class Kind { pairwise, combine_adapt, adapt_combine, local_steps };
  Kind kind = Kind::pairwise;
  double weight = 1;
  bool stale = false;
  int steps = 1;
  bool with_momentum = true;  // holds with momentum β in the optimizer too, for γ/(1 − β)
  std::function<Matrix<double>(const Matrix<double>& w)> mixed_by = {};
  bool pushed = false;
  int rounds_under_way = 0;  // of a message, at the end of the round that it was sent in
};

// What the largest steps of a method follow from.
struct StepFacts {
  ObjectiveConstants objective;  // L is known, and positive
  MixingConstants mixing = {};   // of a method that has a mixing matrix
  Worker workers = 1;
  // α, where messages are compressed: E ‖Q(v) − v‖² ≤ (1 − α) ‖v‖²; 0: for none.
  std::optional<double> contraction = {};

  double smoothness() const { return *objective.smoothness; }
};

// How large γ may be, and under which conditions, as a line that holds the value.
struct StepLimit {
  double value;
  std::string words;
};

// Without momentum the method is stable on quadratics of curvatures up to L where γ is smaller. `formula`: of the value.
StepLimit stable_below(double value, const std::string& formula);
// Its theory holds up to this γ. `premise`: what the theory assumes, or its source.
StepLimit in_theory_up_to(double value, const std::string& premise);

// 2/L, where messages are sent whole.
std::optional<StepLimit> two_over_smoothness(const StepFacts& facts);

}  // namespace acidsim
