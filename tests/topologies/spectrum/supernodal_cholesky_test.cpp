#include "topologies/spectrum/supernodal_cholesky.hpp"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <algorithm>
#include <boost/multiprecision/cpp_bin_float.hpp>
#include <boost/multiprecision/eigen.hpp>
#include <cmath>
#include <numeric>
#include <string>
#include <vector>

#include "sim/core/random.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace supernodal_cholesky_test {

// A reference that conditioning does not touch: 50 digits.
using Exact =
    boost::multiprecision::number<boost::multiprecision::cpp_bin_float<50>, boost::multiprecision::et_off>;
using Edges = std::vector<Edge>;

// The recurrence adds and averages at most a few hundred numbers on the way to any one of these values, and
// loses no digits: some hundred roundings of 1.1e-16.
constexpr double rounding = 3e-14;

// R_ij = (e_i − e_j)ᵀ (Λ + 11ᵀ)⁻¹ (e_i − e_j).
std::vector<double> exact_resistances(Worker workers, const Edges& edges) {
  Matrix<Exact> m = Matrix<Exact>::Constant(workers, workers, Exact(1));
  for (const Edge& e : edges) {
    const Exact rate = e.rate;
    m(e.i, e.i) += rate;
    m(e.j, e.j) += rate;
    m(e.i, e.j) -= rate;
    m(e.j, e.i) -= rate;
  }
  const Matrix<Exact> inverse = m.llt().solve(Matrix<Exact>::Identity(workers, workers));
  std::vector<double> result;
  for (const Edge& e : edges) {
    result.push_back(
        static_cast<double>(inverse(e.i, e.i) + inverse(e.j, e.j) - inverse(e.i, e.j) - inverse(e.j, e.i)));
  }
  return result;
}

std::vector<double> resistances(Worker workers, const Edges& edges) {
  SupernodalCholesky factor(workers, edges);
  EXPECT_TRUE(factor.factorise(edges));
  factor.invert();
  std::vector<double> result;
  for (const Edge& e : edges) result.push_back(factor.resistance(e.i, e.j));
  return result;
}

void expect_exact(Worker workers, const Edges& edges, const std::string& what) {
  const auto expected = exact_resistances(workers, edges), found = resistances(workers, edges);
  for (std::size_t e = 0; e < edges.size(); ++e) {
    EXPECT_NEAR(found[e], expected[e], rounding * expected[e])
        << what << ", edge " << edges[e].i << "–" << edges[e].j;
  }
}

double foster_sum(const Edges& edges, const std::vector<double>& resistance) {
  long double sum = 0;
  for (std::size_t e = 0; e < edges.size(); ++e)
    sum += static_cast<long double>(edges[e].rate) * resistance[e];
  return static_cast<double>(sum);
}

// Rates 10^u, u uniform in ±decades.
void draw_rates(Edges& edges, double decades, std::uint64_t seed) {
  Draws draws(Stream(seed, Purpose::topology));
  for (Edge& e : edges) e.rate = std::pow(10.0, decades * (2 * draws.uniform() - 1));
}

// A random spanning tree and further random edges; those beyond the tree have rate 0 with probability `zero`.
Edges random_edges(Worker workers, std::size_t extra, double zero, std::uint64_t seed) {
  Draws draws(Stream(seed, Purpose::topology, 1));
  Edges edges;
  for (Worker j = 1; j < workers; ++j) edges.push_back({static_cast<Worker>(draws.below(j)), j, 1.0});
  for (std::size_t k = 0; k < extra; ++k) {
    const auto a = static_cast<Worker>(draws.below(workers)), b = static_cast<Worker>(draws.below(workers));
    const auto same = [&](const Edge& e) { return e.i == std::min(a, b) && e.j == std::max(a, b); };
    if (a == b || std::any_of(edges.begin(), edges.end(), same)) continue;
    edges.push_back({std::min(a, b), std::max(a, b), draws.uniform() < zero ? 0.0 : 1.0});
  }
  std::sort(edges.begin(), edges.end(),
            [](const Edge& x, const Edge& y) { return std::pair(x.i, x.j) < std::pair(y.i, y.j); });
  return edges;
}

TEST(SupernodalCholesky, ResistancesOfManySmallRandomGraphs) {
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    const auto workers = static_cast<Worker>(2 + seed % 29);
    Edges edges = random_edges(workers, seed % 7 * workers / 2, 0.3, seed);
    for (const double decades : {0.0, 1.0, 8.0}) {
      const Edges unit = edges;
      draw_rates(edges, decades, seed);
      for (std::size_t e = 0; e < edges.size(); ++e) edges[e].rate *= unit[e].rate;
      expect_exact(workers, edges, "seed " + std::to_string(seed) + ", decades ±" + std::to_string(decades));
      edges = unit;
    }
  }
}

TEST(SupernodalCholesky, ResistancesOfNamedGraphs) {
  for (Graph graph :
       {path(2), path(3), path(40), cycle(3), cycle(41), star(2), star(40), complete(3), complete(40),
        barbell(24), binary_tree(40), grid2d(5, 8), torus2d(6, 6), hypercube(32), random_regular(40, 4, 1),
        complete_bipartite(3, 30), barabasi_albert(40, 1, 2), barabasi_albert(40, 3, 2)}) {
    expect_exact(graph.workers, graph.edges, graph.name);
    draw_rates(graph.edges, 6.0, 1);
    expect_exact(graph.workers, graph.edges, graph.name + ", rates over 12 decades");
  }
}

// Blocks of several panels of columns, with rows below them.
TEST(SupernodalCholesky, ResistancesWithLargeFronts) {
  const Worker n = 300;
  const Graph graph = complete(n);
  for (const double r : resistances(n, graph.edges)) ASSERT_NEAR(r, 2.0 / n, rounding * 2.0 / n);

  // Two complete graphs of k that share s workers: by symmetry, and for two of the shared the halves are in
  // parallel.
  const Worker k = 220, s = 90;
  Edges edges;
  for (Worker i = 0; i < 2 * k - s; ++i) {
    for (Worker j = i + 1; j < 2 * k - s; ++j) {
      if (j < k || i >= k - s) edges.push_back({i, j, i >= k - s && j < k ? 2.0 : 1.0});
    }
  }
  const auto found = resistances(2 * k - s, edges);
  EXPECT_NEAR(foster_sum(edges, found), 2 * k - s - 1.0, rounding * (2 * k - s));
  for (std::size_t e = 0; e < edges.size(); ++e) {
    const bool shared_i = edges[e].i >= k - s && edges[e].i < k,
               shared_j = edges[e].j >= k - s && edges[e].j < k;
    if (shared_i != shared_j) continue;
    const double expected = (shared_i ? 1.0 : 2.0) / k;
    ASSERT_NEAR(found[e], expected, rounding * expected);
  }
}

TEST(SupernodalCholesky, ResistancesOfLongCyclesAndTreesWithRatesOverManyDecades) {
  const Worker n = 20000;
  Graph ring = cycle(n);
  draw_rates(ring.edges, 8.0, 3);
  long double around = 0;
  for (const Edge& e : ring.edges) around += 1.0L / e.rate;
  const auto found = resistances(n, ring.edges);
  for (std::size_t e = 0; e < ring.edges.size(); ++e) {
    const long double own = 1.0L / ring.edges[e].rate;
    const auto expected =
        static_cast<double>(own * (around - own) / around);  // the edge and the rest in parallel
    ASSERT_NEAR(found[e], expected, rounding * expected) << e;
  }
  for (Graph tree : {path(n), binary_tree(n), barabasi_albert(n, 1, 4)}) {
    draw_rates(tree.edges, 8.0, 4);
    const auto r = resistances(n, tree.edges);
    for (std::size_t e = 0; e < r.size(); ++e) {
      ASSERT_NEAR(r[e] * tree.edges[e].rate, 1.0, rounding) << tree.name << " " << e;  // bridges
    }
  }
}

TEST(SupernodalCholesky, FosterAndSymmetryOnATorusOfTenThousand) {
  const Graph graph = torus2d(100, 100);
  const Worker n = graph.workers;
  const auto found = resistances(n, graph.edges);
  EXPECT_NEAR(foster_sum(graph.edges, found) / (n - 1.0), 1.0, 1e-14);
  for (const double r : found) ASSERT_NEAR(r, (n - 1.0) / (2.0 * n), rounding);  // edge-transitive
}

TEST(SupernodalCholesky, SolvesToASmallResidual) {
  for (Graph graph : {grid2d(40, 50), barabasi_albert(2000, 3, 1), random_regular(1000, 4, 2), barbell(60),
                      cycle(1000), star(500), binary_tree(700)}) {
    draw_rates(graph.edges, 1.0, 5);
    SupernodalCholesky factor(graph.workers, graph.edges);
    ASSERT_TRUE(factor.factorise(graph.edges));
    Vector<double> b(graph.workers);
    Stream(6, Purpose::topology).normals(0, std::span<double>(b.data(), graph.workers));
    b.array() -= b.mean();
    Vector<double> x = b;
    factor.solve({x.data(), graph.workers});
    Vector<double> residual = b, scale = b.cwiseAbs();
    for (const Edge& e : graph.edges) {
      const double flow = e.rate * (x[e.i] - x[e.j]);
      residual[e.i] -= flow;
      residual[e.j] += flow;
      scale[e.i] += e.rate * (std::abs(x[e.i]) + std::abs(x[e.j]));
      scale[e.j] += e.rate * (std::abs(x[e.i]) + std::abs(x[e.j]));
    }
    // Backward error: a few roundings for each number summed in a row of the factor.
    EXPECT_LT(residual.lpNorm<Eigen::Infinity>(), 1e-14 * scale.maxCoeff()) << graph.name;
    EXPECT_NEAR(x.mean(), 0.0, 1e-14 * x.lpNorm<Eigen::Infinity>()) << graph.name;
  }
}

TEST(SupernodalCholesky, SaysWhereZeroRatesDisconnect) {
  // The part that is cut off: one worker, a pair, half of a grid.
  Graph graph = grid2d(20, 20);
  const Edges all = graph.edges;
  SupernodalCholesky factor(graph.workers, all);
  for (const Worker last : {Worker{1}, Worker{2}, Worker{200}}) {
    for (std::size_t e = 0; e < all.size(); ++e) {
      graph.edges[e].rate = (all[e].i < last) == (all[e].j < last) ? 1.0 : 0.0;
    }
    EXPECT_FALSE(factor.factorise(graph.edges)) << last;
  }
  const Edges none{{0, 1, 0.0}};
  EXPECT_FALSE(SupernodalCholesky(2, none).factorise(none));
  // Not even edges of rate 0 between the parts.
  const Edges apart{{0, 1, 1.0}, {2, 3, 1.0}};
  EXPECT_FALSE(SupernodalCholesky(4, apart).factorise(apart));
  // And the same object serves again with better rates.
  ASSERT_TRUE(factor.factorise(all));
  factor.invert();
  EXPECT_GT(factor.resistance(0, 1), 0.5);
}

TEST(SupernodalCholesky, SameBitsEachTimeAndAfterOtherRates) {
  Graph graph = grid2d(60, 70);
  SupernodalCholesky factor(graph.workers, graph.edges);
  const auto of_this = [&] {
    EXPECT_TRUE(factor.factorise(graph.edges));
    factor.invert();
    std::vector<double> r;
    for (const Edge& e : graph.edges) r.push_back(factor.resistance(e.j, e.i));
    return r;
  };
  const auto first = of_this();
  EXPECT_EQ(first, resistances(graph.workers, graph.edges));
  for (Edge& e : graph.edges) e.rate = 4;
  auto quarter = of_this();
  for (double& r : quarter) r *= 4;  // powers of two: exactly
  EXPECT_EQ(first, quarter);
}

TEST(SupernodalCholesky, GivesUpWhereFillExplodesAndNotElsewhere) {
  const Graph expander = random_regular(60000, 4, 1);  // some 10¹² operations
  const SupernodalCholesky refused(expander.workers, expander.edges, 1e10);
  EXPECT_GT(refused.factor_flops(), 1e10);
  EXPECT_STREQ(refused.ordering(), "none: given up");

  for (const Graph& graph : {grid2d(300, 300), cycle(60000), star(60000), complete_bipartite(30, 4000)}) {
    const SupernodalCholesky free(graph.workers, graph.edges);
    const SupernodalCholesky limited(graph.workers, graph.edges, 1.001 * free.factor_flops());
    EXPECT_EQ(limited.factor_flops(), free.factor_flops()) << graph.name;
    EXPECT_STREQ(limited.ordering(), free.ordering()) << graph.name;
  }
}

}  // namespace supernodal_cholesky_test
}  // namespace acidsim
