#include "topologies/rates.hpp"

#include <cmath>
#include <limits>

#include "tests/topologies/expect_error.hpp"
#include "topologies/families.hpp"

namespace acidsim {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

double total(const std::vector<Edge>& edges) {
  double sum = 0.0;
  for (const Edge& e : edges) sum += e.rate;
  return sum;
}

TEST(Rates, UniformConventionsSpendTheBudget) {
  for (const double rate : {0.0, 0.5, 1.0, 3.0}) {
    for (const Graph& graph :
         {complete(9), cycle(10), path(7), star(8), grid2d(3, 5), torus2d(2, 6), hypercube(8),
          exponential(16), exponential(23), erdos_renyi(40, 0.3, 1), random_regular(20, 3, 1)}) {
      for (const auto convention : {RateConvention::uniform_neighbor, RateConvention::uniform_edge}) {
        const double budget = 0.5 * graph.workers * rate;
        // A few hundred terms, each to a few units in the last place.
        EXPECT_NEAR(total(rated_edges(graph, convention, rate)), budget, 1e-13 * budget) << graph.name;
      }
    }
  }
}

TEST(Rates, StarByHand) {
  // uniform_neighbor: the centre has 3 neighbours, a leaf one: (r/2)(1/3 + 1).
  for (const Edge& e : rated_edges(star(4), RateConvention::uniform_neighbor, 1.5))
    EXPECT_DOUBLE_EQ(e.rate, 1.0);
}

TEST(Rates, PathByHand) {
  const auto neighbor = rated_edges(path(4), RateConvention::uniform_neighbor, 1.0);
  EXPECT_DOUBLE_EQ(neighbor[0].rate, 0.75);
  EXPECT_DOUBLE_EQ(neighbor[1].rate, 0.5);
  EXPECT_DOUBLE_EQ(neighbor[2].rate, 0.75);
  for (const Edge& e : rated_edges(path(4), RateConvention::uniform_edge, 1.0))
    EXPECT_DOUBLE_EQ(e.rate, 4.0 / 6.0);
}

TEST(Rates, ExponentialIsTheReferenceWeighting) {
  // λ_ij = r·mult/(2L), n = 16, L = 4: 1/8 each, twice that to the opposite worker.
  for (const Edge& e : rated_edges(exponential(16), RateConvention::uniform_neighbor, 1.0)) {
    EXPECT_DOUBLE_EQ(e.rate, e.j - e.i == 8 ? 0.25 : 0.125) << e.i << ' ' << e.j;
  }
}

TEST(Rates, MultiplicityCountsInEveryConvention) {
  const Graph graph = torus2d(2, 3);  // degree 3, but 4 ways out: the vertical one twice
  for (const auto convention : {RateConvention::uniform_neighbor, RateConvention::uniform_edge}) {
    for (const Edge& e : rated_edges(graph, convention, 1.0))
      EXPECT_DOUBLE_EQ(e.rate, e.j - e.i == 3 ? 0.5 : 0.25);
  }
  for (const Edge& e : rated_edges(graph, RateConvention::explicit_rates, 3.0)) {
    EXPECT_DOUBLE_EQ(e.rate, e.j - e.i == 3 ? 6.0 : 3.0);
  }
}

TEST(Rates, RatesOfAFileAreForExplicitOnly) {
  Graph graph = path(3);
  graph.weights_are_rates = true;
  graph.edges[0].rate = 7.0;
  graph.edges[1].rate = 0.0;
  for (const auto convention : {RateConvention::uniform_neighbor, RateConvention::uniform_edge}) {
    for (const Edge& e : rated_edges(graph, convention, 1.0)) EXPECT_DOUBLE_EQ(e.rate, 0.75);
  }
  const auto rated = rated_edges(graph, RateConvention::explicit_rates, 2.0);
  EXPECT_EQ(rated[0].rate, 14.0);
  EXPECT_EQ(rated[1].rate, 0.0);
}

TEST(Rates, BadRatesAreRefused) {
  for (const double rate : {-1.0, std::nan(""), infinity, -infinity}) {
    EXPECT_THAT(input_error_of([rate] { rated_edges(cycle(4), RateConvention::uniform_edge, rate); }),
                StartsWith("rate: "));
  }
  Graph graph = path(3);
  graph.edges[1].rate = 10.0;
  EXPECT_THAT(input_error_of([&] {
                rated_edges(graph, RateConvention::explicit_rates, std::numeric_limits<double>::max());
              }),
              HasSubstr("edge (1, 2) overflows"));
}

}  // namespace
}  // namespace acidsim
