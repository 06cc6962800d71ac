#include "topologies/spectrum/sparse_spectrum.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "topologies/spectrum/block_resistances.hpp"
#include "topologies/spectrum/edge_sums.hpp"
#include "topologies/spectrum/iterative_spectrum.hpp"
#include "topologies/spectrum/top_eigenvector.hpp"

namespace acidsim {
namespace {

inline constexpr Index lanczos_vectors = 20;
// About ten solves each; meshes, trees and cycles take one to three.
inline constexpr Index most_restarts = 60;
inline constexpr double lanczos_tolerance = 1e-12;
inline constexpr double largest_rayleigh_error = 1e-10;  // relative

// The eigenvector of λ2. Empty where it is not found.
Vector<double> fiedler_vector(Worker workers, const SupernodalCholesky& factor) {
  // x ↦ P Λ⁺ P x, with P the projection off the mean.
  const auto pseudo_inverse = [&](const double* x, double* y) {
    const Eigen::Map<const Vector<double>> in(x, workers);
    Eigen::Map<Vector<double>>(y, workers) = in.array() - in.mean();
    factor.solve({y, workers});
  };
  Vector<double> x =
      top_eigenvector(workers, pseudo_inverse, lanczos_vectors, most_restarts, lanczos_tolerance);
  if (x.size() == 0) return x;
  // Two steps of inverse iteration take off what rounding left along eigenvectors of large λ, the square root
  // of it where weak links put λ2 far below the rest.
  Vector<double> y(x.size());
  for (int step = 0; step < 2; ++step) {
    pseudo_inverse(x.data(), y.data());
    x = y / y.norm();
  }
  return x;
}

// Rounding errors δ of the unit vector are spread over all eigenvectors: they make a residual of δ λ_n and
// change the Rayleigh quotient by δ² λ_n.
void check_rounding(std::span<const Edge> edges, double lambda_2, double relative_residual) {
  double largest = 0.0;  // a lower bound of λ_n
  for (const Edge& e : edges) largest = std::max(largest, 2.0 * e.rate);
  if (!(relative_residual * relative_residual * lambda_2 <= largest_rayleigh_error * largest)) refuse_rates();
}

// A description of the method.
std::string find_chi_1(Spectrum& result, Worker workers, std::span<const Edge> edges,
                       const SupernodalCholesky& factor, double visits) {
  const Vector<double> x = fiedler_vector(workers, factor);
  if (x.size() == 0) return bound_chi_1(result, RatedRows(compressed_rows(workers, edges), edges), visits);
  // The Rayleigh quotient: its error is the square of the vector's.
  const double lambda_2 = energy(edges, x) / x.squaredNorm();
  result.chi_1 = 1.0 / lambda_2;
  result.chi_1_bounds = {result.chi_1, result.chi_1};
  result.eigen_residual = eigen_residual(edges, x, lambda_2);
  check_rounding(edges, lambda_2, *result.eigen_residual);
  return "Lanczos on the inverse";
}

void fill_resistances(Spectrum& result, Worker workers, std::span<const Edge> edges,
                      const BlockResistances& known, const SupernodalCholesky& inverse) {
  long double foster = 0.0;
  result.resistances.reserve(edges.size());
  for (std::size_t k = 0; k < edges.size(); ++k) {
    const Edge& e = edges[k];
    result.resistances.push_back(known.known(k) ? known.resistance(k) : inverse.resistance(e.i, e.j));
    foster += static_cast<long double>(e.rate) * result.resistances.back();
  }
  result.foster_residual =
      static_cast<double>(std::abs(foster / (static_cast<long double>(workers) - 1.0L) - 1.0L));
}

void find_chi_2(Spectrum& result, std::span<const Edge> edges) {
  double largest = 0.0;
  for (std::size_t k = 0; k < edges.size(); ++k) {
    if (edges[k].rate > 0) largest = std::max(largest, result.resistances[k]);
  }
  std::size_t first = 0;
  while (!(edges[first].rate > 0 && result.resistances[first] >= largest * (1.0 - tie))) ++first;
  result.chi_2_edge = first;
  result.chi_2 = 0.5 * largest;
  result.chi_2_bounds = {result.chi_2, result.chi_2};
}

}  // namespace

Spectrum sparse_spectrum(Worker workers, std::span<const Edge> edges, const Blocks& blocks,
                         SupernodalCholesky&& factor, double visits) {
  if (!factor.factorise(edges)) refuse_rates();
  Spectrum result;
  const std::string how = find_chi_1(result, workers, edges, factor, visits);

  const BlockResistances known(edges, blocks);
  bool all_known = true;
  for (std::size_t k = 0; k < edges.size() && all_known; ++k) all_known = known.known(k);
  if (!all_known) factor.invert();
  fill_resistances(result, workers, edges, known, factor);
  if (!(*result.foster_residual <= largest_foster_residual)) refuse_rates();
  find_chi_2(result, edges);
  result.method =
      fmt::format("sparse Cholesky ({}); {}; {}", factor.ordering(), how,
                  all_known ? "resistances in closed form (bridges and cycles)" : "selected inversion");
  return result;
}

}  // namespace acidsim
