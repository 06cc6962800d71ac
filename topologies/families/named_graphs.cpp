#include "topologies/families/named_graphs.hpp"

#include <bit>

#include "sim/core/error.hpp"
#include "topologies/families/family_support.hpp"

namespace acidsim {
namespace {

// Two circles of n workers, the second inside the first.
std::vector<Point> two_circles(Worker n) {
  std::vector<Point> points = circle(n);
  for (const Point& outer : circle(n)) points.push_back({0.5 * outer[0], 0.5 * outer[1]});
  return points;
}

// The cubic Hamiltonian graph of a Lederberg-Coxeter-Frucht code: the cycle 0 … n − 1, n = steps × repeats,
// and i — i + steps[i mod steps.size()] mod n [Frucht, J. Graph Theory 1, 1977].
Graph lcf_graph(const std::vector<int>& steps, int repeats) {
  const int n = static_cast<int>(steps.size()) * repeats;
  Graph graph = make_graph("", static_cast<Worker>(n));
  for (int i = 0; i < n; ++i) {
    const int chord = (i + steps[static_cast<std::size_t>(i) % steps.size()] + n) % n;
    graph.edges.push_back({static_cast<Worker>(i), static_cast<Worker>((i + 1) % n)});
    if (chord > i) graph.edges.push_back({static_cast<Worker>(i), static_cast<Worker>(chord)});
  }
  normalise(graph);
  graph.coordinates = circle(graph.workers);
  return graph;
}

// Generalised Petersen graph P(n, k): an outer cycle 0 … n − 1, spokes i — n + i, and inner edges
// n + i — n + (i + k mod n) [Watkins, J. Comb. Theory 6, 1969]; 1 ≤ k < n/2.
Graph generalized_petersen(Worker n, Worker k) {
  Graph graph = make_graph("", 2 * n);
  for (Worker i = 0; i < n; ++i) {
    graph.edges.push_back({i, (i + 1) % n});
    graph.edges.push_back({i, n + i});
    graph.edges.push_back({n + i, n + (i + k) % n});
  }
  normalise(graph);
  graph.coordinates = two_circles(n);
  return graph;
}

Graph petersen() { return generalized_petersen(5, 2); }
Graph moebius_kantor() { return generalized_petersen(8, 3); }
Graph dodecahedral() { return generalized_petersen(10, 2); }
Graph desargues() { return generalized_petersen(10, 3); }
Graph nauru() { return generalized_petersen(12, 5); }
Graph heawood() { return lcf_graph({5, -5}, 7); }
Graph pappus() { return lcf_graph({5, 7, -7, 7, -7, -5}, 3); }
Graph mcgee() { return lcf_graph({12, 7, -7}, 8); }
Graph tutte_coxeter() { return lcf_graph({-13, -9, 7, -7, 9, 13}, 5); }

// Two poles, 0 and 11, over two rings of five: 1 … 5 around the one, 6 … 10 around the other.
Graph icosahedral() {
  Graph graph = make_graph("", 12);
  for (Worker i = 0; i < 5; ++i) {
    const Worker upper = 1 + i, lower = 6 + i, next = (i + 1) % 5;
    graph.edges.insert(
        graph.edges.end(),
        {{0, upper}, {lower, 11}, {upper, 1 + next}, {lower, 6 + next}, {upper, lower}, {upper, 6 + next}});
  }
  normalise(graph);
  graph.coordinates = circle(12);
  return graph;
}

// The folded 5-cube: 4-bit names that differ in one bit or in all four.
Graph clebsch() {
  Graph graph = make_graph("", 16);
  for (Worker i = 0; i < 16; ++i) {
    for (Worker j = i + 1; j < 16; ++j) {
      const int differing = std::popcount(i ^ j);
      if (differing == 1 || differing == 4) graph.edges.push_back({i, j});
    }
  }
  graph.coordinates = circle(16);
  return graph;
}

// Robertson's pentagons P_h (workers 5h + j, j joined to j ± 1) and pentagrams Q_i (25 + 5i + j, j joined to
// j ± 2), with j of P_h joined to hi + j of Q_i [Bondy and Murty, Graph Theory with Applications, 1976].
Graph hoffman_singleton() {
  Graph graph = make_graph("", 50);
  for (Worker h = 0; h < 5; ++h) {
    for (Worker j = 0; j < 5; ++j) {
      graph.edges.push_back({5 * h + j, 5 * h + (j + 1) % 5});
      graph.edges.push_back({25 + 5 * h + j, 25 + 5 * h + (j + 2) % 5});
      for (Worker i = 0; i < 5; ++i) graph.edges.push_back({5 * h + j, 25 + 5 * i + (h * i + j) % 5});
    }
  }
  normalise(graph);
  graph.coordinates = two_circles(25);
  return graph;
}

}  // namespace

const std::vector<NamedGraph>& named_graphs() {
  static const std::vector<NamedGraph> table = {
      {"petersen", 10, "3-regular, girth 5, diameter 2", petersen},
      {"icosahedral", 12, "5-regular, girth 3, diameter 3", icosahedral},
      {"heawood", 14, "3-regular, girth 6, diameter 3", heawood},
      {"moebius_kantor", 16, "3-regular, girth 6, diameter 4", moebius_kantor},
      {"clebsch", 16, "5-regular, girth 4, diameter 2", clebsch},
      {"pappus", 18, "3-regular, girth 6, diameter 4", pappus},
      {"dodecahedral", 20, "3-regular, girth 5, diameter 5", dodecahedral},
      {"desargues", 20, "3-regular, girth 6, diameter 5", desargues},
      {"mcgee", 24, "3-regular, girth 7, diameter 4", mcgee},
      {"nauru", 24, "3-regular, girth 6, diameter 4", nauru},
      {"tutte_coxeter", 30, "3-regular, girth 8, diameter 4", tutte_coxeter},
      {"hoffman_singleton", 50, "7-regular, girth 5, diameter 2", hoffman_singleton},
  };
  return table;
}

Graph named_graph(const std::string& name) {
  std::vector<std::string> known;
  for (const NamedGraph& row : named_graphs()) {
    if (row.name == name) {
      Graph graph = row.make();
      graph.name = name;
      return graph;
    }
    known.push_back(row.name);
  }
  throw InputError("name", "unknown name", name, unknown_name_hint(name, known));
}

}  // namespace acidsim
