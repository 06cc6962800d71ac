// The symbolic side of the factorisation, against eliminating the vertices one by one.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <vector>

#include "topologies/families/families.hpp"
#include "topologies/spectrum/elimination_tree.hpp"
#include "topologies/spectrum/fill_ordering.hpp"
#include "topologies/spectrum/front_stacks.hpp"
#include "topologies/spectrum/front_structure.hpp"
#include "topologies/spectrum/separator_estimate.hpp"
#include "topologies/spectrum/supernodal_cholesky.hpp"
#include "topologies/spectrum/supernodes.hpp"

namespace acidsim {
namespace supernodal_structure_test {

std::vector<Graph> samples() {
  std::vector<Graph> graphs{path(2),
                            path(50),
                            cycle(50),
                            star(30),
                            complete(20),
                            barbell(20),
                            binary_tree(60),
                            grid2d(9, 11),
                            torus2d(12, 12),
                            hypercube(128),
                            exponential(64),
                            complete_bipartite(3, 40),
                            random_regular(200, 3, 1),
                            barabasi_albert(200, 1, 1),
                            barabasi_albert(150, 2, 1),
                            watts_strogatz(200, 4, 0.1, 1)};
  Graph apart;  // three parts and a lone worker
  apart.name = "apart";
  apart.workers = 9;
  apart.edges = {{0, 1}, {1, 2}, {0, 2}, {3, 4}, {5, 6}, {6, 7}};
  graphs.push_back(apart);
  return graphs;
}

std::size_t at(Vertex v) { return static_cast<std::size_t>(v); }

std::vector<std::vector<Vertex>> orders(const Adjacency& graph) {
  std::vector<Vertex> natural(at(graph.vertices()));
  std::iota(natural.begin(), natural.end(), 0);
  return {natural, minimum_degree_order(graph), nested_dissection_order(graph)};
}

// The later neighbours of each position when it is eliminated.
std::vector<std::set<Vertex>> eliminate(const Adjacency& graph, const std::vector<Vertex>& order) {
  std::vector<Vertex> position(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) position[at(order[k])] = static_cast<Vertex>(k);
  std::vector<std::set<Vertex>> later(order.size());
  for (std::size_t k = 0; k < order.size(); ++k) {
    for (const Vertex v : graph.of(order[k])) {
      if (at(position[at(v)]) > k) later[k].insert(position[at(v)]);
    }
  }
  for (auto& column : later) {
    for (const Vertex a : column) later[at(a)].insert(column.upper_bound(a), column.end());
  }
  return later;
}

bool is_permutation_of_all(std::vector<Vertex> order) {
  std::sort(order.begin(), order.end());
  for (std::size_t k = 0; k < order.size(); ++k) {
    if (at(order[k]) != k) return false;
  }
  return true;
}

TEST(FillOrdering, ReturnsEveryVertexOnceAndTheSameEachTime) {
  for (const Graph& g : samples()) {
    const Adjacency graph = adjacency(g.workers, g.edges);
    const auto found = orders(graph);
    for (const auto& order : found) {
      EXPECT_EQ(order.size(), g.workers) << g.name;
      EXPECT_TRUE(is_permutation_of_all(order)) << g.name;
    }
    EXPECT_EQ(found, orders(graph)) << g.name;
  }
}

TEST(FillOrdering, FillsLittle) {
  // Without fill a tree has 2n − 1 entries. Eigen counts the diagonal among the neighbours of a vertex that
  // has not been touched yet, so leaves may come after vertices of two neighbours: some fill, less than half
  // of the tree.
  for (const Graph& g : {path(300), star(300), binary_tree(300), barabasi_albert(300, 1, 3)}) {
    const Adjacency graph = adjacency(g.workers, g.edges);
    const auto count = elimination_tree(graph, minimum_degree_order(graph)).count;
    EXPECT_LT(std::accumulate(count.begin(), count.end(), 0), 2.5 * g.workers) << g.name;
  }
  // George's nested dissection of an s × s grid takes under 10 s³ operations at leading order [George 1973];
  // in natural order it is s⁴.
  const Worker side = 120;
  const Graph g = grid2d(side, side);
  const Adjacency graph = adjacency(g.workers, g.edges);
  EXPECT_LT(elimination_flops(elimination_tree(graph, nested_dissection_order(graph))),
            20.0 * side * side * side);
}

TEST(FillOrdering, LeavesAVertexOut) {
  const Graph g = cycle(6);
  const Adjacency rest = without_vertex(adjacency(g.workers, g.edges), 2);
  EXPECT_EQ(rest.start, (std::vector<Vertex>{0, 2, 3, 4, 6, 8}));
  EXPECT_EQ(rest.neighbours, (std::vector<Vertex>{1, 4, 0, 3, 2, 4, 0, 3}));
}

TEST(EliminationTree, ParentsAndCountsAreThoseOfElimination) {
  for (const Graph& g : samples()) {
    const Adjacency graph = adjacency(g.workers, g.edges);
    for (const auto& order : orders(graph)) {
      const EliminationTree tree = elimination_tree(graph, order);
      const auto later = eliminate(graph, tree.order);
      ASSERT_TRUE(is_permutation_of_all(tree.order));
      EXPECT_EQ(tree.order.back(), order.back()) << g.name;
      double flops = 0;
      for (std::size_t k = 0; k < later.size(); ++k) {
        EXPECT_EQ(tree.parent[k], later[k].empty() ? -1 : *later[k].begin()) << g.name << " " << k;
        EXPECT_EQ(tree.count[k], static_cast<Vertex>(later[k].size()) + 1) << g.name << " " << k;
        flops += static_cast<double>((later[k].size() + 1) * (later[k].size() + 1));
      }
      EXPECT_EQ(elimination_flops(tree), flops) << g.name;
    }
  }
}

TEST(EliminationTree, FillIsThatOfTheOrderGiven) {
  for (const Graph& g : samples()) {
    const Adjacency graph = adjacency(g.workers, g.edges);
    for (const auto& order : orders(graph)) {
      std::size_t given = 0;
      for (const auto& column : eliminate(graph, order)) given += column.size() + 1;
      const auto count = elimination_tree(graph, order).count;
      EXPECT_EQ(static_cast<std::size_t>(std::accumulate(count.begin(), count.end(), 0)), given) << g.name;
    }
  }
}

// Every front has exactly the predicted rows, they hold the factor's pattern, and the costs are those
// counted.
TEST(Supernodes, CostsAreThoseOfTheStructureBuilt) {
  for (const Graph& g : samples()) {
    if (g.name == "apart") continue;  // its roots do not reach the ground
    const Adjacency graph = adjacency(g.workers, g.edges);
    for (const auto& order : orders(graph)) {
      const Supernodes s = supernodes(elimination_tree(graph, order));
      ASSERT_TRUE(is_permutation_of_all(s.order)) << g.name;
      EXPECT_EQ(s.order.back(), order.back());
      const FrontStructure structure(s, g.edges);
      const auto later = eliminate(graph, s.order);
      double flops = 0;
      std::int64_t entries = 0, rows = 0;
      std::size_t edges = 0;
      for (std::size_t j = 0; j < s.count(); ++j) {
        const auto front = structure.rows(j);
        ASSERT_TRUE(std::is_sorted(front.begin(), front.end()));
        std::set<Vertex> needed;
        for (Vertex k = s.first[j]; k < s.first[j + 1]; ++k) {
          needed.insert(k);
          needed.insert(later[at(k)].begin(), later[at(k)].end());
          const double below = static_cast<double>(front.size()) - (k - s.first[j]);
          flops += below * below;
          entries += static_cast<std::int64_t>(front.size());
        }
        // Nothing but what some column needs: relaxation stores zeros, it never adds rows to the union.
        EXPECT_TRUE(std::equal(front.begin(), front.end(), needed.begin(), needed.end()))
            << g.name << " " << j;
        rows += static_cast<std::int64_t>(front.size());
        edges += structure.edges(j).size();
        for (std::size_t k = at(s.columns(j)); s.parent[j] != -1 && k < front.size(); ++k) {
          EXPECT_EQ(structure.rows(at(s.parent[j]))[at(structure.in_parent(j)[k])], front[k]);
        }
      }
      const SupernodeCost predicted = cost(s);
      EXPECT_DOUBLE_EQ(predicted.flops, flops) << g.name;
      EXPECT_EQ(predicted.entries, entries) << g.name;
      EXPECT_EQ(predicted.rows, rows) << g.name;
      EXPECT_EQ(edges, g.edges.size()) << g.name;
    }
  }
}

// Replays both passes: no stack grows beyond its size, one reaches it, and all are empty in the end.
TEST(Supernodes, StacksAreAsLargeAsThePassesNeed) {
  for (const Graph& g : samples()) {
    if (g.name == "apart") continue;
    const Adjacency graph = adjacency(g.workers, g.edges);
    const Supernodes s = supernodes(elimination_tree(graph, minimum_degree_order(graph)));
    std::vector<bool> alive(s.count(), false);
    std::array<std::int64_t, 2> most{};
    const auto parity = depth_parity(s);
    const auto record = [&] {
      std::array<std::int64_t, 2> now{};
      for (std::size_t j = 0; j < s.count(); ++j)
        now[parity[j]] += alive[j] ? std::int64_t{s.size[j]} * s.size[j] : 0;
      for (std::size_t k = 0; k < 2; ++k) most[k] = std::max(most[k], now[k]);
    };
    for (std::size_t j = 0; j < s.count(); ++j) {
      alive[j] = true;
      if (s.parent[j] != -1) {
        EXPECT_NE(parity[j], parity[at(s.parent[j])]);
        alive[at(s.parent[j])] = true;
      }
      record();
      alive[j] = false;
    }
    for (std::size_t j = s.count(); j-- > 0;) {
      alive[j] = true;
      record();
      for (std::size_t k = j; k < s.count(); ++k) {  // alive as long as a child is to come
        const bool waits = std::any_of(s.parent.begin(), s.parent.begin() + static_cast<std::ptrdiff_t>(j),
                                       [&](Vertex p) { return p == static_cast<Vertex>(k); });
        alive[k] = alive[k] && waits;
      }
    }
    EXPECT_EQ(cost(s).stack_entries, most) << g.name;
  }
}

TEST(SeparatorEstimate, IsNearTheKnownSizes) {
  const auto estimate = [](const Graph& g) { return estimated_separator(adjacency(g.workers, g.edges)); };
  EXPECT_LE(estimate(path(20000)), 2);
  EXPECT_LE(estimate(cycle(20000)), 4);
  EXPECT_LE(estimate(star(20000)), 1);
  EXPECT_LE(estimate(complete_bipartite(10, 20000)), 10);
  EXPECT_EQ(estimate(path(10)), 0);  // nothing to estimate
  // s for a grid of s × s; a matching of a cut finds no fewer than half of it, regions are ragged.
  const Vertex grid = estimate(grid2d(200, 200));
  EXPECT_GE(grid, 100);
  EXPECT_LE(grid, 400);
  // Random cubic graphs have no separators below n/20 or so [vertex expansion; Bollobás 1988], and one below
  // n/6.
  const Vertex cubic = estimate(random_regular(20000, 3, 1));
  EXPECT_GE(cubic, 1000);
  EXPECT_LE(cubic, 4 * 20000 / 6);
}

// What the dispatcher compares with its limit before any order is known must not be above the truth.
TEST(SeparatorEstimate, PromisesNoMoreOperationsThanAFactorisationTakes) {
  for (const Graph& g :
       {grid2d(150, 200), torus2d(150, 150), torus(std::vector<Worker>{18, 18, 18}), hypercube(4096),
        random_regular(3000, 4, 1), random_geometric(5000, 0.04, 1), barabasi_albert(4000, 2, 1),
        watts_strogatz(5000, 6, 0.05, 1), erdos_renyi(2000, 0.01, 1)}) {
    const Vertex separator = estimated_separator(adjacency(g.workers, g.edges));
    EXPECT_GT(separator, 0) << g.name;
    EXPECT_LT(least_factor_flops(separator), SupernodalCholesky(g.workers, g.edges).factor_flops()) << g.name;
  }
}

}  // namespace supernodal_structure_test
}  // namespace acidsim
