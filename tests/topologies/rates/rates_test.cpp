#include "topologies/rates/rates.hpp"

#include <cmath>
#include <limits>

#include "tests/topologies/expect_error.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace rates_test {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr RateScheme uniform_schemes[] = {RateScheme::uniform_neighbor, RateScheme::uniform_edge};

std::vector<Edge> rated(const Graph& graph, RateScheme scheme, double rate) {
  RateSettings settings;
  settings.scheme = scheme;
  settings.rate = rate;
  return rated_edges(graph, settings).edges;
}

double total(const std::vector<Edge>& edges) {
  double sum = 0.0;
  for (const Edge& e : edges) sum += e.rate;
  return sum;
}

std::vector<double> loads_of(const Graph& graph, const std::vector<Edge>& edges) {
  std::vector<double> load(graph.workers, 0.0);
  for (const Edge& e : edges) {
    load[e.i] += e.rate;
    load[e.j] += e.rate;
  }
  return load;
}

TEST(Rates, SchemesSpendTheBudget) {
  for (const double rate : {0.0, 0.5, 1.0, 3.0}) {
    for (const Graph& graph :
         {complete(9), cycle(10), path(7), star(8), grid2d(3, 5), torus2d(2, 6), hypercube(8),
          exponential(16), exponential(23), erdos_renyi(40, 0.3, 1), random_regular(20, 3, 1)}) {
      for (const auto scheme :
           {RateScheme::uniform_neighbor, RateScheme::uniform_edge, RateScheme::metropolis}) {
        const double budget = 0.5 * graph.workers * rate;
        // A few hundred terms, each to a few units in the last place.
        EXPECT_NEAR(total(rated(graph, scheme, rate)), budget, 1e-13 * budget) << graph.name;
      }
    }
  }
}

Graph rated_path(double first, double second) {
  Graph graph = path(3);
  graph.edges[0].rate = first;
  graph.edges[1].rate = second;
  graph.weights_are_rates = true;
  return graph;
}

TEST(Rates, ExplicitOnesCanBeScaledToTheBudget) {
  RateSettings settings;
  settings.scheme = RateScheme::explicit_rates;
  settings.scale_to_budget = true;
  settings.rate = 2;
  // Σ λ = n r / 2 = 3, in the ratio 0.01 : 1 whatever their size.
  for (const double size : {1.0, 1e-300, 1e300}) {
    const std::vector<Edge> edges = rated_edges(rated_path(0.01 * size, size), settings).edges;
    EXPECT_DOUBLE_EQ(edges[0].rate, 3 * 0.01 / 1.01);
    EXPECT_DOUBLE_EQ(edges[1].rate, 3 / 1.01);
  }
  settings.explicit_edges = {{0, 1, 3}, {1, 2, 1}};
  EXPECT_DOUBLE_EQ(rated_edges(rated_path(7, 7), settings).edges[0].rate, 2.25);
  settings.explicit_edges.clear();
  EXPECT_THAT(input_error_of([&] { rated_edges(rated_path(0, 0), settings); }),
              HasSubstr("scale_to_budget: every rate is 0"));
  settings.scheme = RateScheme::uniform_edge;
  EXPECT_THAT(input_error_of([&] { rated_edges(path(3), settings); }),
              HasSubstr("scale_to_budget: only explicit rates are scaled"));
}

TEST(Rates, StrangeOnesAreRemarked) {
  EXPECT_THAT(remark_on_rates({{0, 1, 0}, {1, 2, 0}}), HasSubstr("every rate is 0"));
  EXPECT_THAT(remark_on_rates({{0, 1, 1e-300}, {1, 2, 0}, {0, 2, 1e300}}),
              HasSubstr("from 1e-300 to 1e+300"));
  EXPECT_EQ(remark_on_rates({{0, 1, 0}, {1, 2, 1e-300}}), "");
  EXPECT_EQ(remark_on_rates({}), "");
}

TEST(Rates, StarByHand) {
  // uniform_neighbor: the centre has 3 neighbours, a leaf one: (r/2)(1/3 + 1).
  for (const Edge& e : rated(star(4), RateScheme::uniform_neighbor, 1.5)) EXPECT_DOUBLE_EQ(e.rate, 1.0);
}

TEST(Rates, PathByHand) {
  const auto neighbor = rated(path(4), RateScheme::uniform_neighbor, 1.0);
  EXPECT_DOUBLE_EQ(neighbor[0].rate, 0.75);
  EXPECT_DOUBLE_EQ(neighbor[1].rate, 0.5);
  EXPECT_DOUBLE_EQ(neighbor[2].rate, 0.75);
  for (const Edge& e : rated(path(4), RateScheme::uniform_edge, 1.0)) EXPECT_DOUBLE_EQ(e.rate, 4.0 / 6.0);
}

TEST(Rates, MetropolisByHand) {
  // A triangle 0 1 2 with a tail 2 – 3: 1/(1 + max degree) = 1/3, 1/4, 1/4, 1/4, scaled to n/2 = 2.
  Graph graph;
  graph.workers = 4;
  graph.edges = {{0, 1}, {0, 2}, {1, 2}, {2, 3}};
  const auto edges = rated(graph, RateScheme::metropolis, 1.0);
  EXPECT_DOUBLE_EQ(edges[0].rate, 8.0 / 13.0);
  for (const std::size_t k : {1, 2, 3}) EXPECT_DOUBLE_EQ(edges[k].rate, 6.0 / 13.0);
}

TEST(Rates, ExponentialIsTheReferenceWeighting) {
  // λ_ij = r·mult/(2L), n = 16, L = 4: 1/8 each, twice that to the opposite worker.
  for (const Edge& e : rated(exponential(16), RateScheme::uniform_neighbor, 1.0)) {
    EXPECT_DOUBLE_EQ(e.rate, e.j - e.i == 8 ? 0.25 : 0.125) << e.i << ' ' << e.j;
  }
}

TEST(Rates, MultiplicityCountsInEveryScheme) {
  const Graph graph = torus2d(2, 3);  // degree 3, but 4 ways out: the vertical one twice
  for (const auto scheme : {RateScheme::uniform_neighbor, RateScheme::uniform_edge, RateScheme::metropolis}) {
    for (const Edge& e : rated(graph, scheme, 1.0)) EXPECT_DOUBLE_EQ(e.rate, e.j - e.i == 3 ? 0.5 : 0.25);
  }
  for (const Edge& e : rated(graph, RateScheme::explicit_rates, 3.0)) {
    EXPECT_DOUBLE_EQ(e.rate, e.j - e.i == 3 ? 6.0 : 3.0);
  }
}

TEST(Rates, RatesOfAFileAreForExplicitOnly) {
  Graph graph = path(3);
  graph.weights_are_rates = true;
  graph.edges[0].rate = 7.0;
  graph.edges[1].rate = 0.0;
  for (const auto scheme : uniform_schemes) {
    for (const Edge& e : rated(graph, scheme, 1.0)) EXPECT_DOUBLE_EQ(e.rate, 0.75);
  }
  const auto edges = rated(graph, RateScheme::explicit_rates, 2.0);
  EXPECT_EQ(edges[0].rate, 14.0);
  EXPECT_EQ(edges[1].rate, 0.0);
}

TEST(Rates, ListedEdgesInAnyOrderAndOrientation) {
  RateSettings settings;
  settings.scheme = RateScheme::explicit_rates;
  settings.rate = 2.0;
  settings.explicit_edges = {{2, 1, 0.5}, {0, 1, 3.0}, {3, 2, 0.0}};
  const auto edges = rated_edges(path(4), settings).edges;
  ASSERT_EQ(edges.size(), 3u);
  EXPECT_EQ(edges[0].rate, 6.0);
  EXPECT_EQ(edges[1].rate, 1.0);
  EXPECT_EQ(edges[2].rate, 0.0);
  EXPECT_EQ(edges[1].i, 1u);
}

TEST(Rates, ListedEdgesMustBeTheGraphs) {
  RateSettings settings;
  settings.scheme = RateScheme::explicit_rates;
  const auto error = [&](std::vector<Edge> edges) {
    settings.explicit_edges = std::move(edges);
    return input_error_of([&] { rated_edges(path(4), settings); });
  };
  EXPECT_THAT(error({{0, 1}, {1, 2}, {1, 3}, {2, 3}}),
              StartsWith("edges: not an edge of the graph ((1, 3))"));
  EXPECT_THAT(error({{0, 1}, {1, 2}, {2, 2}}), StartsWith("edges: not an edge of the graph ((2, 2))"));
  EXPECT_THAT(error({{0, 1}, {1, 2}, {7, 3}}), StartsWith("edges: not an edge of the graph ((7, 3))"));
  EXPECT_THAT(error({{0, 1}, {1, 2}, {1, 0}}), StartsWith("edges: listed twice ((1, 0))"));
  EXPECT_THAT(error({{0, 1}, {2, 3}}), StartsWith("edges: an edge of the graph has no rate ((1, 2))"));
  EXPECT_THAT(error({{0, 1}, {1, 2, -1.0}}), StartsWith("edges: the rate of edge (1, 2) must be"));
  EXPECT_THAT(error({{0, 1, std::nan("")}}), StartsWith("edges: the rate of edge (0, 1) must be"));
}

TEST(Rates, CapScalesTheEdgesOfBusyWorkers) {
  // Path of 4, 2/3 each: loads 2/3, 4/3, 4/3, 2/3. Cap 1: every edge has an end of load 4/3.
  RateSettings settings;
  settings.scheme = RateScheme::uniform_edge;
  settings.max_worker_rate = 1.0;
  const RatedEdges capped = rated_edges(path(4), settings);
  for (const Edge& e : capped.edges) EXPECT_DOUBLE_EQ(e.rate, 0.5);
  ASSERT_EQ(capped.notices.size(), 1u);
  EXPECT_THAT(capped.notices[0], HasSubstr("2 of 4 workers"));

  settings.max_worker_rate = 4.0 / 3.0;  // nobody is above it: nothing changes, nothing is said
  const RatedEdges free = rated_edges(path(4), settings);
  EXPECT_TRUE(free.notices.empty());
  for (const Edge& e : free.edges) EXPECT_EQ(e.rate, rated(path(4), RateScheme::uniform_edge, 1.0)[0].rate);
}

TEST(Rates, CapHoldsForEveryScheme) {
  const Graph graph = barabasi_albert(60, 2, 3);
  for (const auto scheme : {RateScheme::uniform_neighbor, RateScheme::uniform_edge, RateScheme::metropolis,
                            RateScheme::explicit_rates}) {
    RateSettings settings;
    settings.scheme = scheme;
    settings.max_worker_rate = 0.9;
    for (const double load : loads_of(graph, rated_edges(graph, settings).edges)) {
      EXPECT_LE(load, 0.9 * (1 + 1e-14));  // rounding of a sum
    }
  }
}

TEST(Rates, BadSettingsAreRefusedByName) {
  const auto error = [](auto change) {
    RateSettings settings;
    change(settings);
    return input_error_of([&] { rated_edges(cycle(4), settings); });
  };
  for (const double bad : {-1.0, std::nan(""), infinity, -infinity}) {
    EXPECT_THAT(error([=](RateSettings& s) { s.rate = bad; }), StartsWith("rate: "));
    EXPECT_THAT(error([=](RateSettings& s) { s.max_worker_rate = bad; }), StartsWith("max_worker_rate: "));
    for (const auto scheme : {RateScheme::optimized, RateScheme::uniform_edge}) {
      EXPECT_THAT(error([=](RateSettings& s) { s.scheme = scheme, s.budget = bad; }), StartsWith("budget: "));
      EXPECT_THAT(error([=](RateSettings& s) { s.scheme = scheme, s.prune = bad; }), StartsWith("prune: "));
    }
  }
  EXPECT_THAT(error([](RateSettings& s) { s.max_worker_rate = 0.0; }), StartsWith("max_worker_rate: "));
  EXPECT_THAT(error([](RateSettings& s) { s.scheme = RateScheme::optimized, s.prune = 1.0; }),
              StartsWith("prune: must be in [0, 1)"));
  // What only other schemes have is refused rather than ignored.
  EXPECT_THAT(error([](RateSettings& s) { s.budget = 2.0; }), StartsWith("budget: only optimized"));
  EXPECT_THAT(error([](RateSettings& s) { s.prune = 0.1; }), StartsWith("prune: only optimized"));
  EXPECT_THAT(error([](RateSettings& s) {
                s.explicit_edges = {{0, 1}};
              }),
              StartsWith("edges: only explicit"));
}

TEST(Rates, OverflowIsRefused) {
  const double most = std::numeric_limits<double>::max();
  Graph graph = path(3);
  graph.edges[1].rate = 10.0;
  EXPECT_THAT(input_error_of([&] { rated(graph, RateScheme::explicit_rates, most); }),
              HasSubstr("edge (1, 2) overflows"));
  EXPECT_THAT(input_error_of([&] { rated(graph, RateScheme::optimized, most); }), StartsWith("rate: "));
}

}  // namespace rates_test
}  // namespace acidsim
