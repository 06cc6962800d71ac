#include "sim/objectives/solvers.hpp"

#include <LBFGS.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>

namespace acidsim {
namespace {

// A line search for convex functions that looks at slopes alone, so that it works down to the rounding of the
// gradient (values of f are flat to rounding much earlier): the slope along the direction increases, so its
// zero can be bracketed. Ends where the slope is at most half of that at the start, which makes the curvature
// pair of L-BFGS positive.
template <class Scalar>
struct SlopeSearch {
  template <class Function>
  static void LineSearch(Function& f, Scalar& value, Vector<Scalar>& x, Vector<Scalar>& gradient,
                         Scalar& step, const Vector<Scalar>& direction, const Vector<Scalar>& start,
                         const LBFGSpp::LBFGSParam<Scalar>& parameters) {
    const Scalar slope_start = gradient.dot(direction);
    if (!(slope_start < 0)) throw std::runtime_error("not a direction of descent");
    Scalar low = 0, slope_low = slope_start, high = 0,
           slope_high = 0;  // high = 0: no upper end of the bracket yet
    for (int trial = 0; trial < parameters.max_linesearch; ++trial) {
      x = start + step * direction;
      value = f(x, gradient);
      const Scalar slope = gradient.dot(direction);
      if (std::abs(slope) <= -Scalar(0.5) * slope_start) return;
      (slope < 0 ? low : high) = step;
      (slope < 0 ? slope_low : slope_high) = slope;
      if (high == 0) {
        step *= 4;
      } else {  // regula falsi, kept off the ends
        const Scalar fraction = slope_low / (slope_low - slope_high);
        step = low + (high - low) * std::clamp(fraction, Scalar(0.1), Scalar(0.9));
      }
    }
    throw std::runtime_error("no step found");
  }
  // The order of arguments since LBFGS++ 0.2.
  template <class Function>
  static void LineSearch(Function& f, const LBFGSpp::LBFGSParam<Scalar>& parameters,
                         const Vector<Scalar>& start, const Vector<Scalar>& direction, const Scalar&,
                         Scalar& step, Scalar& value, Vector<Scalar>& gradient, Scalar& slope,
                         Vector<Scalar>& x) {
    LineSearch(f, value, x, gradient, step, direction, start, parameters);
    slope = gradient.dot(direction);
  }
};

// Thrown out of the solver when the point is good enough: its own test looks at the gradient in the other
// coordinates.
struct Reached {};

class Scaled {
 public:
  Scaled(const ValueAndGradient& f, Index dimension, const Matrix<double>& factor)
      : f_(f), factor_(factor), x_(Vector<double>::Zero(dimension)), g_(dimension) {
    best_ = {x_, f(x_, g_), 0};
    best_.gradient_norm = g_.norm();
    tolerance_ = 1e-10 * std::max(1.0, best_.gradient_norm);
  }

  double operator()(const Vector<double>& z, Vector<double>& g) {
    x_ = z;
    if (factor_.size() > 0) factor_.triangularView<Eigen::Lower>().transpose().solveInPlace(blocks(x_));
    const double value = f_(x_, g_);
    if (g_.norm() < best_.gradient_norm) best_ = {x_, value, g_.norm()};
    if (done()) throw Reached{};
    g = g_;
    if (factor_.size() > 0) factor_.triangularView<Eigen::Lower>().solveInPlace(blocks(g));
    return value;
  }

  Vector<double> start() {  // z of the best point so far
    Vector<double> z = best_.point;
    if (factor_.size() > 0) {
      auto columns = blocks(z);
      columns = (factor_.triangularView<Eigen::Lower>().transpose() * columns).eval();
    }
    return z;
  }

  bool done() const { return best_.gradient_norm <= tolerance_; }
  const Minimiser& best() const { return best_; }

 private:
  Eigen::Map<Matrix<double>> blocks(Vector<double>& v) const {
    return {v.data(), factor_.rows(), v.size() / factor_.rows()};
  }

  const ValueAndGradient& f_;
  const Matrix<double>& factor_;
  Vector<double> x_, g_;
  Minimiser best_;
  double tolerance_;
};

}  // namespace

Minimiser minimise(const ValueAndGradient& f, Index dimension, const Matrix<double>& factor) {
  Scaled scaled(f, dimension, factor);
  LBFGSpp::LBFGSParam<double> parameters;
  parameters.m = 20;
  parameters.epsilon = parameters.epsilon_rel = 0;
  parameters.max_iterations = 2000;
  parameters.max_linesearch = 40;
  // When rounding ends a search, a fresh memory may get a little further.
  double previous = std::numeric_limits<double>::infinity();
  while (!scaled.done() && scaled.best().gradient_norm < 0.5 * previous) {
    previous = scaled.best().gradient_norm;
    try {
      LBFGSpp::LBFGSSolver<double, SlopeSearch> solver(parameters);
      Vector<double> z = scaled.start();
      double value = 0;
      solver.minimize(scaled, z, value);
    } catch (const Reached&) {
    } catch (const std::runtime_error&) {  // of the line search
    }
  }
  return scaled.best();
}

Matrix<double> cholesky_factor(const Matrix<double>& h) { return Eigen::LLT<Matrix<double>>(h).matrixL(); }

std::optional<Vector<double>> solve_positive_definite(const Matrix<double>& h, const Vector<double>& r) {
  const Eigen::LLT<Matrix<double>, Eigen::Lower> factor(h);
  const double threshold = 10 * static_cast<double>(h.rows()) * std::numeric_limits<double>::epsilon();
  if (factor.info() != Eigen::Success || !(factor.rcond() > threshold)) return std::nullopt;
  return factor.solve(r);
}

}  // namespace acidsim
