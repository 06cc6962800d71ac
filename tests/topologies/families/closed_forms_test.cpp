#include "topologies/families/closed_forms.hpp"

#include <algorithm>
#include <functional>
#include <numeric>

#include "tests/topologies/families/graph_checks.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace closed_forms_test {

using Sides = std::vector<Worker>;

// χ's at the rates n r w / (2 Σ w) by all eigenvalues, and by R_ij = (e_i − e_j)ᵀ (Λ + 11ᵀ/n)⁻¹ (e_i − e_j).
GraphConstants dense_constants(const Graph& graph, double rate) {
  const double n = graph.workers;
  Eigen::MatrixXd laplacian = -adjacency(graph);
  laplacian.diagonal() = -laplacian.rowwise().sum();
  laplacian *= n * rate / laplacian.trace();  // the trace is 2 Σ w
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> eigen(laplacian, Eigen::EigenvaluesOnly);
  const Eigen::MatrixXd inverse =
      (laplacian + Eigen::MatrixXd::Constant(laplacian.rows(), laplacian.cols(), 1 / n)).inverse();
  double largest = 0;
  for (const Edge& e : graph.edges)
    largest = std::max(largest, inverse(e.i, e.i) + inverse(e.j, e.j) - 2 * inverse(e.i, e.j));
  return {1 / eigen.eigenvalues()[1], 0.5 * largest};
}

// χ1 up to 10⁴ loses at most five of sixteen digits.
constexpr double tolerance = 1e-11;

void expect_equal(const GraphConstants& found, const GraphConstants& expected, double within = tolerance) {
  EXPECT_NEAR(found.chi_1 / expected.chi_1, 1, within);
  EXPECT_NEAR(found.chi_2 / expected.chi_2, 1, within);
}

void expect_dense(const Graph& graph, const std::function<GraphConstants(double)>& formula) {
  SCOPED_TRACE(graph.name);
  for (const double rate : {1.0, 0.3}) expect_equal(formula(rate), dense_constants(graph, rate));
}

TEST(ClosedForms, AgreeWithDenseAlgebra) {
  for (const Worker n : {2u, 3u, 4u, 5u, 8u, 16u, 33u, 64u}) {
    expect_dense(complete(n), [n](double rate) { return complete_constants(n, rate); });
    expect_dense(cycle(n), [n](double rate) { return cycle_constants(n, rate); });
    expect_dense(path(n), [n](double rate) { return path_constants(n, rate); });
    expect_dense(star(n), [n](double rate) { return star_constants(n, rate); });
    expect_dense(exponential(n), [n](double rate) { return exponential_constants(n, rate); });
  }
  for (const Worker n : {6u, 7u, 12u, 48u, 100u})
    expect_dense(exponential(n), [n](double rate) { return exponential_constants(n, rate); });
  for (const Worker n : {2u, 4u, 8u, 64u})
    expect_dense(hypercube(n), [n](double rate) { return hypercube_constants(n, rate); });
  for (const Worker n : {2u, 4u, 6u, 20u, 64u})
    expect_dense(barbell(n), [n](double rate) { return barbell_constants(n, rate); });
  for (const auto& [a, b] : {std::pair{1u, 1u}, {1u, 2u}, {2u, 2u}, {3u, 5u}, {20u, 4u}})
    expect_dense(complete_bipartite(a, b),
                 [a = a, b = b](double rate) { return complete_bipartite_constants(a, b, rate); });
}

TEST(ClosedForms, ToriAgreeWithDenseAlgebra) {
  for (const Sides& sides :
       {Sides{2}, Sides{5}, Sides{3, 3}, Sides{2, 2}, Sides{8, 8}, Sides{3, 7}, Sides{2, 5}, Sides{1, 6},
        Sides{4, 4, 4}, Sides{2, 3, 5}, Sides{3, 1, 3}, Sides{2, 2, 2, 3}})
    expect_dense(torus(sides), [&](double rate) { return torus_constants(sides, rate); });
}

TEST(ClosedForms, CirculantsAgreeWithDenseAlgebra) {
  const std::pair<Worker, Sides> cases[] = {
      {2, {1}},        {5, {1}},     {6, {1, 3}},       {7, {2, 3}},
      {16, {1, 2, 8}}, {17, {1, 4}}, {30, {6, 10, 15}}, {64, {1, 2, 20, 32}}};
  for (const auto& [n, offsets] : cases)
    expect_dense(circulant(n, offsets),
                 [n = n, &offsets = offsets](double rate) { return circulant_constants(n, offsets, rate); });
}

// The same graph by two formulas, at sizes that dense algebra does not reach. The sums have n terms of
// relative error some 1e-16 each, all positive.
TEST(ClosedForms, AgreeWithEachOtherAtScale) {
  constexpr Worker n = 1 << 16;
  expect_equal(circulant_constants(n, Sides{1}, 1), cycle_constants(n, 1), 1e-12);
  expect_equal(torus_constants(Sides{n}, 1), cycle_constants(n, 1), 1e-12);
  expect_equal(torus_constants(Sides(16, 2), 1), hypercube_constants(n, 1), 1e-12);
  EXPECT_NEAR(exponential_constants(n, 1).chi_1, 8, 1e-12) << "L/(2r), L = 16";
  Sides all(1000);
  std::iota(all.begin(), all.end(), 1u);
  expect_equal(circulant_constants(2001, all, 1), complete_constants(2001, 1), 1e-12);
  // Foster: Σ λ_ij R_ij = n − 1 with Σ λ_ij = n/2, so the largest R is at least 2(n − 1)/n.
  constexpr double unequal = 200.0 * 300.0;
  const GraphConstants lying = torus_constants(Sides{200, 300}, 1);
  expect_equal(lying, torus_constants(Sides{300, 200}, 1), 1e-12);
  EXPECT_GT(lying.chi_2, (unequal - 1) / unequal);
}

}  // namespace closed_forms_test
}  // namespace acidsim
