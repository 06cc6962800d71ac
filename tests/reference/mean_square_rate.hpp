// How fast E‖Z − Z*‖² decays, from a method's declaration alone: all states Z in R^{nm} of scalar quadratics
// f_i(x) = (h_i/2) x² flow by F and jump by J_e at rate λ_e, so that C = E[Z Zᵀ] obeys
//     dC/dt = F C + C Fᵀ + Σ_e λ_e (J_e C J_eᵀ − C).
// The rate is −max Re of this operator's eigenvalues on the symmetric C of the subspace that the method lives in.
#pragma once

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <utility>
#include <vector>

#include "sim/algorithms/dynamics.hpp"

namespace acidsim::reference {

class MeanSquare {
 public:
  // Gradient events of rate 1 (none of a dual method), with learning rate γ; curvatures: h of each worker.
  MeanSquare(const Dynamics& dynamics, const std::vector<double>& curvatures, const std::vector<Edge>& edges,
             double learning_rate)
      : workers_(static_cast<Index>(curvatures.size())), vectors_(dynamics.size()) {
    const Matrix<double> one = Matrix<double>::Identity(vectors_, vectors_);
    const auto or_one = [&](const Matrix<double>& matrix) { return matrix.size() > 0 ? matrix : one; };
    flow_ = Matrix<double>::Zero(size(), size());
    for (Index i = 0; i < workers_; ++i) {
      if (dynamics.flow.size() > 0) block(flow_, i, i) = dynamics.flow;
      if (dynamics.dual) continue;
      const Vector<double>& point =
          dynamics.gradient.point.size() > 0 ? dynamics.gradient.point : dynamics.point;
      const double slope = learning_rate * curvatures[static_cast<std::size_t>(i)];
      Matrix<double> jump = identity();
      block(jump, i, i) =
          (or_one(dynamics.gradient.after) + slope * dynamics.gradient.landing * point.transpose()) *
          or_one(dynamics.gradient.before);
      jumps_.emplace_back(1.0, jump);
    }
    for (const Edge& edge : edges) {
      Matrix<double> jump = identity();
      for (const auto& [own, other] : {std::pair(edge.i, edge.j), std::pair(edge.j, edge.i)}) {
        const auto told = [&](Worker w) -> Matrix<double> {  // ∇f_i*(z) = z/h_i
          return dynamics.exchange.told / (dynamics.dual ? curvatures[w] : 1.0);
        };
        block(jump, own, own) = or_one(dynamics.exchange_kept) - dynamics.exchange.landing * told(own);
        block(jump, own, other) = dynamics.exchange.landing * told(other);
      }
      jumps_.emplace_back(edge.rate, jump);
    }
  }

  // constraints: one row per conserved sum that is 0, over the vectors of worker 0, of worker 1, …
  double rate(const Matrix<double>& constraints) const {
    const Matrix<double> kernel = Eigen::FullPivLU<Matrix<double>>(constraints).kernel();
    const Matrix<double> basis = Eigen::HouseholderQR<Matrix<double>>(kernel).householderQ() *
                                 Matrix<double>::Identity(kernel.rows(), kernel.cols());
    const Index k = basis.cols();
    const Matrix<double> flow = basis.transpose() * flow_ * basis;
    std::vector<std::pair<double, Matrix<double>>> jumps;
    for (const auto& [rate, jump] : jumps_) jumps.emplace_back(rate, basis.transpose() * jump * basis);
    Matrix<double> generator(k * (k + 1) / 2, k * (k + 1) / 2);
    Index column = 0;
    for (Index a = 0; a < k; ++a)
      for (Index b = a; b < k; ++b) {
        Matrix<double> c = Matrix<double>::Zero(k, k);
        c(a, b) = c(b, a) = 1;
        Matrix<double> slope = flow * c + c * flow.transpose();
        for (const auto& [rate, jump] : jumps) slope += rate * (jump * c * jump.transpose() - c);
        Index row = 0;
        for (Index i = 0; i < k; ++i)
          for (Index j = i; j < k; ++j) generator(row++, column) = slope(i, j);
        ++column;
      }
    return -Eigen::EigenSolver<Matrix<double>>(generator, false).eigenvalues().real().maxCoeff();
  }

  // C after a time, from the start Z with Z* = 0, by Runge and Kutta's fourth-order method.
  Matrix<double> moments(const Vector<double>& start, double duration, double step = 0.05) const {
    Matrix<double> c = start * start.transpose();
    const auto steps = static_cast<int>(duration / step + 0.5);
    for (int k = 0; k < steps; ++k) {
      const Matrix<double> k1 = slope(c), k2 = slope(c + step / 2 * k1);
      const Matrix<double> k3 = slope(c + step / 2 * k2), k4 = slope(c + step * k3);
      c += step / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    }
    return c;
  }

 private:
  Matrix<double> slope(const Matrix<double>& c) const {
    Matrix<double> sum = flow_ * c + c * flow_.transpose();
    for (const auto& [rate, jump] : jumps_) sum += rate * (jump * c * jump.transpose() - c);
    return sum;
  }
  Index size() const { return workers_ * vectors_; }
  Matrix<double> identity() const { return Matrix<double>::Identity(size(), size()); }
  Eigen::Block<Matrix<double>> block(Matrix<double>& matrix, Index i, Index j) const {
    return matrix.block(i * vectors_, j * vectors_, vectors_, vectors_);
  }

  Index workers_, vectors_;
  Matrix<double> flow_;
  std::vector<std::pair<double, Matrix<double>>> jumps_;
};

}  // namespace acidsim::reference
