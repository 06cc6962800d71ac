// The parts of the optimisation of rates, one by one.
#include <gtest/gtest.h>

#include <Eigen/Eigenvalues>
#include <cmath>

#include "sim/core/random.hpp"
#include "topologies/families/families.hpp"
#include "topologies/rates/low_modes.hpp"
#include "topologies/rates/plane_search.hpp"
#include "topologies/rates/rate_barrier.hpp"
#include "topologies/rates/rate_bound.hpp"
#include "topologies/rates/rate_descent.hpp"
#include "topologies/rates/smoothed_rates.hpp"

namespace acidsim {
namespace rate_solvers_test {

enum class Wanted { both, chi_1, chi_2 };
constexpr Wanted objectives[] = {Wanted::both, Wanted::chi_1, Wanted::chi_2};

RateProblem problem_of(const Graph& graph, Wanted wanted, std::optional<double> cap = {}) {
  return {graph.workers,          graph.edges, 0.5 * graph.workers, cap, wanted != Wanted::chi_2,
          wanted != Wanted::chi_1};
}

// λ2 and the least conductance, by dense eigenvectors.
std::pair<double, double> exact(const RateProblem& problem, const Vector<double>& w) {
  const Index n = problem.workers;
  Matrix<double> laplacian = Matrix<double>::Zero(n, n);
  for (Index e = 0; e < w.size(); ++e) {
    Vector<double> b = Vector<double>::Zero(n);
    b[problem.edges[static_cast<std::size_t>(e)].i] = 1;
    b[problem.edges[static_cast<std::size_t>(e)].j] = -1;
    laplacian += w[e] * b * b.transpose();
  }
  const Eigen::SelfAdjointEigenSolver<Matrix<double>> solver(laplacian);
  double largest = 0;
  for (const Edge& e : problem.edges) {
    const Vector<double> drops =
        (solver.eigenvectors().row(e.i) - solver.eigenvectors().row(e.j)).transpose();
    largest = std::max(
        largest, (drops.tail(n - 1).cwiseAbs2().array() / solver.eigenvalues().tail(n - 1).array()).sum());
  }
  return {solver.eigenvalues()[1], 1 / largest};
}

Vector<double> random_rates(const RateProblem& problem, Draws& draws) {
  Vector<double> w(problem.size());
  for (double& rate : w) rate = std::exp(1.5 * draws.normal());
  scale_to_feasible(problem, w);
  return w;
}

TEST(RateProblem, ScalingSpendsAllThatTheConstraintsAllow) {
  const Graph graph = barabasi_albert(20, 2, 1);
  Draws draws(Stream(1, Purpose::topology));
  RateProblem problem = problem_of(graph, Wanted::both);
  Vector<double> w = random_rates(problem, draws);
  // Scaled by one factor: rounding of sums of 36 rates.
  EXPECT_NEAR(w.sum(), 10.0, 1e-13);
  problem.cap = 0.5;
  scale_to_feasible(problem, w);
  EXPECT_NEAR(loads(problem, w).maxCoeff(), 0.5, 1e-14);
  EXPECT_LT(w.sum(), 10.0);
}

TEST(SmoothedRates, GradientIsThatOfFiniteDifferences) {
  const Graph graph = barabasi_albert(15, 2, 2);
  Draws draws(Stream(2, Purpose::topology));
  for (const Wanted wanted : objectives) {
    for (const std::optional<double> cap : {std::optional<double>{}, std::optional<double>{0.8}}) {
      const RateProblem problem = problem_of(graph, wanted, cap);
      SmoothedRates f(problem);
      f.set_power(8);
      Vector<double> theta(problem.size());
      for (double& x : theta) x = 0.5 + draws.uniform();
      Vector<double> gradient, ignored;
      f(theta, gradient);
      for (Index e = 0; e < theta.size(); ++e) {
        constexpr double h = 1e-5;
        Vector<double> above = theta, below = theta;
        above[e] += h;
        below[e] -= h;
        // Central differences: error h²·f''' and rounding ε/h, both below 1e-7 here.
        EXPECT_NEAR(gradient[e], (f(above, ignored) - f(below, ignored)) / (2 * h), 1e-7);
      }
      EXPECT_NEAR(gradient.dot(theta), 0, 1e-12) << "F is homogeneous of degree 0";
    }
  }
}

TEST(SmoothedRates, TendsToTheObjective) {
  Draws draws(Stream(3, Purpose::topology));
  for (const Wanted wanted : objectives) {
    const RateProblem problem = problem_of(watts_strogatz(20, 4, 0.3, 1), wanted, 1.2);
    const Vector<double> w = random_rates(problem, draws);
    SmoothedRates f(problem);
    f.set_power(1e5);
    Vector<double> gradient;
    const double smooth = f(w.cwiseSqrt(), gradient);
    const auto [lambda_2, conductance] = exact(problem, w);
    EXPECT_NEAR(f.value(), objective(problem, lambda_2, conductance), 1e-10 * f.value());
    // F = log(1/λ2) + log(1/C) up to log(terms)/p each.
    const double limit =
        (problem.chi_1 ? -std::log(lambda_2) : 0) + (problem.chi_2 ? -std::log(conductance) : 0);
    EXPECT_NEAR(smooth, limit, 4 * std::log(40.0) / 1e5);
  }
}

TEST(LowModes, AreTheEigenvectorsOfTheInverse) {
  // 300 workers: beyond the size where all eigenvectors are computed. A second, nearby Laplacian starts from
  // the first.
  RateProblem problem = problem_of(random_geometric(300, 0.13, 1), Wanted::chi_1);
  Vector<double> w = Vector<double>::Ones(problem.size());
  LowModes modes;
  for (int k = 0; k < 2; ++k) {
    w[5] += 0.5;
    update_modes(invert_laplacian(problem, w)->g, 40, modes);
    ASSERT_EQ(modes.values.size(), mode_block);
    // Eigenvalues of Rayleigh–Ritz are right to the square of the residual.
    EXPECT_NEAR(1 / modes.values[0], exact(problem, w).first, 1e-7 * exact(problem, w).first);
    EXPECT_NEAR(modes.vectors.col(0).sum(), 0, 1e-10);
    EXPECT_TRUE((modes.vectors.transpose() * modes.vectors).isIdentity(1e-10));
  }
}

TEST(LowModes, OfASpectrumWithoutGaps) {
  // All eigenvalues of the complete graph are equal: no block is large enough.
  const RateProblem problem = problem_of(complete(260), Wanted::chi_1);
  LowModes modes;
  update_modes(invert_laplacian(problem, Vector<double>::Ones(problem.size()))->g, 40, modes);
  ASSERT_EQ(modes.values.size(), 259);
  EXPECT_NEAR(modes.values[0], 1.0 / 260, 1e-14);
  EXPECT_NEAR(modes.values[258], 1.0 / 260, 1e-14);
}

// The bound is of linear duality alone: it must hold with any planes at any rates and with any prices.
TEST(RateBound, HoldsWithArbitraryPlanesAndPrices) {
  Draws draws(Stream(4, Purpose::topology));
  for (const Wanted wanted : objectives) {
    const RateProblem problem = problem_of(barabasi_albert(14, 2, 5), wanted, 1.3);
    for (int k = 0; k < 20; ++k) {
      SmoothedRates f(problem);
      f.set_power(2 + 50 * draws.uniform());
      Vector<double> gradient;
      f(random_rates(problem, draws).cwiseSqrt(), gradient);
      RatePlanes planes = f.planes();
      planes.budget_price = draws.uniform();
      for (double& price : planes.worker_prices) price = draws.uniform() + 1e-3;
      const double bound = lower_bound(problem, planes);
      EXPECT_GT(bound, 0);
      for (int trial = 0; trial < 20; ++trial) {
        const auto [lambda_2, conductance] = exact(problem, random_rates(problem, draws));
        EXPECT_GE(objective(problem, lambda_2, conductance), bound);
      }
    }
  }
}

// Two methods that share no step: Newton on a barrier and descent on p-norms.
TEST(RateSolvers, AgreeWithEachOther) {
  const Graph graph = barabasi_albert(24, 2, 7);
  for (const Wanted wanted : objectives) {
    for (const std::optional<double> cap : {std::optional<double>{}, std::optional<double>{1.2}}) {
      const RateProblem problem = problem_of(graph, wanted, cap);
      const RateSolution barrier = optimise_by_barrier(problem, 1e-4);
      const RateSolution descent = optimise_by_descent(problem, 1e-4);
      const auto value = [&](const RateSolution& solution) {
        const auto [lambda_2, conductance] = exact(problem, solution.rates);
        return objective(problem, lambda_2, conductance);
      };
      EXPECT_LE(value(barrier), barrier.lower_bound * (1 + 1e-4));
      EXPECT_GE(value(descent), barrier.lower_bound);
      EXPECT_LE(descent.lower_bound, value(barrier));
      // Smoothing leaves log(terms)/p ≈ 4/4096 per norm, and the descent is not run to the end: within 1 %.
      EXPECT_NEAR(value(descent), value(barrier), 0.01 * value(barrier));
      EXPECT_LE(value(descent), 1.02 * descent.lower_bound);
    }
  }
}

// A search for the best bound may start anywhere: far from the optimum the bound is worse, not wrong.
TEST(PlaneSearch, BoundsHoldFromAnyRates) {
  const Graph graph = barabasi_albert(24, 2, 7);
  Draws draws(Stream(5, Purpose::topology));
  for (const Wanted wanted : objectives) {
    for (const std::optional<double> cap : {std::optional<double>{}, std::optional<double>{1.2}}) {
      const RateProblem problem = problem_of(graph, wanted, cap);
      const RateSolution best = optimise_by_barrier(problem, 1e-6);
      const double optimum = best.lower_bound * (1 + 2e-6);
      EXPECT_LE(search_planes(problem, random_rates(problem, draws)), optimum);
      const double bound = search_planes(problem, best.rates);
      EXPECT_LE(bound, optimum);
      EXPECT_GE(bound, 0.99 * optimum);  // the goal for the gap
    }
  }
}

}  // namespace rate_solvers_test
}  // namespace acidsim
