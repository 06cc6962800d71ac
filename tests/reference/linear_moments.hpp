// First and second moments of a declared method of exchanges on any quadratics, with noise, momentum and weight decay: the state
// Z in R^N of all workers, with a 1 at its end, flows by F and jumps by J_e Z + noise_e at rate λ_e, so that C = E[Z Zᵀ] obeys
//     dC/dt = F C + C Fᵀ + Σ_e λ_e (J_e C J_eᵀ − C + noise_e),
// all matrices (N + 1) × (N + 1) and dense, integrated with Runge and Kutta's fourth-order method.
#pragma once

#include <utility>
#include <vector>

#include "sim/algorithms/dynamics.hpp"

namespace acidsim::reference {

// f_i(x) = ½ (x − b)ᵀ A (x − b) with gradients at some rate, to which N(0, noise² I) is added.
struct NoisyQuadratic {
  Matrix<double> a;
  Vector<double> b;
  double noise = 0, rate = 1;
};
struct HeavyBall {
  double learning_rate = 0, momentum = 0, weight_decay = 0;
  bool nesterov = false;
};

class LinearMoments {
 public:
  // start: D × n, the x_0 of each worker.
  LinearMoments(const Dynamics& dynamics, const std::vector<NoisyQuadratic>& quadratics,
                const HeavyBall& optimizer, const std::vector<Edge>& edges, const Matrix<double>& start)
      : dynamics_(dynamics), workers_(start.cols()), d_(start.rows()), m_(dynamics.size()) {
    flow_ = Matrix<double>::Zero(size(), size());
    for (Index i = 0; i < workers_; ++i)
      for (Index a = 0; a < m_ && dynamics.flow.size() > 0; ++a)
        for (Index b = 0; b < m_; ++b)
          for (Index k = 0; k < d_; ++k) flow_(at(i, a, k), at(i, b, k)) = dynamics.flow(a, b);
    Vector<double> z = Vector<double>::Zero(size());
    z[size() - 1] = 1;
    for (Index i = 0; i < workers_; ++i)
      for (Index a = 0; a < m_; ++a)
        for (Index k = 0; k < d_; ++k) z[at(i, a, k)] = dynamics.initial[a] * start(k, i);
    moments_ = z * z.transpose();
    for (Index i = 0; i < workers_; ++i) add_gradient(i, quadratics[static_cast<std::size_t>(i)], optimizer);
    for (const Edge& edge : edges) add_exchange(edge);
  }

  void integrate(double duration, double step) {
    const auto steps = static_cast<int>(duration / step + 0.5);
    for (int k = 0; k < steps; ++k) {
      const Matrix<double> k1 = slope(moments_), k2 = slope(moments_ + step / 2 * k1);
      const Matrix<double> k3 = slope(moments_ + step / 2 * k2), k4 = slope(moments_ + step * k3);
      moments_ += step / 6 * (k1 + 2 * k2 + 2 * k3 + k4);
    }
  }

  // E (1/n) Σ_i ‖x_i − x̄‖² and E ‖x̄ − point‖².
  double consensus() const {
    const Matrix<double> models = see(Vector<double>::Zero(d_));
    double sum = 0;
    for (Index i = 0; i < workers_; ++i) sum += models.block(i * d_, i * d_, d_, d_).trace() / count();
    return sum - distance_of(models);
  }
  double distance(const Vector<double>& point) const { return distance_of(see(point)); }
  // D × n: E[x_i].
  Matrix<double> means() const {
    Matrix<double> result(d_, workers_);
    for (Index i = 0; i < workers_; ++i)
      for (Index k = 0; k < d_; ++k) {
        result(k, i) = 0;
        for (Index a = 0; a < m_; ++a) result(k, i) += dynamics_.point[a] * moments_(at(i, a, k), size() - 1);
      }
    return result;
  }

 private:
  Index size() const { return workers_ * (m_ + 1) * d_ + 1; }  // vector m of a worker: its momentum
  Index at(Index i, Index a, Index k) const { return (i * (m_ + 1) + a) * d_ + k; }
  double count() const { return static_cast<double>(workers_); }

  static Matrix<double> or_one(const Matrix<double>& matrix, Index m) {
    return matrix.size() > 0 ? matrix : Matrix<double>(Matrix<double>::Identity(m, m));
  }

  void add_gradient(Index i, const NoisyQuadratic& f, const HeavyBall& optimizer) {
    const auto& how = dynamics_.gradient;
    const Vector<double>& point = how.point.size() > 0 ? how.point : dynamics_.point;
    Matrix<double> noise;
    const Matrix<double> jump =
        gradient(i, f, optimizer, or_one(how.before, m_), or_one(how.after, m_), how.landing, point, noise);
    jumps_.push_back({f.rate, jump, noise});
    if (how.at_start.size() == 0) return;
    const Matrix<double> one = Matrix<double>::Identity(m_, m_);
    const Matrix<double> first = gradient(i, f, optimizer, one, one, how.at_start, dynamics_.point, noise);
    moments_ = (first * moments_ * first.transpose() + noise).eval();
  }

  // Row by row: what each number becomes.
  Matrix<double> gradient(Index i, const NoisyQuadratic& f, const HeavyBall& optimizer,
                          const Matrix<double>& before, const Matrix<double>& after,
                          const Vector<double>& landing, const Vector<double>& point,
                          Matrix<double>& noise) const {
    const Matrix<double> one = Matrix<double>::Identity(size(), size());
    Matrix<double> moved = one, result = one, g = Matrix<double>::Zero(d_, size());
    Matrix<double> noise_of = Matrix<double>::Zero(size(), d_);
    for (Index a = 0; a < m_; ++a)
      for (Index k = 0; k < d_; ++k) {
        moved.row(at(i, a, k)).setZero();
        for (Index b = 0; b < m_; ++b) moved.row(at(i, a, k)) += before(a, b) * one.row(at(i, b, k));
      }
    for (Index k = 0; k < d_; ++k)
      for (Index l = 0; l < d_; ++l) {
        for (Index a = 0; a < m_; ++a)
          g.row(k) += (f.a(k, l) + (k == l ? optimizer.weight_decay : 0)) * point[a] * moved.row(at(i, a, l));
        g(k, size() - 1) -= f.a(k, l) * f.b[l];
      }
    for (Index k = 0; k < d_; ++k) {
      const Eigen::RowVectorXd buffer = optimizer.momentum * one.row(at(i, m_, k)) + g.row(k);
      const Eigen::RowVectorXd direction =
          optimizer.nesterov ? Eigen::RowVectorXd(g.row(k) + optimizer.momentum * buffer) : buffer;
      const double noisy = f.noise * (optimizer.nesterov ? 1 + optimizer.momentum : 1);
      result.row(at(i, m_, k)) = buffer;
      noise_of(at(i, m_, k), k) = f.noise;
      for (Index a = 0; a < m_; ++a) {
        result.row(at(i, a, k)) = optimizer.learning_rate * landing[a] * direction;
        for (Index b = 0; b < m_; ++b) result.row(at(i, a, k)) += after(a, b) * moved.row(at(i, b, k));
        noise_of(at(i, a, k), k) = optimizer.learning_rate * landing[a] * noisy;
      }
    }
    noise = noise_of * noise_of.transpose();
    return result;
  }

  void add_exchange(const Edge& edge) {
    const Matrix<double> kept = or_one(dynamics_.exchange_kept, m_);
    const Matrix<double> lands = dynamics_.exchange.landing * dynamics_.exchange.told;
    Matrix<double> jump = Matrix<double>::Identity(size(), size());
    for (const auto& [own, other] : {std::pair(edge.i, edge.j), std::pair(edge.j, edge.i)})
      for (Index a = 0; a < m_; ++a)
        for (Index b = 0; b < m_; ++b)
          for (Index k = 0; k < d_; ++k) {
            jump(at(own, a, k), at(own, b, k)) = kept(a, b) - lands(a, b);
            jump(at(own, a, k), at(other, b, k)) = lands(a, b);
          }
    jumps_.push_back({edge.rate, jump, Matrix<double>::Zero(size(), size())});
  }

  Matrix<double> slope(const Matrix<double>& c) const {
    Matrix<double> sum = flow_ * c + c * flow_.transpose();
    for (const Jump& jump : jumps_)
      sum += jump.rate * (jump.matrix * c * jump.matrix.transpose() - c + jump.noise);
    return sum;
  }

  // E[(x − point) (x − point)ᵀ] of all models.
  Matrix<double> see(const Vector<double>& point) const {
    Matrix<double> seen = Matrix<double>::Zero(workers_ * d_, size());
    for (Index i = 0; i < workers_; ++i)
      for (Index k = 0; k < d_; ++k) {
        for (Index a = 0; a < m_; ++a) seen(i * d_ + k, at(i, a, k)) = dynamics_.point[a];
        seen(i * d_ + k, size() - 1) = -point[k];
      }
    return seen * moments_ * seen.transpose();
  }
  double distance_of(const Matrix<double>& models) const {
    double sum = 0;
    for (Index i = 0; i < workers_; ++i)
      for (Index j = 0; j < workers_; ++j)
        sum += models.block(i * d_, j * d_, d_, d_).trace() / count() / count();
    return sum;
  }

  struct Jump {
    double rate;
    Matrix<double> matrix, noise;
  };

  Dynamics dynamics_;
  Index workers_, d_, m_;
  Matrix<double> flow_, moments_;
  std::vector<Jump> jumps_;
};

}  // namespace acidsim::reference
