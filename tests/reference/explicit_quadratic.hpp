// f_i(x) = ½ (x − b_i)ᵀ A_i (x − b_i), with A_i and b_i given: gradients without noise, known to every digit.
#pragma once

#include <Eigen/LU>
#include <utility>
#include <vector>

#include "sim/objectives/objective.hpp"

namespace acidsim::reference {

class ExplicitQuadratic final : public Objective<double> {
 public:
  // Of each worker: A, symmetric and positive definite, and b.
  ExplicitQuadratic(std::vector<Matrix<double>> a, std::vector<Vector<double>> b)
      : a_(std::move(a)), b_(std::move(b)) {
    Matrix<double> sum = Matrix<double>::Zero(dimension(), dimension());
    Vector<double> right = Vector<double>::Zero(dimension());
    for (std::size_t i = 0; i < a_.size(); ++i) {
      sum += a_[i];
      right += a_[i] * b_[i];
    }
    minimiser_.point = sum.inverse() * right;
    minimiser_.value = loss(minimiser_.point);
    Vector<double> g;
    full_gradient(minimiser_.point, g);
    minimiser_.gradient_norm = g.norm();
  }

  Index dimension() const override { return b_[0].size(); }
  Worker workers() const override { return static_cast<Worker>(b_.size()); }

  void gradient(Worker i, std::uint64_t, const Vector<double>& x, Vector<double>& g,
                GradientScratch&) const override {
    g = a_[i] * (x - b_[i]);
  }
  double loss(const Vector<double>& x) const override {
    double sum = 0;
    for (Worker i = 0; i < workers(); ++i) sum += worker_loss(i, x);
    return sum / workers();
  }
  double worker_loss(Worker i, const Vector<double>& x) const override {
    return 0.5 * (x - b_[i]).dot(a_[i] * (x - b_[i]));
  }
  void full_gradient(const Vector<double>& x, Vector<double>& g) const override {
    g = Vector<double>::Zero(dimension());
    for (std::size_t i = 0; i < a_.size(); ++i) g += a_[i] * (x - b_[i]);
    g /= workers();
  }
  void conjugate_gradient(Worker i, const Vector<double>& z, Vector<double>& x) const override {
    x = b_[i] + a_[i].inverse() * z;
  }
  const Minimiser& minimiser() const override { return minimiser_; }

 private:
  std::vector<Matrix<double>> a_;
  std::vector<Vector<double>> b_;
  Minimiser minimiser_;
};

}  // namespace acidsim::reference
