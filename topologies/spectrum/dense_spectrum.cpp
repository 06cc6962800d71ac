#include "topologies/spectrum/dense_spectrum.hpp"

#include <algorithm>
#include <cmath>

#include "topologies/spectrum/dense_algebra.hpp"
#include "topologies/spectrum/edge_sums.hpp"
#include "topologies/spectrum/top_eigenvector.hpp"

namespace acidsim {
namespace {

using DenseMatrix = Matrix<double>;
using DenseVector = Vector<double>;

// Up to here all eigenvectors are computed; it takes under 0.1 s.
inline constexpr Index largest_full_eigensolve = 256;
inline constexpr double candidate_window = 1e-6;          // relative; wider than the inverse's errors
inline constexpr std::size_t refinement_work = 50000000;  // edges visited: 0.2 s

// Λ + c 11ᵀ/n: the pseudo-inverse of Λ plus 11ᵀ/(c n), inverted. c, the mean of Λ's positive eigenvalues, is
// between its extremes and so leaves the condition number alone.
DenseMatrix shifted_laplacian(Index n, std::span<const Edge> edges) {
  double trace = 0.0;
  for (const Edge& e : edges) trace += 2.0 * e.rate;
  DenseMatrix m = DenseMatrix::Constant(n, n, trace / static_cast<double>(n - 1) / static_cast<double>(n));
  for (const Edge& e : edges) {
    m(e.i, e.i) += e.rate;
    m(e.j, e.j) += e.rate;
    m(e.i, e.j) -= e.rate;
    m(e.j, e.i) -= e.rate;
  }
  return m;
}

// Λ⁺ + constant·11ᵀ; the constant cancels in every effective resistance. Empty where the factorisation fails.
DenseMatrix invert(DenseMatrix&& m) {
  if (!factorise_in_place(m)) return {};
  DenseMatrix inverse = DenseMatrix::Identity(m.rows(), m.cols());
  solve_factorised(m, inverse);
  return inverse;
}

DenseVector top_eigenvector_dense(const DenseMatrix& inverse) {
  // Off 1, Λ⁺ is G without the mean of its columns and rows.
  const DenseVector means = inverse.colwise().mean();
  DenseMatrix projected = inverse.colwise() - means;
  projected.rowwise() -= projected.colwise().mean().eval();
  return eigenpairs(projected).vectors.col(inverse.cols() - 1);
}

DenseVector top_eigenvector_lanczos(const DenseMatrix& inverse) {
  // x ↦ P G P x with P the projection off the mean.
  const auto projected_inverse = [&inverse](const double* x, double* y) {
    const Eigen::Map<const DenseVector> in(x, inverse.rows());
    Eigen::Map<DenseVector> out(y, inverse.rows());
    out.noalias() = inverse.selfadjointView<Eigen::Lower>() * (in.array() - in.mean()).matrix();
    out.array() -= out.mean();
  };
  return top_eigenvector(inverse.rows(), projected_inverse, 40, 1000, 1e-13);
}

// All resistances from the inverse, to rounding × condition number.
void fill_resistances(Spectrum& result, const DenseMatrix& inverse, std::span<const Edge> edges) {
  long double foster = 0.0;
  result.resistances.reserve(edges.size());
  for (const Edge& e : edges) {
    // Both halves: the inverse is symmetric only up to rounding, and their mean is several times nearer.
    result.resistances.push_back(inverse(e.i, e.i) + inverse(e.j, e.j) - inverse(e.i, e.j) -
                                 inverse(e.j, e.i));
    foster += e.rate * result.resistances.back();
  }
  result.foster_residual =
      static_cast<double>(std::abs(foster / static_cast<double>(inverse.rows() - 1) - 1.0L));
}

// Refines the resistances that may be the largest, and takes χ2 from them. For any x, R_e ≥ 2(x_i − x_j) −
// xᵀΛx, and with x = G(e_i − e_j) the gap is the square of G's error. Of very many candidates (edges that a
// symmetry makes equal, or bridges of one rate) the first are enough.
void find_chi_2(Spectrum& result, const DenseMatrix& inverse, std::span<const Edge> edges) {
  double bound = 0.0;
  for (std::size_t k = 0; k < edges.size(); ++k) {
    if (edges[k].rate > 0) bound = std::max(bound, result.resistances[k] * (1.0 - candidate_window));
  }
  std::vector<std::size_t> candidates;
  for (std::size_t k = 0; k < edges.size() && candidates.size() <= refinement_work / edges.size(); ++k) {
    if (edges[k].rate > 0 && result.resistances[k] >= bound) candidates.push_back(k);
  }
  double largest = 0.0;
  for (const std::size_t k : candidates) {
    const Edge& e = edges[k];
    const DenseVector x = inverse.col(e.i) - inverse.col(e.j);
    result.resistances[k] = 2.0 * (x[e.i] - x[e.j]) - energy(edges, x);
    largest = std::max(largest, result.resistances[k]);
  }
  result.chi_2 = 0.5 * largest;
  result.chi_2_edge = *std::find_if(candidates.begin(), candidates.end(), [&](std::size_t k) {
    return result.resistances[k] >= largest * (1.0 - tie);
  });
}

}  // namespace

Spectrum dense_spectrum(Worker workers, std::span<const Edge> edges) {
  const DenseMatrix inverse = invert(shifted_laplacian(workers, edges));
  if (inverse.size() == 0) refuse_rates();

  Spectrum result;
  fill_resistances(result, inverse, edges);
  if (!(*result.foster_residual <= largest_foster_residual)) refuse_rates();
  find_chi_2(result, inverse, edges);
  const bool dense = workers <= largest_full_eigensolve;
  const DenseVector x = dense ? top_eigenvector_dense(inverse) : top_eigenvector_lanczos(inverse);
  if (x.size() == 0) refuse_rates();
  // The Rayleigh quotient: its error is the square of the vector's.
  const double lambda_2 = energy(edges, x) / x.squaredNorm();
  result.chi_1 = 1.0 / lambda_2;
  result.chi_1_bounds = {result.chi_1, result.chi_1};
  result.chi_2_bounds = {result.chi_2, result.chi_2};
  result.eigen_residual = eigen_residual(edges, x, lambda_2);
  result.method = dense ? "dense Cholesky, all eigenvalues" : "dense Cholesky, Lanczos";
  return result;
}

}  // namespace acidsim
