#include "topologies/structure.hpp"

#include <gtest/gtest.h>

#include <boost/graph/adjacency_list.hpp>
#include <boost/graph/biconnected_components.hpp>
#include <map>
#include <set>

#include "sim/core/random.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace structure_test {

// Any simple graph: connected or not, with edges of rate 0.
std::vector<Edge> random_edges(Worker n, double p, double silent, Draws& draws) {
  std::vector<Edge> edges;
  for (Worker i = 0; i < n; ++i) {
    for (Worker j = i + 1; j < n; ++j) {
      if (draws.uniform() < p) edges.push_back({i, j, draws.uniform() < silent ? 0.0 : 1.0});
    }
  }
  return edges;
}

Blocks blocks_of(Worker n, const std::vector<Edge>& edges) {
  return blocks(compressed_rows(n, edges), edges.size());
}

TEST(CompressedRows, HoldTheNeighboursInOrder) {
  const std::vector<Edge> edges = {{0, 2}, {0, 3}, {1, 2}, {1, 3, 0.0}, {2, 3}};
  const CompressedRows rows = compressed_rows(5, edges);
  EXPECT_EQ(rows.first, (std::vector<std::uint32_t>{0, 2, 3, 6, 8, 8}));
  EXPECT_EQ(rows.neighbour, (std::vector<Worker>{2, 3, 2, 0, 1, 3, 0, 2}));
  EXPECT_EQ(rows.edge, (std::vector<std::uint32_t>{0, 1, 2, 0, 2, 4, 1, 4}));
  EXPECT_EQ(component_sizes(rows), (std::vector<Worker>{4, 1}));
}

// The partition into blocks by Boost.Graph, as a set of sets of edges.
using Partition = std::set<std::set<std::size_t>>;

Partition boost_blocks(Worker n, const std::vector<Edge>& edges) {
  using Graph = boost::adjacency_list<boost::vecS, boost::vecS, boost::undirectedS, boost::no_property,
                                      boost::property<boost::edge_index_t, std::size_t>>;
  Graph graph(n);
  for (std::size_t k = 0; k < edges.size(); ++k) {
    if (edges[k].rate > 0) add_edge(edges[k].i, edges[k].j, k, graph);
  }
  std::vector<std::size_t> label(edges.size());
  const auto index = get(boost::edge_index, graph);
  boost::biconnected_components(graph, boost::make_iterator_property_map(label.begin(), index));
  std::map<std::size_t, std::set<std::size_t>> blocks;
  for (std::size_t k = 0; k < edges.size(); ++k) {
    if (edges[k].rate > 0) blocks[label[k]].insert(k);
  }
  Partition partition;
  for (const auto& [_, block] : blocks) partition.insert(block);
  return partition;
}

TEST(Blocks, AgreeWithBoost) {
  Draws draws(Stream(3, Purpose::problem));
  std::size_t with_bridges = 0, with_cycles = 0, with_larger = 0;
  for (int trial = 0; trial < 300; ++trial) {
    const auto n = static_cast<Worker>(2 + draws.below(60));
    const std::vector<Edge> edges = random_edges(n, 2.5 * draws.uniform() / n, 0.1, draws);
    const Blocks found = blocks_of(n, edges);
    std::vector<std::set<std::size_t>> members(found.sizes.size());
    std::vector<std::set<Worker>> workers(found.sizes.size());
    for (std::size_t k = 0; k < edges.size(); ++k) {
      ASSERT_EQ(found.block_of[k] == no_block, edges[k].rate == 0.0);
      if (found.block_of[k] == no_block) continue;
      members[found.block_of[k]].insert(k);
      workers[found.block_of[k]].insert({edges[k].i, edges[k].j});
    }
    EXPECT_EQ(Partition(members.begin(), members.end()), boost_blocks(n, edges)) << trial;
    for (std::size_t b = 0; b < members.size(); ++b) {
      EXPECT_EQ(found.sizes[b].edges, members[b].size());
      EXPECT_EQ(found.sizes[b].workers, workers[b].size());
      (found.sizes[b].bridge() ? with_bridges : found.sizes[b].cycle() ? with_cycles : with_larger) += 1;
    }
  }
  EXPECT_GT(with_bridges, 100u);
  EXPECT_GT(with_cycles, 30u);
  EXPECT_GT(with_larger, 30u);
}

TEST(Blocks, CountBridges) {
  const auto bridges = [](const Graph& g) { return count_bridges(blocks_of(g.workers, g.edges)); };
  EXPECT_EQ(bridges(path(50)), 49u);
  EXPECT_EQ(bridges(star(50)), 49u);
  EXPECT_EQ(bridges(binary_tree(63)), 62u);
  EXPECT_EQ(bridges(barbell(20)), 1u);
  EXPECT_EQ(bridges(cycle(50)), 0u);
  EXPECT_EQ(bridges(torus2d(5, 5)), 0u);
}

// No recursion: a search this deep would exhaust the stack.
TEST(Blocks, OfALongPathAndALongCycle) {
  constexpr Worker n = 300000;
  EXPECT_EQ(count_bridges(blocks_of(n, path(n).edges)), n - 1);
  const Blocks one = blocks_of(n, cycle(n).edges);
  ASSERT_EQ(one.sizes.size(), 1u);
  EXPECT_TRUE(one.sizes[0].cycle());
}

// All distances by Floyd and Warshall.
Worker brute_force_diameter(Worker n, const std::vector<Edge>& edges) {
  std::vector<std::vector<Worker>> hops(n, std::vector<Worker>(n, n));
  for (Worker i = 0; i < n; ++i) hops[i][i] = 0;
  for (const Edge& e : edges) {
    if (e.rate > 0) hops[e.i][e.j] = hops[e.j][e.i] = 1;
  }
  for (Worker k = 0; k < n; ++k) {
    for (Worker i = 0; i < n; ++i) {
      for (Worker j = 0; j < n; ++j) hops[i][j] = std::min(hops[i][j], hops[i][k] + hops[k][j]);
    }
  }
  Worker largest = 0;
  for (const auto& row : hops) largest = std::max(largest, *std::max_element(row.begin(), row.end()));
  return largest;
}

TEST(Diameter, AgreesWithBruteForce) {
  Draws draws(Stream(4, Purpose::problem));
  int tried = 0, wide = 0;
  for (int trial = 0; trial < 400; ++trial) {
    const auto n = static_cast<Worker>(2 + draws.below(40));
    const std::vector<Edge> edges = random_edges(n, 6.0 * draws.uniform() / n, 0.05, draws);
    const CompressedRows rows = compressed_rows(n, edges);
    if (component_sizes(rows).size() > 1) continue;
    const Worker expected = brute_force_diameter(n, edges);
    const Diameter exact = diameter(rows);
    EXPECT_EQ(exact.low, expected) << trial;
    EXPECT_EQ(exact.high, expected) << trial;
    for (const double work : {0.0, 300.0, 1000.0}) {  // one search at least
      const Diameter bounds = diameter(rows, work);
      EXPECT_LE(bounds.low, expected) << trial;
      EXPECT_GE(bounds.high, expected) << trial;
      if (!bounds.exact()) ++wide;
    }
    ++tried;
  }
  EXPECT_GT(tried, 50);
  EXPECT_GT(wide, 20);
}

TEST(Diameter, ClosedForms) {
  const auto expect = [](const Graph& graph, Worker hops) {
    const Diameter found = diameter(compressed_rows(graph.workers, graph.edges));
    EXPECT_EQ(found.low, hops) << graph.name;
    EXPECT_EQ(found.high, hops) << graph.name;
  };
  expect(path(2), 1);
  expect(path(100000), 99999);
  expect(cycle(1001), 500);
  expect(star(1000), 2);
  expect(complete(50), 1);
  expect(torus2d(20, 30), 25);
  expect(grid2d(100, 200), 298);
  expect(hypercube(1024), 10);
  expect(barbell(40), 3);
}

// Where all workers are alike only a search from each would settle it.
TEST(Diameter, GivesBoundsWhereTheWorkIsSpent) {
  const Graph graph = torus2d(300, 300);
  const Diameter found = diameter(compressed_rows(graph.workers, graph.edges), 1e7);
  EXPECT_EQ(found.low, 300u);
  EXPECT_GT(found.high, 300u);
  EXPECT_LE(found.high, 600u);
}

}  // namespace structure_test
}  // namespace acidsim
