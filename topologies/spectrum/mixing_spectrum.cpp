#include "topologies/spectrum/mixing_spectrum.hpp"

#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "topologies/spectrum/dense_algebra.hpp"
#include "topologies/spectrum/top_eigenvector.hpp"

namespace acidsim {
namespace {

// y ← W x.
void mix(const Group& group, const double* x, double* y) {
  for (std::size_t k = 0; k < group.members.size(); ++k) {
    double sum = 0, others = 0;
    for (std::uint32_t at = group.first[k]; at < group.first[k + 1]; ++at) {
      sum += group.weights[at] * x[group.neighbours[at]];
      others += group.weights[at];
    }
    y[k] = sum + group.own_weight(k).value_or(1 - others) * x[k];
  }
}

// W − (by/n) 11ᵀ: the eigenvalue 1 of the mean is moved to 1 − by.
Matrix<double> deflated(const Group& group, double by) {
  const auto n = static_cast<Index>(group.members.size());
  return mixing_matrix(group) - Matrix<double>::Constant(n, n, by / static_cast<double>(n));
}

MixingConstants dense_constants(const Group& group) {
  const auto n = static_cast<Index>(group.members.size());
  const Vector<double> values = eigenvalues(deflated(group, 1000.0));  // 1 is moved to the end of all
  return {values[n - 1], values[1]};
}

// The largest eigenvalue of sign·W on the disagreement.
double largest_by_lanczos(const Group& group, double sign) {
  const auto n = static_cast<Index>(group.members.size());
  const auto apply = [&](const double* x, double* y) {
    mix(group, x, y);
    const Eigen::Map<const Vector<double>> in(x, n);
    Eigen::Map<Vector<double>> out(y, n);
    out = (sign * out).array() - 3 * in.mean();
  };
  const Vector<double> top = top_eigenvector(n, apply, 60, 2000, 1e-9);
  if (top.size() == 0)
    throw InputError("mixing", "the eigenvalues of the mixing matrix were not found",
                     fmt::format("{} workers", n), "the algorithm's constants as numbers");
  Vector<double> image(n);
  apply(top.data(), image.data());
  return top.dot(image);
}

}  // namespace

Matrix<double> mixing_matrix(const Group& group) {
  const auto n = static_cast<Index>(group.members.size());
  Matrix<double> matrix(n, n);
  for (Index k = 0; k < n; ++k) {
    const Vector<double> unit = Vector<double>::Unit(n, k);
    mix(group, unit.data(), matrix.col(k).data());
  }
  return matrix;
}

double disagreement_factor(const Group& group) { return spectral_radius(deflated(group, 1)); }

MixingConstants mixing_constants(const Group& group) {
  if (group.members.size() == 1) return {0, 0};
  if (group.members.size() <= 1000) return dense_constants(group);
  return {largest_by_lanczos(group, 1), -largest_by_lanczos(group, -1)};
}

}  // namespace acidsim
