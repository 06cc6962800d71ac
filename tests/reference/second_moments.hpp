// The exact second moments of gossip: S(t) = E[z zᵀ], z = (x, x̃) in R^{2n}, one coordinate per worker, obeys
// the linear equation
//     dS/dt = A S + S Aᵀ + Σ_ij λ_ij (B_ij S B_ijᵀ − S),
// A = the flow, B_ij = I − (α; α̃) ⊗ (e_i − e_j) (e_i − e_j)ᵀ acting on x. Integrated with Runge and Kutta's
// fourth-order method.
#pragma once

#include <vector>

#include "sim/core/types.hpp"

namespace acidsim::reference {

class SecondMoments {
 public:
  // start: n × d, the x = x̃ that all realisations begin with; the moments are summed over its d columns.
  SecondMoments(double eta, double alpha, double alpha_tilde, const std::vector<Edge>& edges,
                const Matrix<double>& start)
      : workers_(start.rows()), edges_(edges) {
    const Index n = workers_;
    const Matrix<double> identity = Matrix<double>::Identity(n, n);
    flow_.resize(2 * n, 2 * n);
    flow_ << -eta * identity, eta * identity, eta * identity, -eta * identity;
    for (const Edge& edge : edges) {
      Vector<double> difference = Vector<double>::Zero(n), landing(2 * n);
      difference[edge.i] = 1;
      difference[edge.j] = -1;
      landing << alpha * difference, alpha_tilde * difference;
      landings_.push_back(landing);
    }
    Matrix<double> both(2 * n, start.cols());
    both << start, start;
    moments_ = both * both.transpose();
  }

  // E‖πx‖², summed over columns.
  double consensus() const {
    const auto block = moments_.topLeftCorner(workers_, workers_);
    return block.trace() - block.sum() / static_cast<double>(workers_);
  }

  void integrate(double duration, double step = 0.01) {
    const auto steps = static_cast<int>(duration / step + 0.5);
    for (int k = 0; k < steps; ++k) {
      const Matrix<double> k1 = slope(moments_), k2 = slope(moments_ + step / 2 * k1);
      const Matrix<double> k3 = slope(moments_ + step / 2 * k2), k4 = slope(moments_ + step * k3);
      moments_ += step / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    }
  }

 private:
  Matrix<double> slope(const Matrix<double>& s) const {
    Matrix<double> sum = flow_ * s;
    sum += sum.transpose().eval();
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      // B = I − l wᵀ with w = (e_i − e_j; 0): B S Bᵀ − S = −l (S w)ᵀ − (S w) lᵀ + (wᵀ S w) l lᵀ.
      const Edge& edge = edges_[e];
      const Vector<double>& l = landings_[e];
      const Vector<double> sw = s.col(edge.i) - s.col(edge.j);
      const double wsw = sw[edge.i] - sw[edge.j];
      sum += edge.rate * (wsw * l * l.transpose() - l * sw.transpose() - sw * l.transpose());
    }
    return sum;
  }

  Index workers_;
  std::vector<Edge> edges_;
  Matrix<double> flow_;
  std::vector<Vector<double>> landings_;
  Matrix<double> moments_;
};

}  // namespace acidsim::reference
