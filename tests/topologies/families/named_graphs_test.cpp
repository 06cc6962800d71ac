#include "topologies/families/named_graphs.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <queue>

#include "tests/topologies/expect_error.hpp"
#include "tests/topologies/families/graph_checks.hpp"

namespace acidsim {
namespace named_graphs_test {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

struct Lengths {
  int girth, diameter;
};

// Breadth-first search from every worker: the shortest cycle through it closes at the first edge between two
// workers that are already reached and not parent and child.
Lengths lengths(const Graph& graph) {
  std::vector<std::vector<Worker>> neighbours(graph.workers);
  for (const Edge& e : graph.edges) {
    neighbours[e.i].push_back(e.j);
    neighbours[e.j].push_back(e.i);
  }
  Lengths found = {std::numeric_limits<int>::max(), 0};
  for (Worker root = 0; root < graph.workers; ++root) {
    std::vector<int> depth(graph.workers, -1);
    std::vector<Worker> parent(graph.workers, root);
    std::queue<Worker> ahead({root});
    depth[root] = 0;
    while (!ahead.empty()) {
      const Worker i = ahead.front();
      ahead.pop();
      found.diameter = std::max(found.diameter, depth[i]);
      for (const Worker j : neighbours[i]) {
        if (depth[j] < 0) {
          depth[j] = depth[i] + 1;
          parent[j] = i;
          ahead.push(j);
        } else if (j != parent[i]) {
          found.girth = std::min(found.girth, depth[i] + depth[j] + 1);
        }
      }
    }
  }
  return found;
}

// Eigenvalue of the adjacency matrix → multiplicity.
using Eigenvalues = std::vector<std::pair<double, int>>;

// Roots of x³ + x² − 4x − 2, by Newton's method from these starts.
double cubic_root(double x) {
  for (int k = 0; k < 50; ++k) x -= (((x + 1) * x - 4) * x - 2) / ((3 * x + 2) * x - 4);
  return x;
}

struct Known {
  std::string name;
  Worker workers, degree;
  int girth, diameter;
  Eigenvalues eigenvalues;
};

// Orders, girths, diameters and characteristic polynomials: Holton and Sheehan, The Petersen Graph, 1993;
// Brouwer and Haemers, Spectra of Graphs, 2012.
std::vector<Known> known() {
  const double r2 = std::sqrt(2.0), r3 = std::sqrt(3.0), r5 = std::sqrt(5.0), r17 = std::sqrt(17.0);
  return {
      {"petersen", 10, 3, 5, 2, {{3, 1}, {1, 5}, {-2, 4}}},
      {"icosahedral", 12, 5, 3, 3, {{5, 1}, {r5, 3}, {-1, 5}, {-r5, 3}}},
      {"heawood", 14, 3, 6, 3, {{3, 1}, {r2, 6}, {-r2, 6}, {-3, 1}}},
      {"moebius_kantor", 16, 3, 6, 4, {{3, 1}, {r3, 4}, {1, 3}, {-1, 3}, {-r3, 4}, {-3, 1}}},
      {"clebsch", 16, 5, 4, 2, {{5, 1}, {1, 10}, {-3, 5}}},
      {"pappus", 18, 3, 6, 4, {{3, 1}, {r3, 6}, {0, 4}, {-r3, 6}, {-3, 1}}},
      {"dodecahedral", 20, 3, 5, 5, {{3, 1}, {r5, 3}, {1, 5}, {0, 4}, {-2, 4}, {-r5, 3}}},
      {"desargues", 20, 3, 6, 5, {{3, 1}, {2, 4}, {1, 5}, {-1, 5}, {-2, 4}, {-3, 1}}},
      {"mcgee",
       24,
       3,
       7,
       4,
       {{3, 1},
        {2, 3},
        {0, 3},
        {-1, 2},
        {-2, 1},
        {(r17 - 1) / 2, 1},
        {(-r17 - 1) / 2, 1},
        {cubic_root(2), 4},
        {cubic_root(-0.5), 4},
        {cubic_root(-2.5), 4}}},
      {"nauru", 24, 3, 6, 4, {{3, 1}, {2, 6}, {1, 3}, {0, 4}, {-1, 3}, {-2, 6}, {-3, 1}}},
      {"tutte_coxeter", 30, 3, 8, 4, {{3, 1}, {2, 9}, {0, 10}, {-2, 9}, {-3, 1}}},
      {"hoffman_singleton", 50, 7, 5, 2, {{7, 1}, {2, 28}, {-3, 21}}},
  };
}

TEST(NamedGraphs, AreWhatTheyAreKnownToBe) {
  ASSERT_EQ(known().size(), named_graphs().size());
  for (const Known& expected : known()) {
    SCOPED_TRACE(expected.name);
    const Graph graph = named_graph(expected.name);
    EXPECT_EQ(graph.name, expected.name);
    expect_proper(graph);
    expect_layout(graph);
    EXPECT_EQ(graph.workers, expected.workers);
    EXPECT_EQ(degree_counts(graph),
              (std::map<Worker, int>{{expected.degree, static_cast<int>(expected.workers)}}));
    const auto [girth, diameter] = lengths(graph);
    EXPECT_EQ(girth, expected.girth);
    EXPECT_EQ(diameter, expected.diameter);

    std::vector<double> eigenvalues;
    for (const auto& [value, times] : expected.eigenvalues)
      eigenvalues.insert(eigenvalues.end(), times, value);
    std::sort(eigenvalues.begin(), eigenvalues.end());
    ASSERT_EQ(eigenvalues.size(), graph.workers);
    const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(adjacency(graph), Eigen::EigenvaluesOnly);
    // The solver is right to n·ε·‖A‖ = 50 · 2e-16 · 7.
    for (std::size_t k = 0; k < eigenvalues.size(); ++k)
      EXPECT_NEAR(solver.eigenvalues()[static_cast<Eigen::Index>(k)], eigenvalues[k], 1e-12) << k;
  }
}

TEST(NamedGraphs, RowsSayWhatTheGraphsAre) {
  for (const NamedGraph& row : named_graphs()) {
    const Graph graph = named_graph(row.name);
    const auto [girth, diameter] = lengths(graph);
    EXPECT_EQ(row.workers, graph.workers) << row.name;
    EXPECT_EQ(row.what, std::to_string(degrees(graph)[0]) + "-regular, girth " + std::to_string(girth) +
                            ", diameter " + std::to_string(diameter))
        << row.name;
  }
}

TEST(NamedGraphs, UnknownNamesAreRefused) {
  EXPECT_THAT(input_error_of([] { named_graph("peterson"); }),
              AllOf(StartsWith("name: "), HasSubstr("did you mean"), HasSubstr("petersen")));
}

}  // namespace named_graphs_test
}  // namespace acidsim
