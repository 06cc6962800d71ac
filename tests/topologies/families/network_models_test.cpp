// Small worlds, preferential attachment and random geometric graphs.
#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>

#include "tests/topologies/expect_error.hpp"
#include "tests/topologies/families/graph_checks.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace network_models_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

Worker ring_distance(Worker i, Worker j, Worker n) { return std::min((j - i + n) % n, (i - j + n) % n); }

TEST(WattsStrogatz, IsTheRingWhereNothingMoves) {
  for (const auto& [n, degree] : {std::pair{4u, 2u}, {9u, 4u}, {30u, 14u}}) {
    std::vector<Worker> offsets(degree / 2);
    std::iota(offsets.begin(), offsets.end(), 1u);
    EXPECT_EQ(pairs(watts_strogatz(n, degree, 0, 1)), pairs(circulant(n, offsets)));
  }
}

TEST(WattsStrogatz, KeepsTheNumberOfEdgesAndOwnEdges) {
  for (const auto& [n, degree, p] :
       {std::tuple{12u, 6u, 1.0}, {40u, 20u, 1.0}, {100u, 4u, 0.5}, {1000u, 6u, 1.0}}) {
    for (const std::uint64_t seed : {1u, 2u, 3u}) {
      const Graph graph = watts_strogatz(n, degree, p, seed);
      expect_proper(graph);
      expect_layout(graph);
      EXPECT_EQ(graph.edges.size(), n * degree / 2);
      for (const Edge& e : graph.edges) EXPECT_EQ(e.rate, 1) << "an edge drawn twice would add up";
      const std::vector<Worker> degree_of = degrees(graph);
      EXPECT_GE(*std::min_element(degree_of.begin(), degree_of.end()), degree / 2);
    }
  }
}

// An edge that is moved lands at a distance beyond 2 (the ring's own) unless it meets one of the four pairs
// within, which are free only where their own edge has moved: probability below 4/(n − 5), so at most 12 of
// the 60 000. Moved ~ Binomial(200 000, 0.3); band 4σ.
TEST(WattsStrogatz, MovesEveryEdgeWithProbabilityPToAUniformPlace) {
  constexpr Worker n = 20000;
  constexpr double p = 0.3, edges = 5 * 2.0 * n;
  constexpr int bins = 10;
  std::vector<double> at(bins, 0);
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    for (const Edge& e : watts_strogatz(n, 4, p, seed).edges) {
      const Worker distance = ring_distance(e.i, e.j, n);
      if (distance > 2) ++at[static_cast<std::size_t>((distance - 3.0) / (n / 2.0 - 2.0) * bins)];
    }
  }
  const double moved = std::accumulate(at.begin(), at.end(), 0.0);
  EXPECT_NEAR(moved, edges * p, 4 * std::sqrt(edges * p * (1 - p)) + 12);
  // Distances 3 … n/2 are alike (n/2 itself has half the weight, one part in 20 000): χ² of 9 degrees of
  // freedom, mean 9, variance 18; band 5σ.
  double statistic = 0;
  for (const double count : at) statistic += (count - moved / bins) * (count - moved / bins) / (moved / bins);
  EXPECT_LT(statistic, 9 + 5 * std::sqrt(18.0));
}

TEST(WattsStrogatz, BadParametersAreRefused) {
  for (const Worker degree : {0u, 1u, 3u, 12u, 4294967294u})
    EXPECT_THAT(
        input_error_of([degree] { watts_strogatz(20, degree, 0.1, 1); }),
        AnyOf(AllOf(StartsWith("degree: "), HasSubstr("2 to 10")), StartsWith("workers: the graph is")));
  EXPECT_THAT(input_error_of([] { watts_strogatz(3, 2, 0.1, 1); }), HasSubstr("at least 4 workers"));
  for (const double p : {-0.1, 1.5, std::nan("")})
    EXPECT_THAT(input_error_of([p] { watts_strogatz(20, 4, p, 1); }), StartsWith("p: not a probability"));
  // One edge of each worker's own, all moved: much like a random mapping, which is connected with probability
  // about √(π/2n) = 3 %.
  EXPECT_THAT(input_error_of([] { watts_strogatz(2000, 2, 1, 1); }),
              AllOf(StartsWith("p: "), HasSubstr("not connected"), HasSubstr("larger degree")));
}

TEST(BarabasiAlbert, EveryWorkerBringsItsLinks) {
  for (const auto& [n, links] :
       {std::pair{2u, 1u}, {50u, 1u}, {50u, 3u}, {50u, 49u}, {60u, 30u}, {2000u, 5u}}) {
    const Graph graph = barabasi_albert(n, links, 7);
    expect_proper(graph);
    EXPECT_EQ(graph.edges.size(), std::size_t{n - links} * links);
    std::vector<Worker> earlier(n, 0);
    for (const Edge& e : graph.edges) {
      EXPECT_EQ(e.rate, 1);
      ++earlier[e.j];
    }
    for (Worker j = 1; j < n; ++j) EXPECT_EQ(earlier[j], j <= links ? 1 : links) << j;
  }
}

// Links = 1: when worker t comes, the degrees sum to 2(t − 1), so that
//   E[d] ← E[d] (1 + 1/(2(t − 1)))   and   E[d²] ← E[d²] (1 + 1/(t − 1)) + E[d]/(2(t − 1))
// for the degree d of worker 0, which starts at 1. Mean over 1000 seeds; band 4σ.
TEST(BarabasiAlbert, DegreesGrowInProportionToThemselves) {
  constexpr Worker n = 500;
  constexpr int draws = 1000;
  double mean = 1, square = 1;
  for (Worker t = 2; t < n; ++t) {
    square += square / (t - 1.0) + mean / (2 * (t - 1.0));
    mean += mean / (2 * (t - 1.0));
  }
  double sum = 0;
  for (std::uint64_t seed = 1; seed <= draws; ++seed) sum += degrees(barabasi_albert(n, 1, seed))[0];
  EXPECT_NEAR(sum / draws, mean, 4 * std::sqrt((square - mean * mean) / draws));
}

// Links = 2: worker 3 meets the star 0 — 1, 0 — 2 of degrees 2, 1, 1 and draws two different workers one
// after another: {0, 1} with probability ½·½ + ¼·⅔ = 5/12, {0, 2} likewise, {1, 2} with 2·¼·⅓ = 1/6. 4000
// seeds; band 4σ.
TEST(BarabasiAlbert, DrawsWithoutReplacement) {
  constexpr double draws = 4000;
  std::map<std::vector<Pair>, int> counts;
  for (std::uint64_t seed = 1; seed <= draws; ++seed) ++counts[pairs(barabasi_albert(4, 2, seed))];
  const std::map<std::vector<Pair>, double> expected = {{{{0, 1}, {0, 2}, {0, 3}, {1, 3}}, 5.0 / 12},
                                                        {{{0, 1}, {0, 2}, {0, 3}, {2, 3}}, 5.0 / 12},
                                                        {{{0, 1}, {0, 2}, {1, 3}, {2, 3}}, 1.0 / 6}};
  EXPECT_EQ(counts.size(), 3u);
  for (const auto& [graph, p] : expected)
    EXPECT_NEAR(counts[graph], draws * p, 4 * std::sqrt(draws * p * (1 - p)));
}

TEST(BarabasiAlbert, BadParametersAreRefused) {
  for (const Worker links : {0u, 20u, 21u, 4294967295u})
    EXPECT_THAT(input_error_of([links] { barabasi_albert(20, links, 1); }),
                AllOf(StartsWith("links: "), HasSubstr("1 to 19")));
}

TEST(RandomGeometric, JoinsExactlyThePairsWithinTheRadius) {
  for (const auto& [n, radius] : {std::pair{2u, 1.4}, {50u, 0.9}, {200u, 0.34}, {200u, 0.5}, {700u, 0.11}}) {
    const Graph graph = random_geometric(n, radius, 3);
    expect_proper(graph);
    expect_layout(graph);
    std::vector<Pair> expected;
    for (Worker i = 0; i < n; ++i) {
      for (Worker j = i + 1; j < n; ++j) {
        const auto &a = graph.coordinates[i], &b = graph.coordinates[j];
        if (std::hypot(a[0] - b[0], a[1] - b[1]) <= radius) expected.emplace_back(i, j);
      }
    }
    EXPECT_EQ(pairs(graph), expected);
  }
}

// P(|X − Y| ≤ r) = πr² − 8r³/3 + r⁴/2 for two uniform points of the unit square, r ≤ 1. The number of edges
// of one draw has variance m + n³ Var(q(X)), m its mean and q(x) the chance to lie within r of x, which is in
// [πr²/4, πr²]: Var ≤ (3πr²/8)². Mean over 25 seeds; band 4σ (1.6 %; without the border it would be 9 % off).
TEST(RandomGeometric, PlacesAreUniformInTheSquare) {
  constexpr Worker n = 2000;
  constexpr int draws = 25, across = 5, cells = across * across;
  constexpr double r = 0.1, pi = std::numbers::pi;
  double edges = 0;
  std::vector<double> in_cell(cells, 0);
  for (std::uint64_t seed = 1; seed <= draws; ++seed) {
    const Graph graph = random_geometric(n, r, seed);
    edges += static_cast<double>(graph.edges.size());
    for (const auto& [x, y] : graph.coordinates) {
      ASSERT_TRUE(x > 0 && x < 1 && y > 0 && y < 1);
      ++in_cell[static_cast<std::size_t>(y * across) * across + static_cast<std::size_t>(x * across)];
    }
  }
  const double mean = 0.5 * n * (n - 1.0) * (pi * r * r - 8 * r * r * r / 3 + r * r * r * r / 2);
  const double spread = 3 * pi * r * r / 8;
  const double deviation = std::sqrt(mean + std::pow(n, 3) * spread * spread);
  EXPECT_NEAR(edges / draws, mean, 4 * deviation / std::sqrt(draws));
  // χ² of 24 degrees of freedom over the cells; mean 24, variance 48; band 5σ.
  const double expected = 1.0 * draws * n / cells;
  double statistic = 0;
  for (const double count : in_cell) statistic += (count - expected) * (count - expected) / expected;
  EXPECT_LT(statistic, 24 + 5 * std::sqrt(48.0));
}

TEST(RandomGeometric, BadParametersAreRefused) {
  for (const double radius : {0.0, -1.0, 1.5, std::nan(""), HUGE_VAL})
    EXPECT_THAT(input_error_of([radius] { random_geometric(20, radius, 1); }), StartsWith("radius: "))
        << radius;
  EXPECT_THAT(input_error_of([] { random_geometric(100, 0.05, 1); }),
              AllOf(StartsWith("radius: "), HasSubstr("not connected"), HasSubstr("larger radius"),
                    HasSubstr("= 0.121")));
  EXPECT_THAT(input_error_of([] { random_geometric(50, 1e-300, 1); }), HasSubstr("50 components"));
}

TEST(NetworkModels, SameSeedSameGraph) {
  const auto make = [](std::uint64_t seed) {
    return std::vector{pairs(watts_strogatz(300, 6, 0.3, seed)), pairs(barabasi_albert(300, 2, seed)),
                       pairs(random_geometric(300, 0.2, seed))};
  };
  const auto first = make(5), again = make(5), other = make(6);
  for (std::size_t k = 0; k < first.size(); ++k) {
    EXPECT_EQ(first[k], again[k]);
    EXPECT_NE(first[k], other[k]);
  }
}

// A seed means the same graph in every version of the program.
TEST(NetworkModels, WhatASeedDrawsStays) {
  EXPECT_EQ(
      pairs(random_regular(8, 3, 1)),
      (std::vector<Pair>{
          {0, 5}, {0, 6}, {0, 7}, {1, 2}, {1, 3}, {1, 4}, {2, 6}, {2, 7}, {3, 4}, {3, 5}, {4, 6}, {5, 7}}));
  EXPECT_EQ(pairs(watts_strogatz(8, 2, 0.5, 1)),
            (std::vector<Pair>{{0, 1}, {0, 3}, {1, 2}, {2, 3}, {2, 7}, {4, 5}, {5, 6}, {6, 7}}));
  EXPECT_EQ(
      pairs(barabasi_albert(7, 2, 1)),
      (std::vector<Pair>{{0, 1}, {0, 2}, {0, 3}, {0, 4}, {1, 6}, {2, 3}, {2, 4}, {2, 5}, {4, 5}, {4, 6}}));
  EXPECT_EQ(pairs(random_geometric(6, 0.7, 1)),
            (std::vector<Pair>{{0, 1}, {0, 3}, {1, 3}, {1, 5}, {2, 3}, {3, 5}, {4, 5}}));
}

}  // namespace network_models_test
}  // namespace acidsim
