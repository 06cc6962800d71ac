#include "topologies/rates/rate_problem.hpp"

#include <Eigen/SparseCore>
#include <algorithm>
#include <cmath>
#include <tuple>
#include <vector>

#include "topologies/spectrum/dense_algebra.hpp"

namespace acidsim {

Vector<double> loads(const RateProblem& problem, const Vector<double>& w) {
  Vector<double> load = Vector<double>::Zero(problem.workers);
  for (Index e = 0; e < w.size(); ++e) {
    const Edge& edge = problem.edges[static_cast<std::size_t>(e)];
    load[edge.i] += w[e];
    load[edge.j] += w[e];
  }
  return load;
}

void scale_to_feasible(const RateProblem& problem, Vector<double>& w) {
  double factor = problem.budget / w.sum();
  if (problem.cap) factor = std::min(factor, *problem.cap / loads(problem, w).maxCoeff());
  w *= factor;
}

double objective(const RateProblem& problem, double lambda_2, double conductance) {
  if (!problem.chi_2) return 1.0 / lambda_2;
  if (!problem.chi_1) return 0.5 / conductance;
  return 1.0 / std::sqrt(2.0 * lambda_2 * conductance);
}

std::optional<DenseInverse> invert_laplacian(const RateProblem& problem, const Vector<double>& w,
                                             double shift) {
  const Index n = problem.workers;
  // Λ − shift P + c 11ᵀ/n, P the projection off 1. c, the mean of Λ's positive eigenvalues, leaves the
  // condition number alone.
  const double c = 2.0 * w.sum() / static_cast<double>(n - 1);
  Matrix<double> a = Matrix<double>::Constant(n, n, (shift + c) / static_cast<double>(n));
  a.diagonal().array() -= shift;
  for (Index e = 0; e < w.size(); ++e) {
    const Edge& edge = problem.edges[static_cast<std::size_t>(e)];
    a(edge.i, edge.i) += w[e];
    a(edge.j, edge.j) += w[e];
    a(edge.i, edge.j) -= w[e];
    a(edge.j, edge.i) -= w[e];
  }
  if (!factorise_in_place(a) || !(a.diagonal().minCoeff() > 0.0)) return std::nullopt;
  DenseInverse inverse;
  inverse.log_determinant = 2.0 * a.diagonal().array().log().sum() - std::log(c);
  inverse.g = Matrix<double>::Identity(n, n);
  solve_factorised(a, inverse.g);
  inverse.g = 0.5 * (inverse.g + inverse.g.transpose()).eval();
  inverse.trace = inverse.g.trace() - 1.0 / c;
  inverse.squared_norm = inverse.g.squaredNorm() - 1.0 / (c * c);
  return inverse;
}

Vector<double> edge_diagonal(const RateProblem& problem, const Matrix<double>& m) {
  Vector<double> values(problem.size());
  for (Index e = 0; e < values.size(); ++e) {
    const Edge& edge = problem.edges[static_cast<std::size_t>(e)];
    values[e] = m(edge.i, edge.i) + m(edge.j, edge.j) - 2.0 * m(edge.i, edge.j);
  }
  return values;
}

Vector<double> transfer(const RateProblem& problem, const Matrix<double>& inverse, const Vector<double>& s) {
  const Index n = problem.workers;
  std::vector<Eigen::Triplet<double>> entries;
  entries.reserve(4 * problem.edges.size());
  for (Index e = 0; e < s.size(); ++e) {
    const Edge& edge = problem.edges[static_cast<std::size_t>(e)];
    const Index i = edge.i, j = edge.j;
    for (const auto& [row, column, sign] : {std::tuple{i, i, 1.0}, {j, j, 1.0}, {i, j, -1.0}, {j, i, -1.0}})
      entries.emplace_back(row, column, sign * s[e]);
  }
  Eigen::SparseMatrix<double> laplacian(n, n);
  laplacian.setFromTriplets(entries.begin(), entries.end());
  const Matrix<double> half = laplacian * inverse;
  if (problem.size() > n * n / 16) return edge_diagonal(problem, inverse * half);
  Vector<double> result(problem.size());
  for (Index f = 0; f < result.size(); ++f) {
    const Edge& edge = problem.edges[static_cast<std::size_t>(f)];
    result[f] = (inverse.col(edge.i) - inverse.col(edge.j)).dot(half.col(edge.i) - half.col(edge.j));
  }
  return result;
}

}  // namespace acidsim
