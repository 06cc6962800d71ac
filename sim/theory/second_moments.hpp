// The linear equation that the second moments of all workers' states obey.
#pragma once

#include <Eigen/SparseCore>
#include <functional>
#include <vector>

#include "sim/theory/equations.hpp"
#include "sim/theory/pairs.hpp"

namespace acidsim {

// C_ij = E[z_i z_jᵀ], V × V for every pair of workers, obeys
//     dC/dt = A C + C Aᵀ + Σ_e λ_e U_e C U_eᵀ + noise,     A = flow + Σ_e λ_e U_e,
// where event e of rate λ_e makes (1 + U_e) z of the state z of all workers. U_e touches one worker or two, so this takes
// V³ operations for each pair, and V r for each neighbour of one of its workers. C is stored block by block: entry (a, b)
// of all C_ij is an array over pairs, number a V + b.
class SecondMoments {
 public:
  // The pairs must outlive it. Pairs by difference: all workers have the same equations.
  SecondMoments(const MomentEquations& equations, const Pairs& pairs);

  Index size() const { return vectors_ * vectors_ * pairs_.size(); }
  Index vectors() const { return vectors_; }
  const Pairs& pairs() const { return pairs_; }
  // out ← the right side of the equation without noise.
  void apply(const Vector<double>& moments, Vector<double>& out);
  // What the noise of gradients adds per unit time.
  const Vector<double>& noise() const { return noise_; }
  // moments ← what the gradients before the first event make of them.
  void start(Vector<double>& moments);
  // C without what its symmetry repeats: blocks a ≤ b; and back, made symmetric where a = b. The operator itself is right for
  // symmetric C alone, which is why whoever makes new directions out of rounding errors has to take this way. Nothing is
  // allocated where `out` has the size already.
  void pack(const Vector<double>& moments, Vector<double>& out) const;
  void unpack(const Vector<double>& packed, Vector<double>& out) const;
  Vector<double> packed(const Vector<double>& moments) const;
  Vector<double> unpacked(const Vector<double>& packed) const;
  // The operator on packed moments.
  void apply_packed(const Vector<double>& in, Vector<double>& out);
  // The operator on symmetric C as a matrix; cheap for pairs by difference.
  Eigen::SparseMatrix<double> matrix();

 private:
  using Coefficients = std::vector<Vector<double>>;  // of entry (a, b) at a V + b, for every row; empty: 0

  Index block(Index a, Index b) const { return (a * vectors_ + b) * pairs_.size(); }
  const MomentEquations::Gradient& gradient_of(Index row) const;
  Matrix<double> at(const Vector<double>& moments, Index place) const;
  void add_at(Vector<double>& moments, Index place, const Matrix<double>& change) const;
  Coefficients by_rows(const std::function<Matrix<double>(Index row)>& of_row) const;
  void prepare_exchanges();
  void times_rows(const Coefficients& factors, const Vector<double>& in, Vector<double>& out) const;
  void add_drift(const Vector<double>& in, Vector<double>& out);
  void add_jumps(const Vector<double>& in, Vector<double>& out);
  void add_exchange(const Pairs::Neighbour& neighbour, const Vector<double>& in, Vector<double>& out);
  void add_kept_exchange(const Pairs::Neighbour& neighbour, const Vector<double>& in,
                         Vector<double>& out) const;

  MomentEquations equations_;
  const Pairs& pairs_;
  Index vectors_;
  Coefficients drift_;  // flow + rate·jump + degree·kept
  struct Term {
    Index block, entry;
    double factor;
  };
  std::vector<Term> told_, landing_;  // entries of told ⊗ told and of landing ⊗ landing that are not 0
  Vector<double> noise_, left_, message_, mixed_, full_, change_;
  std::vector<double> difference_;  // r × r
};

}  // namespace acidsim
