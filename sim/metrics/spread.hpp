// The mean of the workers and how far they are from it, in one pass over the states.
#pragma once

#include "sim/core/states.hpp"

namespace acidsim {

// With c = x_0, δ_i = x_i − c and s = Σ_i δ_i, in double precision and in the order of the workers:
//
//     x̄ = c + s/n,     D = Σ_i ‖x_i − x̄‖² = Q − ‖s‖²/n,     Q = Σ_i ‖δ_i‖².
//
// Close workers are close to c, so no large squares are subtracted: Q = D + n‖x_0 − x̄‖², and since worker 0
// is one of them, ‖x_0 − x̄‖² ≤ D (n − 1)/n. So D ≥ Q/n, and the subtraction costs at most log10(n) of the
// digits that Q has, and log10(2) of them where worker 0 is no further out than the others on average. Where
// D < Q/1000 (worker 0 is alone far from a thousand others, or all that differs is rounding) the states are
// read a second time and Σ_i ‖x_i − x̄‖² is summed as it stands: three digits are lost at most. Compare
// [Chan, Golub and LeVeque, "Algorithms for computing the sample variance", The American Statistician 37,
// 1983].
template <class Scalar>
struct Spread {
  Vector<double> mean;  // x̄, d entries
  double squares = 0;   // D
  bool read_twice = false;

  // Of vector a. Allocates on the first call alone.
  void measure(const StateView<Scalar>& states, int a);

 private:
  Vector<Scalar> state_;
  Vector<double> reference_;  // c
};

}  // namespace acidsim
