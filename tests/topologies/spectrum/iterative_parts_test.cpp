// The parts of the iterative method, each against dense algebra.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>

#include "tests/topologies/spectrum/spectrum_cases.hpp"
#include "topologies/spectrum/block_resistances.hpp"
#include "topologies/spectrum/lanczos.hpp"
#include "topologies/spectrum/largest_resistance.hpp"
#include "topologies/spectrum/local_resistance.hpp"

namespace acidsim {
namespace iterative_parts_test {

Matrix<double> laplacian(Worker n, const std::vector<Edge>& edges) {
  Matrix<double> m = Matrix<double>::Zero(n, n);
  for (const Edge& e : edges) {
    m(e.i, e.i) += e.rate;
    m(e.j, e.j) += e.rate;
    m(e.i, e.j) = m(e.j, e.i) = -e.rate;
  }
  return m;
}

double dense_lambda_2(const Matrix<double>& m, LaplacianKind kind) {
  const Vector<double> scale = m.diagonal().cwiseSqrt().cwiseInverse();
  const Matrix<double> a = kind == LaplacianKind::plain ? m : scale.asDiagonal() * m * scale.asDiagonal();
  return Eigen::SelfAdjointEigenSolver<Matrix<double>>(a, Eigen::EigenvaluesOnly).eigenvalues()[1];
}

TEST(Lanczos, FindsLambda2WithItsResidual) {
  Draws draws(Stream(5, Purpose::problem));
  for (const Graph& graph :
       {path(2), path(3), cycle(40), complete(20), star(30), torus2d(9, 9), hypercube(64),
        erdos_renyi(120, 0.06, 1), random_regular(150, 4, 1), tree_with_chords(100, 20, draws)}) {
    for (const double decades : {0.0, 2.0}) {
      const std::vector<Edge> edges = random_rates(graph, draws, decades);
      const RatedRows rows(compressed_rows(graph.workers, edges), edges);
      EXPECT_EQ(rows.uniform(), decades == 0.0 || edges.size() == 1);
      for (const LaplacianKind kind : {LaplacianKind::plain, LaplacianKind::normalised}) {
        const double expected = dense_lambda_2(laplacian(graph.workers, edges), kind);
        const Lambda2 found = lanczos_lambda_2(rows, kind, 1e-10, 1e9);
        // Both sides round by some 1e-16 of the largest eigenvalue, at most 1e5 times λ2.
        EXPECT_NEAR(found.value, expected, 1e-11 * expected) << graph.name;
        EXPECT_LE(found.low(), expected * (1 + 1e-11)) << graph.name;
        EXPECT_TRUE(found.converged) << graph.name << " " << found.residual;
      }
    }
  }
}

TEST(Lanczos, StopsWhereTheWorkIsSpent) {
  const Graph graph = path(2000);
  const RatedRows rows(compressed_rows(graph.workers, graph.edges), graph.edges);
  const Lambda2 found = lanczos_lambda_2(rows, LaplacianKind::plain, 1e-10, 1e6);
  EXPECT_FALSE(found.converged);
  EXPECT_LT(found.steps * rows.visits(), 1e6);
  EXPECT_GT(found.value, 2.5e-6);  // λ2 = 4 sin²(π/4000) = 2.47e-6, approached from above
  EXPECT_GT(found.residual, 1e-10 * found.value);
}

TEST(LocalResistance, HoldsTheTruthAfterEveryStep) {
  Draws draws(Stream(6, Purpose::problem));
  for (int trial = 0; trial < 60; ++trial) {
    const auto n = static_cast<Worker>(5 + draws.below(60));
    const Graph graph = tree_with_chords(n, draws.below(2 * n), draws);
    const std::vector<Edge> edges = random_rates(graph, draws, trial % 3 == 0 ? 0.0 : 2.0);
    const Spectrum truth = dense_spectrum(n, edges);
    const RatedRows rows(compressed_rows(n, edges), edges);
    const double lambda = dense_lambda_2(laplacian(n, edges), LaplacianKind::normalised);
    LocalResistance local(rows, truth.chi_1 * (1 + 1e-12), (1 + 1e-12) / lambda);
    for (std::size_t k = 0; k < edges.size(); k += 3) {
      const auto [i, j, rate] = edges[k];
      Bounds before = local.start(i, j, rate);
      for (const int steps : {0, 1, 2, 4, 8, 300}) {
        const Bounds found = local.bounds(i, j, rate, {0.0, 0.0, steps, 1e9});
        // The rounding of the dense truth.
        EXPECT_LE(found.low, truth.resistances[k] * (1 + 1e-11));
        EXPECT_GE(found.high, truth.resistances[k] * (1 - 1e-11));
        // More steps, nearer bounds, but for the rounding of some hundred terms.
        EXPECT_GE(found.low, before.low * (1 - 1e-13));
        EXPECT_LE(found.high, before.high * (1 + 1e-13));
        before = found;
      }
      EXPECT_LE(before.high - before.low, 1e-8 * before.low);  // in the end they meet
    }
  }
}

// Three steps see a tree of 80 workers, in which the recurrence can be followed by hand. The residual alone, with 1/μ,
// would give 2.1058 as the upper bound.
TEST(LocalResistance, BoundsByTheQuadratureAndNotByTheResidualAlone) {
  const Graph graph = random_regular(20000, 4, 1);
  std::vector<Edge> edges = graph.edges;
  for (Edge& e : edges) e.rate = 0.25;
  const RatedRows rows(compressed_rows(graph.workers, edges), edges);
  LocalResistance local(rows, 7.46881, 7.46881);
  int trees = 0;
  for (std::size_t k = 0; k < 100; ++k) {
    const Bounds found = local.bounds(edges[k].i, edges[k].j, edges[k].rate, {0.0, 0.0, 3, 1e9});
    if (std::abs(found.high - 2.0550813207268774) > 1e-12) continue;  // there is a cycle
    ++trees;
    EXPECT_NEAR(found.low, 104.0 / 53, 1e-12);
  }
  EXPECT_GT(trees, 50);
}

TEST(LocalResistance, StopsAtItsGoal) {
  const Graph graph = random_regular(2000, 4, 1);
  const RatedRows rows(compressed_rows(graph.workers, graph.edges), graph.edges);
  const double chi_1 = 1 / lanczos_lambda_2(rows, LaplacianKind::plain, 1e-6, 1e9).low();
  LocalResistance local(rows, chi_1, 4 * chi_1);
  const auto& [i, j, rate] = graph.edges[0];
  const auto cost = [&](const ResistanceGoal& goal) {
    const double before = local.visits();
    local.bounds(i, j, rate, goal);
    return local.visits() - before;
  };
  const double narrow = cost({0.0, 1e-6, 1000, 1e9});
  EXPECT_LT(cost({0.0, 1e-2, 1000, 1e9}), 0.5 * narrow);
  EXPECT_LT(cost({0.9, 1e-6, 1000, 1e9}), 0.1 * narrow);  // R is near 0.5
  EXPECT_LT(cost({0.0, 1e-6, 2, 1e9}), 0.1 * narrow);
  EXPECT_LT(cost({0.0, 1e-6, 1000, 100.0}), 0.1 * narrow);
}

TEST(BlockResistances, AgreeWithDenseAlgebra) {
  Draws draws(Stream(7, Purpose::problem));
  int bridges = 0, on_cycles = 0, unknown = 0;
  for (int trial = 0; trial < 100; ++trial) {
    const auto n = static_cast<Worker>(3 + draws.below(40));
    const Graph graph = tree_with_chords(n, draws.below(5), draws);
    std::vector<Edge> edges = random_rates(graph, draws, 1.0, 0.03);
    if (!connected(n, edges)) continue;
    const Blocks parts = blocks(compressed_rows(n, edges), edges.size());
    const BlockResistances known(edges, parts);
    const Spectrum truth = dense_spectrum(n, edges);
    for (std::size_t k = 0; k < edges.size(); ++k) {
      if (!known.known(k)) {
        ++unknown;
        continue;
      }
      ++(parts.sizes[parts.block_of[k]].bridge() ? bridges : on_cycles);
      // What dense_spectrum.hpp states for its resistances, here and below.
      EXPECT_NEAR(known.resistance(k), truth.resistances[k], 1e-11 * truth.resistances[k]);
    }
    if (const auto largest = largest_by_blocks(edges, known)) {
      EXPECT_NEAR(largest->bounds.low, 2 * truth.chi_2, 2e-11 * truth.chi_2);
      EXPECT_EQ(largest->bounds.low, largest->bounds.high);
      EXPECT_NEAR(truth.resistances[largest->edge], 2 * truth.chi_2, 2e-11 * truth.chi_2);
    }
  }
  EXPECT_GT(bridges, 100);
  EXPECT_GT(on_cycles, 100);
  EXPECT_GT(unknown, 100);
}

// A bridge of high rate has a small resistance: it settles nothing.
TEST(BlockResistances, AStrongBridgeDoesNotSettleChi2) {
  std::vector<Edge> edges = barbell(10).edges;
  for (Edge& e : edges) e.rate = e.i < 5 && e.j >= 5 ? 10.0 : 1.0;
  const Blocks parts = blocks(compressed_rows(10, edges), edges.size());
  EXPECT_FALSE(largest_by_blocks(edges, BlockResistances(edges, parts)));
  for (Edge& e : edges) e.rate = 1.0;
  EXPECT_TRUE(largest_by_blocks(edges, BlockResistances(edges, parts)));
}

}  // namespace iterative_parts_test
}  // namespace acidsim
