#include "sim/objectives/second_moment.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <span>

#include "sim/core/random.hpp"

namespace acidsim {

void add_products(const Matrix<double>& a, Matrix<double>& moment) {
  moment.selfadjointView<Eigen::Lower>().rankUpdate(a);
}

Extremes dense_extremes(const Matrix<double>& symmetric) {
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(symmetric, Eigen::EigenvaluesOnly);
  const Vector<double>& values = solver.eigenvalues();
  return {std::max(0.0, values[0]), values[values.size() - 1]};
}

double largest_eigenvalue(Index dimension,
                          const std::function<Vector<double>(const Vector<double>&)>& product) {
  constexpr int most_steps = 500;
  Vector<double> v(dimension);
  Stream(0, Purpose::problem).normals(0, std::span<double>(v.data(), static_cast<std::size_t>(dimension)));
  v.normalize();
  double rayleigh = 0;
  for (int step = 0; step < most_steps; ++step) {
    const Vector<double> image = product(v);
    const double next = v.dot(image), norm = image.norm();
    if (norm == 0) return 0;
    if (std::abs(next - rayleigh) <= 1e-6 * next) return next;
    rayleigh = next;
    v = image / norm;
  }
  return rayleigh;
}

}  // namespace acidsim
