// Chebyshev's polynomials of a mixing matrix: several exchanges that mix like many.
#pragma once

#include <vector>

#include "sim/algorithms/linear_forms.hpp"
#include "sim/algorithms/row.hpp"

namespace acidsim {

// With 𝓦 = I − W of eigenvalues 0 < w_2 ≤ … ≤ w_n on the disagreement, and γ_W = w_2/w_n: K exchanges make of v
//
//     z_0 = v,   z_1 = c2 (I − c3 𝓦) v,   z_{k+1} = 2 c2 (I − c3 𝓦) z_k − z_{k−1}
//     a_0 = 1,   a_1 = c2,                 a_{k+1} = 2 c2 a_k − a_{k−1}
//
// the average v̄ with an error that is smaller by 2 c1^K/(1 + c1^{2K}):  z_K / a_K.   (Auzinger, Melenk 2011; Scaman et
// al. 2017, arXiv 1702.08704.) Any multiple of 𝓦 gives the same.
struct Chebyshev {
  double c1, c2, c3;
  int steps;  // K = ⌊1/√γ_W⌋

  // lambda_2, lambda_n: second largest and smallest eigenvalue of W, 1 > lambda_2 ≥ lambda_n.
  static Chebyshev of(double lambda_2, double lambda_n);
  // One of the K exchanges, as equations: what is told, and what z_{k+1} becomes.
  struct Exchange {
    Form told, next;
  };
  // k = 0 … K − 1. The method's symbols: v, z_k, z_{k−1} and one mixed message.
  Exchange exchange(int k, const LinearForms& symbols, const Form& v, const Form& z,
                    const Form& before) const;
  // a_K.
  double scale() const;
  // P(W) = z_K/a_K as a matrix.
  Matrix<double> of_matrix(const Matrix<double>& w) const;

  // The parameters `steps`, `c2` and `c3`, all automatic by default, and what they are once resolved.
  static std::vector<Parameter> parameters();
  static bool any_automatic(const Values& values);
  static void resolve(Values& values, const MixingConstants& mixing);
  static Chebyshev from(const Values& resolved);
};

}  // namespace acidsim
