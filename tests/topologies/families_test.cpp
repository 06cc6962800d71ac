#include "topologies/families.hpp"

#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "tests/topologies/expect_error.hpp"

namespace acidsim {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::StartsWith;

std::map<std::pair<Worker, Worker>, double> weights(const Graph& graph) {
  std::map<std::pair<Worker, Worker>, double> all;
  for (const Edge& e : graph.edges) all[{e.i, e.j}] = e.rate;
  return all;
}

// What graph.hpp promises of every graph.
void expect_proper(const Graph& graph) {
  SCOPED_TRACE(graph.name);
  EXPECT_FALSE(graph.name.empty());
  EXPECT_FALSE(graph.weights_are_rates);
  EXPECT_TRUE(graph.worker_names.empty());
  EXPECT_EQ(component_sizes(graph), std::vector<Worker>{graph.workers});
  for (std::size_t k = 0; k < graph.edges.size(); ++k) {
    const Edge& e = graph.edges[k];
    ASSERT_LT(e.i, e.j);
    ASSERT_LT(e.j, graph.workers);
    ASSERT_GE(e.rate, 1.0);
    if (k > 0) {
      const Edge& last = graph.edges[k - 1];
      ASSERT_LT(std::pair(last.i, last.j), std::pair(e.i, e.j));
    }
  }
}

void expect_layout(const Graph& graph) {
  const std::set<std::array<double, 2>> places(graph.coordinates.begin(), graph.coordinates.end());
  EXPECT_EQ(graph.coordinates.size(), graph.workers) << graph.name;
  EXPECT_EQ(places.size(), graph.workers) << graph.name << ": two workers at one place";
}

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
  };
  for (const Case& c : cases) {
    expect_proper(c.graph);
    expect_layout(c.graph);
    EXPECT_EQ(c.graph.workers, c.workers) << c.graph.name;
    EXPECT_EQ(c.graph.edges.size(), c.edges) << c.graph.name;
    std::map<Worker, int> found;
    for (const Worker degree : degrees(c.graph)) ++found[degree];
    EXPECT_EQ(found, c.degrees) << c.graph.name;
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

}  // namespace
}  // namespace acidsim
