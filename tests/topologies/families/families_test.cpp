#include "topologies/families/families.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "tests/topologies/expect_error.hpp"
#include "tests/topologies/families/graph_checks.hpp"

namespace acidsim {
namespace families_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using Sides = std::vector<Worker>;

TEST(Families, SizesAndDegrees) {
  struct Case {
    Graph graph;
    Worker workers;
    std::size_t edges;
    std::map<Worker, int> degrees;  // degree → workers of it
  };
  const Case cases[] = {
      {complete(2), 2, 1, {{1, 2}}},
      {complete(7), 7, 21, {{6, 7}}},
      {cycle(2), 2, 1, {{1, 2}}},
      {cycle(3), 3, 3, {{2, 3}}},
      {cycle(9), 9, 9, {{2, 9}}},
      {path(2), 2, 1, {{1, 2}}},
      {path(9), 9, 8, {{1, 2}, {2, 7}}},
      {star(2), 2, 1, {{1, 2}}},
      {star(9), 9, 8, {{1, 8}, {8, 1}}},
      {grid2d(1, 6), 6, 5, {{1, 2}, {2, 4}}},
      {grid2d(3, 4), 12, 17, {{2, 4}, {3, 6}, {4, 2}}},
      {torus2d(3, 4), 12, 24, {{4, 12}}},
      {torus2d(2, 5), 10, 15, {{3, 10}}},
      {torus2d(1, 5), 5, 5, {{2, 5}}},
      {hypercube(2), 2, 1, {{1, 2}}},
      {hypercube(16), 16, 32, {{4, 16}}},
      {exponential(2), 2, 1, {{1, 2}}},
      {exponential(3), 3, 3, {{2, 3}}},
      {exponential(16), 16, 56, {{7, 16}}},
      {exponential(20), 20, 80, {{8, 20}}},
      {circulant(2, Sides{1}), 2, 1, {{1, 2}}},
      {circulant(9, Sides{1, 4}), 9, 18, {{4, 9}}},
      {circulant(10, Sides{5, 2}), 10, 15, {{3, 10}}},
      {complete_bipartite(1, 1), 2, 1, {{1, 2}}},
      {complete_bipartite(3, 5), 8, 15, {{3, 5}, {5, 3}}},
      {barbell(2), 2, 1, {{1, 2}}},
      {barbell(4), 4, 3, {{1, 2}, {2, 2}}},
      {barbell(10), 10, 21, {{4, 8}, {5, 2}}},
      {binary_tree(2), 2, 1, {{1, 2}}},
      {binary_tree(15), 15, 14, {{1, 8}, {2, 1}, {3, 6}}},
      {binary_tree(12), 12, 11, {{1, 6}, {2, 2}, {3, 4}}},
      {torus(Sides{7}), 7, 7, {{2, 7}}},
      {torus(Sides{3, 4, 5}), 60, 180, {{6, 60}}},
      {torus(Sides{2, 3, 1, 4}), 24, 60, {{5, 24}}},
      {torus(Sides{2, 2, 2, 2, 2}), 32, 80, {{5, 32}}},
  };
  for (const Case& c : cases) {
    expect_proper(c.graph);
    expect_layout(c.graph);
    EXPECT_EQ(c.graph.workers, c.workers) << c.graph.name;
    EXPECT_EQ(c.graph.edges.size(), c.edges) << c.graph.name;
    EXPECT_EQ(degree_counts(c.graph), c.degrees) << c.graph.name;
  }
}

TEST(Families, EdgesOfSmallGraphs) {
  using Weights = std::map<std::pair<Worker, Worker>, double>;
  EXPECT_EQ(weights(cycle(4)), (Weights{{{0, 1}, 1}, {{0, 3}, 1}, {{1, 2}, 1}, {{2, 3}, 1}}));
  EXPECT_EQ(
      weights(grid2d(2, 3)),
      (Weights{{{0, 1}, 1}, {{0, 3}, 1}, {{1, 2}, 1}, {{1, 4}, 1}, {{2, 5}, 1}, {{3, 4}, 1}, {{4, 5}, 1}}));
  EXPECT_EQ(weights(torus2d(2, 2)), (Weights{{{0, 1}, 2}, {{0, 2}, 2}, {{1, 3}, 2}, {{2, 3}, 2}}));
  EXPECT_EQ(weights(torus2d(1, 2)), (Weights{{{0, 1}, 2}}));
  EXPECT_EQ(weights(torus2d(1, 5)), weights(cycle(5)));
  EXPECT_EQ(weights(hypercube(4)), (Weights{{{0, 1}, 1}, {{0, 2}, 1}, {{1, 3}, 1}, {{2, 3}, 1}}));
}

TEST(Families, EdgesOfSmallNonLattices) {
  EXPECT_EQ(pairs(circulant(6, Sides{3, 1})),
            (std::vector<Pair>{{0, 1}, {0, 3}, {0, 5}, {1, 2}, {1, 4}, {2, 3}, {2, 5}, {3, 4}, {4, 5}}));
  EXPECT_EQ(pairs(circulant(7, Sides{1, 2, 3})), pairs(complete(7)));
  EXPECT_EQ(pairs(circulant(8, Sides{1, 2, 3, 4})), pairs(complete(8)));
  EXPECT_EQ(pairs(complete_bipartite(2, 2)), (std::vector<Pair>{{0, 2}, {0, 3}, {1, 2}, {1, 3}}));
  EXPECT_EQ(pairs(complete_bipartite(1, 5)), pairs(star(6)));
  EXPECT_EQ(pairs(barbell(6)), (std::vector<Pair>{{0, 1}, {0, 2}, {1, 2}, {2, 3}, {3, 4}, {3, 5}, {4, 5}}));
  EXPECT_EQ(pairs(binary_tree(6)), (std::vector<Pair>{{0, 1}, {0, 2}, {1, 3}, {1, 4}, {2, 5}}));
}

TEST(Families, TheTorusOfAnyDimensionContainsTheOthers) {
  EXPECT_EQ(pairs(torus(Sides{8})), pairs(cycle(8)));
  for (const auto& [rows, cols] : {std::pair{3u, 4u}, {1u, 5u}, {5u, 1u}, {2u, 6u}, {2u, 2u}}) {
    const Graph two = torus2d(rows, cols), any = torus(Sides{rows, cols});
    EXPECT_EQ(weights(any), weights(two));
    EXPECT_EQ(any.coordinates, two.coordinates);
  }
  const Graph cube = torus(Sides{2, 2, 2, 2});
  EXPECT_EQ(pairs(cube), pairs(hypercube(16)));
  for (const Edge& e : cube.edges) EXPECT_EQ(e.rate, 2) << "both steps along a side of 2 are one edge";
}

TEST(Families, NearlyEqualSides) {
  EXPECT_EQ(nearly_equal_sides(64, 1), (Sides{64}));
  EXPECT_EQ(nearly_equal_sides(64, 2), (Sides{8, 8}));
  EXPECT_EQ(nearly_equal_sides(64, 3), (Sides{4, 4, 4}));
  EXPECT_EQ(nearly_equal_sides(64, 6), (Sides(6, 2)));
  EXPECT_EQ(nearly_equal_sides(1000000, 3), (Sides{100, 100, 100}));
  EXPECT_EQ(nearly_equal_sides(100, 3), (Sides{4, 5, 5}));
  EXPECT_EQ(nearly_equal_sides(12, 2), (Sides{3, 4}));
  EXPECT_EQ(nearly_equal_sides(13, 3), (Sides{1, 1, 13}));
  EXPECT_EQ(nearly_equal_sides(1, 3), (Sides{1, 1, 1}));
  EXPECT_EQ(nearly_equal_sides(4294836225u, 2), (Sides{65535, 65535}));
}

TEST(Families, ExponentialCountsTheChoicesThatLeadToANeighbour) {
  for (const Worker n : {2u, 3u, 4u, 5u, 6u, 7u, 8u, 12u, 16u, 17u, 31u, 32u, 33u, 64u}) {
    const auto hops = static_cast<int>(std::log2(n));
    std::map<std::pair<Worker, Worker>, double> counted;
    for (Worker i = 0; i < n; ++i) {
      for (int k = 0; k < hops; ++k) {
        for (const Worker j : {(i + (1u << k)) % n, (i + n - (1u << k)) % n}) {
          if (i < j) counted[{i, j}] += 1.0;
        }
      }
    }
    EXPECT_EQ(weights(exponential(n)), counted) << n;
  }
}

TEST(Families, TooFewWorkersAreRefusedByName) {
  for (const Worker n : {0u, 1u}) {
    const std::vector<std::function<void()>> makers = {[n] { complete(n); },
                                                       [n] { cycle(n); },
                                                       [n] { path(n); },
                                                       [n] { star(n); },
                                                       [n] { hypercube(n); },
                                                       [n] { barbell(n); },
                                                       [n] { binary_tree(n); },
                                                       [n] { circulant(n, Sides{1}); },
                                                       [n] { torus(Sides(1, std::max(n, 1u))); },
                                                       [n] { watts_strogatz(n, 2, 0.5, 1); },
                                                       [n] { barabasi_albert(n, 1, 1); },
                                                       [n] { random_geometric(n, 0.5, 1); },
                                                       [n] { exponential(n); },
                                                       [n] { erdos_renyi(n, 0.5, 1); },
                                                       [n] { random_regular(n, 1, 1); }};
    for (const auto& make : makers) {
      EXPECT_THAT(input_error_of(make), AllOf(StartsWith("workers: "), HasSubstr("at least 2"))) << n;
    }
  }
  EXPECT_THAT(input_error_of([] { grid2d(1, 1); }), StartsWith("workers: "));
  EXPECT_THAT(input_error_of([] { torus2d(1, 1); }), StartsWith("workers: "));
  EXPECT_THAT(input_error_of([] { grid2d(0, 3); }), StartsWith("rows: "));
  EXPECT_THAT(input_error_of([] { torus2d(3, 0); }), StartsWith("cols: "));
}

TEST(Families, AbsurdSizesAreRefusedBeforeMemoryIsTaken) {
  constexpr Worker most = 4294967295u;
  const std::vector<std::function<void()>> makers = {[] { complete(1000000); },
                                                     [] { complete(most); },
                                                     [] { cycle(most); },
                                                     [] { path(most); },
                                                     [] { star(most); },
                                                     [] { grid2d(most, most); },
                                                     [] { torus2d(100000, 100000); },
                                                     [] { hypercube(1u << 31); },
                                                     [] { exponential(most); },
                                                     [] { barbell(most - 1); },
                                                     [] { binary_tree(most); },
                                                     [] { complete_bipartite(most, most); },
                                                     [] { circulant(most, Sides{1}); },
                                                     [] { torus(Sides(60, 4294967295u)); },
                                                     [] {
                                                       torus(Sides{4096, 8192});
                                                     },
                                                     [] { watts_strogatz(most, 4, 0.1, 1); },
                                                     [] { barabasi_albert(most, 2, 1); },
                                                     [] { random_geometric(most, 1e-9, 1); },
                                                     [] { random_geometric(1000000, 0.5, 1); },
                                                     [] { erdos_renyi(1000000, 0.5, 1); },
                                                     [] { erdos_renyi(most, 1e-15, 1); },
                                                     [] { random_regular(most, 2, 1); },
                                                     [] { random_regular(1000000, 1000, 1); }};
  for (const auto& make : makers) {
    EXPECT_THAT(input_error_of(make),
                AllOf(StartsWith("workers: the graph is too large"), HasSubstr("at most")));
  }
}

TEST(Families, HypercubeNamesTheNearestPowers) {
  EXPECT_THAT(input_error_of([] { hypercube(12); }),
              AllOf(StartsWith("workers: "), HasSubstr("(12)"), HasSubstr("8 and 16")));
  EXPECT_THAT(input_error_of([] { hypercube(4294967295u); }), HasSubstr("2147483648 and 4294967296"));
}

TEST(Families, BadParametersAreRefusedByName) {
  EXPECT_THAT(input_error_of([] { barbell(7); }), AllOf(StartsWith("workers: "), HasSubstr("6 or 8")));
  EXPECT_THAT(input_error_of([] { complete_bipartite(0, 3); }), StartsWith("parts: an empty part"));
  EXPECT_THAT(input_error_of([] { torus(Sides{3, 0}); }), StartsWith("sides: too few"));
  EXPECT_THAT(input_error_of([] { torus(Sides(65, 1)); }), StartsWith("sides: too many"));
  EXPECT_THAT(input_error_of([] { torus(Sides{}); }), StartsWith("workers: too few"));
  for (const Sides& offsets : {Sides{}, Sides{0}, Sides{1, 5}, Sides{4294967295u}}) {
    EXPECT_THAT(input_error_of([&] { circulant(8, offsets); }),
                AllOf(StartsWith("offsets: out of range"), HasSubstr("1 to 4")));
  }
  EXPECT_THAT(input_error_of([] { circulant(8, Sides{3, 3}); }), StartsWith("offsets: an offset twice"));
  EXPECT_THAT(input_error_of([] {
                circulant(12, Sides{2, 4});
              }),
              AllOf(StartsWith("offsets: not connected"), HasSubstr("multiples of 2"), HasSubstr("[2, 4]")));
  EXPECT_EQ(circulant(12, Sides{3, 4}).edges.size(), 24u) << "gcd 1 together is enough";
}

TEST(Graph, NormaliseSortsLikeAStableSort) {
  // 20 000 edges among 300 workers, most pairs many times, with weights whose sum depends on the order.
  Graph graph;
  graph.workers = 300;
  std::map<Pair, double> expected;
  std::uint64_t state = 1;
  const auto next = [&](std::uint64_t bound) {  // any numbers will do
    state = state * 6364136223846793005u + 1442695040888963407u;
    return static_cast<Worker>((state >> 33) % bound);
  };
  for (int k = 0; k < 20000; ++k) {
    const Worker i = next(100), j = next(300);
    const double weight = 1.0 / (1 + next(1000));
    graph.edges.push_back({i, j, weight});
    if (i != j) expected[std::minmax(i, j)] += weight;
  }
  normalise(graph);
  EXPECT_EQ(weights(graph), expected);
  EXPECT_EQ(graph.edges.size(), expected.size());
  EXPECT_TRUE(std::is_sorted(graph.edges.begin(), graph.edges.end(), [](const Edge& a, const Edge& b) {
    return std::pair(a.i, a.j) < std::pair(b.i, b.j);
  }));
}

TEST(Graph, NormaliseOrdersMergesAndDropsLoops) {
  Graph graph;
  graph.workers = 4;
  graph.edges = {{3, 1, 0.5}, {2, 2, 9.0}, {0, 1, 1.0}, {1, 3, 0.25}, {1, 0, 2.0}};
  normalise(graph);
  EXPECT_EQ(weights(graph), (std::map<std::pair<Worker, Worker>, double>{{{0, 1}, 3.0}, {{1, 3}, 0.75}}));
  EXPECT_EQ(graph.edges.size(), 2u);
  EXPECT_EQ(degrees(graph), (std::vector<Worker>{1, 2, 0, 1}));
  EXPECT_EQ(component_sizes(graph), (std::vector<Worker>{3, 1}));
  EXPECT_EQ(describe_components(component_sizes(graph)), "2 components of 3, 1 workers");
  EXPECT_THAT(describe_components(std::vector<Worker>(50, 1)), AllOf(StartsWith("50 "), HasSubstr("…")));
}

}  // namespace families_test
}  // namespace acidsim
