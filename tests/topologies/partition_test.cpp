#include "topologies/partition.hpp"

#include <cmath>

#include "tests/topologies/expect_error.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace partition_test {

using ::testing::Each;
using ::testing::Ge;
using ::testing::HasSubstr;
using ::testing::Le;

std::vector<int> cut(const Graph& graph, int parts) { return partition(graph.workers, graph.edges, parts); }

std::vector<int> sizes(const std::vector<int>& part, int parts) {
  std::vector<int> size(static_cast<std::size_t>(parts), 0);
  for (const int p : part) ++size.at(static_cast<std::size_t>(p));
  return size;
}

// The sum of the rates of the edges between parts.
double cut_rate(std::span<const Edge> edges, std::span<const int> parts) {
  double sum = 0;
  for (const Edge& edge : edges)
    if (parts[edge.i] != parts[edge.j]) sum += edge.rate;
  return sum;
}

TEST(Partition, PartsAreNearlyEqualAndNoneIsEmpty) {
  const std::vector<Graph> graphs = {cycle(64),     cycle(7),        complete(13),
                                     star(40),      binary_tree(99), erdos_renyi(200, 0.05, 3),
                                     path(2),       barbell(10),     barabasi_albert(500, 2, 1),
                                     grid2d(17, 19)};
  for (const Graph& graph : graphs) {
    for (int parts = 1; parts <= std::min<int>(static_cast<int>(graph.workers), 20); ++parts) {
      SCOPED_TRACE(graph.name + " in " + std::to_string(parts));
      const auto found = cut(graph, parts);
      ASSERT_EQ(found.size(), graph.workers);
      const double average = static_cast<double>(graph.workers) / parts;
      EXPECT_THAT(sizes(found, parts), Each(Ge(1)));
      EXPECT_THAT(sizes(found, parts),
                  Each(Le(static_cast<int>(std::max(std::ceil(average), std::floor(1.03 * average))))));
    }
  }
}

TEST(Partition, EveryWorkerAPartOfItsOwn) {
  EXPECT_THAT(sizes(cut(random_regular(30, 3, 1), 30), 30), Each(1));
}

TEST(Partition, WorksWithoutEdges) {
  const auto found = partition(10, {}, 3);
  EXPECT_THAT(sizes(found, 3), Each(Ge(1)));
  EXPECT_THAT(sizes(found, 3), Each(Le(4)));
}

TEST(Partition, SameArgumentsSameParts) {
  const Graph graph = erdos_renyi(300, 0.03, 5);
  EXPECT_EQ(cut(graph, 7), cut(graph, 7));
}

TEST(Partition, CutsWhereLittleIsSaid) {
  EXPECT_EQ(cut_rate(barbell(20).edges, cut(barbell(20), 2)), 1) << "the bridge";
  EXPECT_EQ(cut_rate(cycle(64).edges, cut(cycle(64), 4)), 4) << "four arcs";

  // A torus of 32 × 32 in four quarters: 128 edges are cut; blocks of rows cut as many.
  const Graph torus = torus2d(32, 32);
  EXPECT_LE(cut_rate(torus.edges, cut(torus, 4)), 1.15 * 128) << "within 15 % of the best";
}

TEST(Partition, BusyEdgesAreKept) {
  // A ring of 40 pairs that talk a lot among themselves: every cut is between pairs.
  Graph graph = cycle(80);
  for (Edge& edge : graph.edges) edge.rate = edge.j == edge.i + 1 && edge.i % 2 == 0 ? 10.0 : 0.1;
  EXPECT_NEAR(cut_rate(graph.edges, cut(graph, 4)), 0.4, 1e-12);
}

TEST(Partition, RefusesMorePartsThanWorkers) {
  EXPECT_THAT(input_error_of([] { cut(cycle(4), 5); }), HasSubstr("4 workers cannot be cut"));
  EXPECT_THAT(input_error_of([] { cut(cycle(4), 0); }), HasSubstr("from 1 to 4"));
}

}  // namespace partition_test
}  // namespace acidsim
