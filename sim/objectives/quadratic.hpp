// Quadratics whose every constant is known.
//   f_i(x) = ½ Σ_k h_k (x_k − b_ik)²,   ∇F_i(x, ξ) = h ∘ (x − b_i) + noise·N(0, I)
// h_k is spread linearly over [curvature_min, curvature_max] (in dimension 1, h = curvature_min), and
// b_ik ~ N(0, heterogeneity²). Then
//   L = h_max,   μ = h_min,   x* = b̄,   f* = ½ Σ_k h_k var_i(b_ik),
//   σ² = dimension·noise²,   ζ² = (1/n) Σ_i ‖∇f_i(x*)‖² = Σ_k h_k² var_i(b_ik).
#pragma once

#include <cstdint>
#include <memory>

#include "sim/objectives/objective.hpp"

namespace acidsim {

struct QuadraticParameters {
  Index dimension = 10;
  double curvature_min = 1;
  double curvature_max = 1;
  double noise = 0;
  double heterogeneity = 0;
};

template <class Scalar>
class Quadratic final : public Objective<Scalar> {
 public:
  // centres: dimension × workers, column i = b_i; no columns = all b_i are 0.
  Quadratic(const QuadraticParameters& parameters, Worker workers, Matrix<Scalar> centres,
            std::uint64_t noise_seed);

  std::unique_ptr<GradientScratch> scratch() const override;
  Index dimension() const override { return curvature_.size(); }
  Worker workers() const override { return workers_; }
  void gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x, Vector<Scalar>& g,
                GradientScratch& scratch) const override;
  void announce(std::span<const GradientAddress> coming, GradientScratch& scratch) const override;
  bool is_separable() const override { return noise_ == 0; }
  void gradient_part(Worker worker, Range range, const Scalar* x, Scalar* g) const override;
  double loss(const Vector<Scalar>& x) const override;
  double worker_loss(Worker worker, const Vector<Scalar>& x) const override;
  void full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const override;
  ObjectiveConstants constants() const override;
  const Minimiser& minimiser() const override { return minimiser_; }
  std::optional<QuadraticForm> quadratic_form(Worker worker) const override;
  void conjugate_gradient(Worker worker, const Vector<Scalar>& z, Vector<Scalar>& x) const override;
  std::string no_conjugate_reason() const override;

 private:
  const float* announced_noise(const GradientAddress& gradient, GradientScratch& scratch) const;

  Worker workers_;
  Vector<Scalar> curvature_;  // h
  Matrix<Scalar> centres_;    // d × workers, or no columns
  Scalar noise_;
  std::uint64_t noise_seed_;
  Minimiser minimiser_;
};

// dimension × workers, column i = b_i = heterogeneity·N(0, I), drawn from (problem_seed, Purpose::problem, i); no
// columns where it is 0.
template <class Scalar>
Matrix<Scalar> draw_centres(const QuadraticParameters& parameters, Worker workers,
                            std::uint64_t problem_seed);

// With centres that are drawn.
template <class Scalar>
std::unique_ptr<Quadratic<Scalar>> make_quadratic(const QuadraticParameters& parameters, Worker workers,
                                                  std::uint64_t problem_seed, std::uint64_t noise_seed);

// With given centres (dimension × workers, column i = b_i); parameters.heterogeneity is not used.
template <class Scalar>
std::unique_ptr<Quadratic<Scalar>> make_quadratic(const QuadraticParameters& parameters,
                                                  Matrix<Scalar> centres, std::uint64_t noise_seed);

}  // namespace acidsim
