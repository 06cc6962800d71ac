// Quadratics whose matrices are given.
//   f_i(x) = ½ (x − b_i)ᵀ A_i (x − b_i),   ∇F_i(x, ξ) = A_i (x − b_i) + noise·N(0, I)
// A_i is symmetric and positive semidefinite. With Ā = (1/n) Σ_i A_i a minimiser x* solves Ā x = (1/n) Σ_i A_i b_i, and
//   f(x) = f* + ½ (x − x*)ᵀ Ā (x − x*),   L = max_i λ_max(A_i),   μ = min_i λ_min(A_i).
#pragma once

#include <cstdint>
#include <vector>

#include "sim/objectives/affine_conjugate.hpp"
#include "sim/objectives/objective.hpp"

namespace acidsim {

template <class Scalar>
class ExplicitQuadratic final : public Objective<Scalar> {
 public:
  // matrices: of every worker, d × d; centres: d × workers, column i = b_i, or no columns = all b_i are 0.
  // Throws InputError where shapes do not fit, and for a matrix that is not symmetric or has a negative
  // eigenvalue, both up to rounding.
  ExplicitQuadratic(const std::vector<Matrix<double>>& matrices, Matrix<Scalar> centres, double noise,
                    std::uint64_t noise_seed);

  Index dimension() const override { return mean_matrix_.rows(); }
  Worker workers() const override { return static_cast<Worker>(matrices_.size()); }
  void gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x, Vector<Scalar>& g,
                GradientScratch& scratch) const override;
  double loss(const Vector<Scalar>& x) const override;
  double worker_loss(Worker worker, const Vector<Scalar>& x) const override;
  void full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const override;
  ObjectiveConstants constants() const override { return constants_; }
  const Minimiser& minimiser() const override;
  std::string no_minimiser_reason() const override;
  std::optional<QuadraticForm> quadratic_form(Worker worker) const override;
  void conjugate_gradient(Worker worker, const Vector<Scalar>& z, Vector<Scalar>& x) const override;
  std::string no_conjugate_reason() const override;

 private:
  void take_matrix(const Matrix<double>& matrix);
  Vector<double> offset(Worker worker, const Vector<double>& x) const;  // x − b_i
  double own_loss(Worker worker, const Vector<double>& x) const;
  void minimise();

  std::vector<Matrix<Scalar>> matrices_;
  Matrix<Scalar> centres_;
  Scalar noise_;
  std::uint64_t noise_seed_;
  Matrix<double> mean_matrix_;  // Ā
  ObjectiveConstants constants_;
  Minimiser minimiser_;  // one of several where Ā is singular
  bool unique_ = true;
  mutable std::once_flag conjugate_made_;
  mutable AffineConjugate<Scalar> conjugate_;
};

}  // namespace acidsim
