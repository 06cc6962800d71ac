#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "tests/topologies/expect_error.hpp"
#include "tests/topologies/families/graph_checks.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace random_families_test {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// How often each pair (i, j), i < j, is an edge over seeds 1 … draws; row-major n × n.
template <class Make>
std::vector<int> pair_counts(Worker n, int draws, Make make) {
  std::vector<int> counts(std::size_t{n} * n, 0);
  for (int seed = 1; seed <= draws; ++seed) {
    for (const Edge& e : make(static_cast<std::uint64_t>(seed)).edges) ++counts[std::size_t{e.i} * n + e.j];
  }
  return counts;
}

TEST(ErdosRenyi, SameSeedSameGraph) {
  EXPECT_EQ(pairs(erdos_renyi(200, 0.1, 3)), pairs(erdos_renyi(200, 0.1, 3)));
  EXPECT_NE(pairs(erdos_renyi(200, 0.1, 3)), pairs(erdos_renyi(200, 0.1, 4)));
}

TEST(ErdosRenyi, EdgesAreSortedDistinctAndConnect) {
  const Graph graph = erdos_renyi(300, 0.05, 1);
  const auto edges = pairs(graph);
  EXPECT_EQ(component_sizes(graph), std::vector<Worker>{300});
  for (std::size_t k = 0; k < edges.size(); ++k) {
    ASSERT_LT(edges[k].first, edges[k].second);
    ASSERT_LT(edges[k].second, 300u);
  }
  EXPECT_TRUE(std::is_sorted(edges.begin(), edges.end()));
  EXPECT_EQ(std::set(edges.begin(), edges.end()).size(), edges.size());
}

// 200 graphs of 100 workers, p = 0.3. Whether each is connected has probability 1 − 100·0.7⁹⁹ = 1 − 5e-14, so
// the condition changes nothing.
TEST(ErdosRenyi, EveryPairIsJoinedWithProbabilityP) {
  constexpr Worker n = 100;
  constexpr int draws = 200;
  constexpr double p = 0.3, number = 0.5 * n * (n - 1);
  const std::vector<int> counts =
      pair_counts(n, draws, [](std::uint64_t seed) { return erdos_renyi(n, p, seed); });

  // Edges in all ~ Binomial(990000, 0.3); band 4σ.
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  EXPECT_NEAR(total, draws * number * p, 4.0 * std::sqrt(draws * number * p * (1 - p)));

  // Σ (count − mean)²/variance over the pairs has mean 4950 and variance about 2·4950 (the excess kurtosis of
  // Binomial(200, 0.3), −0.0062 + …, changes it by less than 1 %); band 5σ, both sides: too even is wrong as
  // well.
  double statistic = 0.0;
  for (Worker i = 0; i < n; ++i) {
    for (Worker j = i + 1; j < n; ++j) {
      const double off = counts[i * n + j] - draws * p;
      statistic += off * off / (draws * p * (1 - p));
    }
  }
  EXPECT_NEAR(statistic, number, 5.0 * std::sqrt(2.0 * number));
}

TEST(ErdosRenyi, ProbabilityOneIsComplete) { EXPECT_EQ(pairs(erdos_renyi(9, 1.0, 5)), pairs(complete(9))); }

TEST(ErdosRenyi, LargeSparseGraphsAreLinearInTheirEdges) {
  // 10¹⁰ pairs: only skipping gets through them. Edges ~ Binomial(5e9, 3e-4); band 5σ.
  const Graph graph = erdos_renyi(100000, 3e-4, 2);
  const double mean = 0.5 * 1e5 * (1e5 - 1) * 3e-4;
  EXPECT_NEAR(static_cast<double>(graph.edges.size()), mean, 5.0 * std::sqrt(mean));
}

TEST(ErdosRenyi, DisconnectedDrawsSayWhatToDo) {
  const std::string message = input_error_of([] { erdos_renyi(100, 0.01, 1); });
  EXPECT_THAT(message, AllOf(StartsWith("p: "), HasSubstr("not connected"), HasSubstr("components of"),
                             HasSubstr("(0.01)"), HasSubstr("ln n / n = 0.0461"), HasSubstr("another seed")));
  EXPECT_THAT(input_error_of([] { erdos_renyi(50, 1e-300, 1); }), HasSubstr("50 components"));
}

TEST(ErdosRenyi, BadProbabilitiesAreRefused) {
  for (const double p : {0.0, -0.1, 1.5, std::nan(""), HUGE_VAL}) {
    EXPECT_THAT(input_error_of([p] { erdos_renyi(10, p, 1); }), StartsWith("p: ")) << p;
  }
}

TEST(RandomRegular, IsSimpleRegularConnectedAndReproducible) {
  for (const auto& [n, degree] : std::vector<std::pair<Worker, Worker>>{
           {2, 1},    {3, 2},   {4, 3},    {5, 2},     {6, 3},     {6, 4},    {7, 4},
           {10, 4},   {10, 8},  {16, 3},   {50, 2},    {50, 25},   {51, 24},  {51, 26},
           {100, 60}, {200, 3}, {1000, 4}, {1000, 20}, {20000, 2}, {20000, 5}}) {
    SCOPED_TRACE(::testing::Message() << n << " workers of degree " << degree);
    for (const std::uint64_t seed : {0u, 1u, 2u}) {
      const Graph graph = random_regular(n, degree, seed);
      const auto edges = pairs(graph);
      EXPECT_EQ(graph.workers, n);
      EXPECT_EQ(edges.size(), std::size_t{n} * degree / 2);
      EXPECT_EQ(std::set(edges.begin(), edges.end()).size(), edges.size());
      EXPECT_THAT(degrees(graph), Each(degree));
      EXPECT_EQ(component_sizes(graph), std::vector<Worker>{n});
      EXPECT_EQ(edges, pairs(random_regular(n, degree, seed)));
    }
  }
  EXPECT_NE(pairs(random_regular(100, 4, 1)), pairs(random_regular(100, 4, 2)));
}

// The stubs of all workers are alike, so every pair is an edge with the same probability degree/(n − 1),
// exactly. 66 pairs, 2000 seeds, counts ~ Binomial(2000, degree/11); band 5σ. Degrees 2, 3 and 8 are the
// three ways of drawing.
TEST(RandomRegular, EveryPairIsEquallyLikely) {
  constexpr Worker n = 12;
  constexpr int draws = 2000;
  for (const Worker degree : {2u, 3u, 8u}) {
    const std::vector<int> counts =
        pair_counts(n, draws, [degree](std::uint64_t seed) { return random_regular(n, degree, seed); });
    const double p = degree / (n - 1.0);
    for (Worker i = 0; i < n; ++i) {
      for (Worker j = i + 1; j < n; ++j) {
        EXPECT_NEAR(counts[i * n + j], draws * p, 5.0 * std::sqrt(draws * p * (1 - p))) << i << ' ' << j;
      }
    }
  }
}

TEST(RandomRegular, ImpossibleDegreesAreRefused) {
  EXPECT_THAT(input_error_of([] { random_regular(10, 0, 1); }),
              AllOf(StartsWith("degree: "), HasSubstr("1 to 9")));
  EXPECT_THAT(input_error_of([] { random_regular(10, 10, 1); }), StartsWith("degree: "));
  EXPECT_THAT(input_error_of([] { random_regular(10, 4294967295u, 1); }), StartsWith("degree: "));
  EXPECT_THAT(input_error_of([] { random_regular(10, 1, 1); }),
              AllOf(StartsWith("degree: "), HasSubstr("at least 2")));
  EXPECT_THAT(input_error_of([] { random_regular(9, 3, 1); }),
              AllOf(StartsWith("degree: "), HasSubstr("even"), HasSubstr("2 or 4")));
}

// Of the 70 cubic graphs on 6 workers 10 are K3,3 (the others are prisms): one in seven, if all are equally likely.
TEST(RandomRegular, IsUniformWhereItsComplementIsACycleOrTwo) {
  constexpr int draws = 2000;
  int bipartite = 0;
  for (std::uint64_t seed = 1; seed <= draws; ++seed) {
    const auto edges = pairs(random_regular(6, 3, seed));
    const std::set joined(edges.begin(), edges.end());
    bool triangle = false;
    for (Worker i = 0; i < 6; ++i)
      for (Worker j = i + 1; j < 6; ++j)
        for (Worker k = j + 1; k < 6; ++k)
          triangle =
              triangle || (joined.contains({i, j}) && joined.contains({j, k}) && joined.contains({i, k}));
    bipartite += triangle ? 0 : 1;
  }
  const double expected = draws / 7.0;  // binomial: four standard deviations
  EXPECT_NEAR(bipartite, expected, 4 * std::sqrt(expected * 6 / 7));
}

TEST(Redraws, GoOnUntilTheGraphIsConnected) {
  // Just below the threshold: most draws are refused, and redraws find one soon.
  int refused = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Redraws redraws{1000, 0};
    const Graph graph = erdos_renyi(30, 0.08, seed, &redraws);
    EXPECT_EQ(component_sizes(graph).size(), 1u);
    Redraws again{1000, 0};
    EXPECT_EQ(pairs(graph), pairs(erdos_renyi(30, 0.08, seed, &again)));
    if (redraws.made > 0) {
      ++refused;
      EXPECT_THAT(input_error_of([&] { erdos_renyi(30, 0.08, seed); }), HasSubstr("not connected"));
    } else {
      EXPECT_EQ(pairs(graph), pairs(erdos_renyi(30, 0.08, seed)))
          << "a connected draw is the one without redraws";
    }
  }
  EXPECT_GE(refused, 10);
  Redraws some{1000, 0};
  EXPECT_EQ(component_sizes(random_geometric(30, 0.2, 1, &some)).size(), 1u);
  EXPECT_EQ(component_sizes(watts_strogatz(30, 2, 0.5, 1, &some)).size(), 1u);
}

TEST(Redraws, AreBounded) {
  Redraws redraws{5, 0};
  EXPECT_THAT(input_error_of([&] { erdos_renyi(100, 0.001, 1, &redraws); }), HasSubstr("not connected"));
  EXPECT_EQ(redraws.made, 5u);
}

}  // namespace random_families_test
}  // namespace acidsim
