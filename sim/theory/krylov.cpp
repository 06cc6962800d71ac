#include "sim/theory/krylov.hpp"

#include <Eigen/Eigenvalues>
#include <Eigen/LU>
#include <Eigen/QR>
#include <algorithm>
#include <cmath>
#include <complex>
#include <optional>

namespace acidsim {
namespace {

constexpr double breakdown = 1e-13;  // of a new direction, relative to what it came from
constexpr double zero = 1e-11;       // of an eigenvalue, relative to the scale

}  // namespace

KrylovSpace::KrylovSpace(LinearMap map, const Vector<double>& start, Index most)
    : map_(std::move(map)),
      basis_(start.size(), std::min(most, start.size()) + 1),
      hessenberg_(Matrix<double>::Zero(std::min(most, start.size()) + 1, std::min(most, start.size()))) {
  basis_.col(0) = start / start.norm();
}

bool KrylovSpace::grow() {
  const Index k = dimension_;
  map_(basis_.col(k), next_);
  const double size = next_.norm();
  const auto known = basis_.leftCols(k + 1);
  for (int pass = 0; pass < 2; ++pass) {
    const Vector<double> parts = known.transpose() * next_;
    next_.noalias() -= known * parts;
    hessenberg_.col(k).head(k + 1) += parts;
  }
  const double left = next_.norm();
  ++dimension_;
  if (left <= breakdown * size || left == 0) return false;
  hessenberg_(k + 1, k) = left;
  basis_.col(k + 1) = next_ / left;
  return true;
}

Index most_dimensions(Index size) {
  constexpr double most_numbers = 5e7;  // 400 MB
  return std::clamp(static_cast<Index>(most_numbers / static_cast<double>(size)), Index{30}, Index{400});
}

Vector<double> solve_linear(const LinearMap& map, const Vector<double>& right,
                            const LinearMap& precondition) {
  const double goal = 1e-14 * right.norm();
  Vector<double> x = Vector<double>::Zero(right.size()), residual = right, image;
  const LinearMap both = [&](const Vector<double>& in, Vector<double>& out) {
    if (!precondition) return map(in, out);
    Vector<double> inner;
    precondition(in, inner);
    map(inner, out);
  };
  constexpr int most_restarts = 40;
  double last = infinity;
  for (int restart = 0; restart < most_restarts && residual.norm() > goal; ++restart) {
    const double size = residual.norm();
    if (size > 0.5 * last) break;  // rounding: nothing more is won
    last = size;
    KrylovSpace space(both, residual, most_dimensions(right.size()));
    Vector<double> parts;
    for (bool more = true; more && space.dimension() < space.most();) {
      more = space.grow();
      const Index k = space.dimension();
      if (more && k % 10 != 0 && k < space.most()) continue;
      const auto h = space.hessenberg().topLeftCorner(k + 1, k);
      const Vector<double> first = size * Vector<double>::Unit(k + 1, 0);
      parts = h.householderQr().solve(first);
      if ((first - h * parts).norm() <= 0.3 * goal) break;
    }
    Vector<double> step = space.basis() * parts;
    if (precondition) {
      precondition(step, image);
      step = image;
    }
    x += step;
    map(x, image);
    residual = right - image;
  }
  if (!(residual.norm() <= 1e-9 * right.norm()))
    throw Unsettled("the linear system of a limit of exact theory does not settle");
  return x;
}

namespace {

// The eigenvalue of the largest real part that is not 0 to rounding, and its eigenvector in the basis.
struct RitzPair {
  double value = -infinity;
  Eigen::VectorXcd vector;
  double residual = 0;
};

template <class Value>
RitzPair rightmost_of(const KrylovSpace& space, double scale, const Value& value_of) {
  const Index k = space.dimension();
  const Eigen::EigenSolver<Matrix<double>> solver(space.hessenberg().topLeftCorner(k, k));
  // How much of each is in the start: what rounding alone brings in has weights about 1e-16.
  const Eigen::VectorXcd weights =
      solver.eigenvectors().partialPivLu().solve(Eigen::VectorXcd::Unit(k, 0).eval());
  RitzPair found;
  for (Index e = 0; e < k; ++e) {
    if (std::abs(weights[e]) <= 1e-12) continue;
    const std::complex<double> value = value_of(solver.eigenvalues()[e]);
    if (std::abs(value) <= zero * scale || !(value.real() > found.value)) continue;
    found.value = value.real();
    found.vector = solver.eigenvectors().col(e);
  }
  if (found.vector.size() > 0)
    found.residual = std::abs(found.vector[k - 1]) * std::abs(space.hessenberg()(k, k - 1));
  return found;
}

template <class Value>
double rightmost(const LinearMap& map, const Vector<double>& start, double scale, double size_of_map,
                 const Value& value_of) {
  if (start.norm() == 0) return -infinity;
  constexpr int most_restarts = 30;
  Vector<double> from = start;
  double last = infinity;
  for (int restart = 0; restart < most_restarts; ++restart) {
    KrylovSpace space(map, from, most_dimensions(from.size()));
    RitzPair found;
    for (bool more = true; more && space.dimension() < space.most();) {
      more = space.grow();
      if (more && space.dimension() % 10 != 0 && space.dimension() < space.most()) continue;
      found = rightmost_of(space, scale, value_of);
      if (!more) return found.value;
      const bool settled = std::abs(found.value - last) <= 1e-10 * std::abs(found.value);
      last = found.value;
      if (settled && found.residual <= 1e-6 * size_of_map) return found.value;
    }
    from = space.basis() * found.vector.real();
    if (from.norm() == 0) from = space.basis() * found.vector.imag();
  }
  throw Unsettled("the slowest rate of exact theory does not settle");
}

}  // namespace

double rightmost_eigenvalue_by_inverse(const LinearMap& inverse, double shift, const Vector<double>& start,
                                       double scale) {
  return rightmost(inverse, start, scale, 1 / shift, [&](std::complex<double> value) {
    return std::abs(value) > 1e-300 ? shift + 1.0 / value : std::complex<double>(-infinity);
  });
}

double rightmost_eigenvalue_by_flow(const LinearMap& flow, double duration, const Vector<double>& start,
                                    double scale) {
  return rightmost(flow, start, scale, 1, [&](std::complex<double> value) {
    return std::abs(value) > 1e-300 ? std::log(value) / duration : std::complex<double>(-infinity);
  });
}

double spectral_radius(const LinearMap& map, const Vector<double>& start) {
  if (start.norm() == 0) return 0;
  KrylovSpace space(map, start, 24);
  while (space.dimension() < space.most() && space.grow()) {
  }
  const Index k = space.dimension();
  return Eigen::EigenSolver<Matrix<double>>(space.hessenberg().topLeftCorner(k, k), false)
      .eigenvalues()
      .cwiseAbs()
      .maxCoeff();
}

}  // namespace acidsim
