// Optimised rates, as a user gets them.
#include "topologies/rates/optimal_rates.hpp"

#include <cmath>
#include <filesystem>

#include "sim/core/random.hpp"
#include "tests/topologies/expect_error.hpp"
#include "topologies/families/families.hpp"
#include "topologies/files/files.hpp"
#include "topologies/rates/rates.hpp"
#include "topologies/spectrum/spectrum.hpp"

namespace acidsim {
namespace optimal_rates_test {

using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr RateObjective objectives[] = {RateObjective::sqrt_chi1_chi2, RateObjective::chi_1,
                                        RateObjective::chi_2};
// Of graphs as small as those here: what the methods promise for value / lower bound − 1.
constexpr double promised_gap = 1e-4;

RateSettings settings_for(RateObjective objective) {
  RateSettings settings;
  settings.scheme = RateScheme::optimized;
  settings.objective = objective;
  return settings;
}

double value_of(const Graph& graph, RateObjective objective, const std::vector<Edge>& edges) {
  const Spectrum s = spectrum(graph.workers, edges);
  if (objective == RateObjective::chi_1) return s.chi_1;
  if (objective == RateObjective::chi_2) return s.chi_2;
  return std::sqrt(s.chi_1 * s.chi_2);
}

double gain(const RatedEdges& rated) { return rated.certificate->uniform_value / rated.certificate->value; }

double total(const std::vector<Edge>& edges) {
  double sum = 0;
  for (const Edge& e : edges) sum += e.rate;
  return sum;
}

double largest_load(const Graph& graph, const std::vector<Edge>& edges) {
  std::vector<double> load(graph.workers, 0.0);
  for (const Edge& e : edges) {
    load[e.i] += e.rate;
    load[e.j] += e.rate;
  }
  return *std::max_element(load.begin(), load.end());
}

Graph network(const char* name) {
  return read_graph(std::filesystem::path(ACIDSIM_SOURCE_DIR "/topologies/data") / name).graph;
}

TEST(OptimalRates, UniformRatesAreOptimalWhereEdgesAreAlike) {
  for (const Graph& graph :
       {path(2), cycle(12), star(9), complete(7), hypercube(8), complete_bipartite(3, 5)}) {
    for (const RateObjective objective : objectives) {
      const RatedEdges rated = rated_edges(graph, settings_for(objective));
      EXPECT_NEAR(gain(rated), 1.0, promised_gap) << graph.name;
      EXPECT_LE(rated.certificate->gap(), promised_gap) << graph.name;
    }
  }
}

TEST(OptimalRates, GainsOfKnownGraphs) {
  // MATH: star, cycle, path 1.00; barbell 2×16 10.05, 2×64 76.
  const RateSettings settings = settings_for(RateObjective::sqrt_chi1_chi2);
  EXPECT_NEAR(gain(rated_edges(path(20), settings)), 1.00, 0.005);
  EXPECT_NEAR(gain(rated_edges(barbell(32), settings)), 10.05, 0.1);
  EXPECT_NEAR(gain(rated_edges(barbell(128), settings)), 76.0, 0.76);
}

// The edge-transitive parts of a barbell leave three rates: bridge, at its ends, rest. Their best, by a scan.
TEST(OptimalRates, BarbellAgainstAScan) {
  const Graph graph = barbell(10);
  const RatedEdges rated = rated_edges(graph, settings_for(RateObjective::sqrt_chi1_chi2));
  double best = infinity;
  std::vector<Edge> edges = graph.edges;
  for (int a = 0; a <= 60; ++a) {
    for (int b = 0; b <= 60; ++b) {
      const double bridge = std::exp(0.1 * a), at_ends = std::exp(0.05 * b);
      std::vector<int> degree(graph.workers, 0);
      for (const Edge& e : graph.edges) ++degree[e.i], ++degree[e.j];
      for (Edge& e : edges) {
        const int ends = (degree[e.i] == 5) + (degree[e.j] == 5);  // workers of the bridge: 4 + 1 neighbours
        e.rate = ends == 2 ? bridge : ends == 1 ? at_ends : 1.0;
      }
      const double scale = 5.0 / total(edges);
      best = std::min(best, value_of(graph, RateObjective::sqrt_chi1_chi2, edges) / scale);
    }
  }
  EXPECT_GE(best, rated.certificate->lower_bound);
  // The grid is within 5 % of the best rates, where the objective is flat to second order.
  EXPECT_NEAR(best, rated.certificate->value, 0.005 * best);
}

TEST(OptimalRates, Chi2IsThatOfFoster) {
  for (const Graph& graph :
       {network("zacharys_karate_club.txt"), binary_tree(15), barabasi_albert(40, 2, 1)}) {
    const RatedEdges rated = rated_edges(graph, settings_for(RateObjective::chi_2));
    const double foster = (graph.workers - 1.0) / graph.workers;  // (n − 1)/(2 Σ λ)
    EXPECT_NEAR(rated.certificate->lower_bound, foster, 1e-12);
    EXPECT_NEAR(rated.certificate->value, foster, promised_gap * foster);
    EXPECT_GE(rated.certificate->value, foster * (1 - 1e-12));
  }
  // On a tree R_e = 1/λ_e, so the rates are all alike.
  const RatedEdges tree = rated_edges(binary_tree(15), settings_for(RateObjective::chi_2));
  for (const Edge& e : tree.edges) EXPECT_NEAR(e.rate, 7.5 / 14, 1e-3);
}

TEST(OptimalRates, GainsOfRandomGeometricGraphs) {
  for (const std::uint64_t seed : {1, 2}) {
    const RatedEdges rated =
        rated_edges(random_geometric(50, 0.35, seed), settings_for(RateObjective::sqrt_chi1_chi2));
    EXPECT_GT(gain(rated), 1.5);
    EXPECT_LE(rated.certificate->gap(), 0.01);  // the goal for graphs of hundreds of edges
  }
}

// The least χ1 may cost more in χ2 than it gains: √(χ1χ2) is worse than with equal rates.
TEST(OptimalRates, LeastChi1IsNotLeastSqrtOnRealNetworks) {
  for (const char* name : {"abilene.txt", "florentine_families.txt"}) {
    const Graph graph = network(name);
    const auto chi_1 = rated_edges(graph, settings_for(RateObjective::chi_1));
    const auto both = rated_edges(graph, settings_for(RateObjective::sqrt_chi1_chi2));
    const double with_chi_1 = value_of(graph, RateObjective::sqrt_chi1_chi2, chi_1.edges);
    EXPECT_LT(chi_1.certificate->value, chi_1.certificate->uniform_value) << name;
    EXPECT_GT(with_chi_1, 1.1 * both.certificate->uniform_value) << name;
    EXPECT_LT(both.certificate->value, 0.95 * both.certificate->uniform_value) << name;
  }
}

TEST(OptimalRates, BudgetIsSpentAndOnlyScales) {
  const Graph graph = network("abilene.txt");
  for (const RateObjective objective : objectives) {
    RateSettings settings = settings_for(objective);
    const RatedEdges one = rated_edges(graph, settings);
    // The budget is met by scaling: rounding of sums of 15 rates. The problem is solved in units where the
    // budget is n/2, so both results are equal but for the rounding of the units: 1e-12 of the values.
    EXPECT_NEAR(total(one.edges), 5.5, 1e-12);
    settings.budget = 5.5e-9;
    const RatedEdges small = rated_edges(graph, settings);
    EXPECT_NEAR(total(small.edges), 5.5e-9, 1e-21);
    EXPECT_NEAR(small.certificate->value, 1e9 * one.certificate->value, 1e-3 * one.certificate->value);
    EXPECT_NEAR(small.certificate->lower_bound, 1e9 * one.certificate->lower_bound,
                1e-3 * one.certificate->value);
  }
}

TEST(OptimalRates, CapIsRespected) {
  const Graph graph = network("zacharys_karate_club.txt");
  for (const RateObjective objective : objectives) {
    RateSettings settings = settings_for(objective);
    const double free = rated_edges(graph, settings).certificate->value;
    for (const double cap : {0.3, 1.0, 1.5, 3.0}) {
      settings.max_worker_rate = cap;
      const RatedEdges rated = rated_edges(graph, settings);
      // The constraints are met by scaling, with the rounding of sums of up to 78 rates.
      EXPECT_LE(largest_load(graph, rated.edges), cap * (1 + 1e-14));
      EXPECT_LE(total(rated.edges), 17 * (1 + 1e-14));
      EXPECT_LE(rated.certificate->gap(), promised_gap);
      EXPECT_GE(rated.certificate->value, free * (1 - promised_gap));
    }
    settings.max_worker_rate = 100;  // more than the whole budget: no constraint
    EXPECT_EQ(rated_edges(graph, settings).certificate->value, free);
  }
}

TEST(OptimalRates, CapOfAStarIsItsBudget) {
  RateSettings settings = settings_for(RateObjective::sqrt_chi1_chi2);
  settings.max_worker_rate = 1.0;  // of the centre, which is at every edge
  const RatedEdges rated = rated_edges(star(9), settings);
  for (const Edge& e : rated.edges) EXPECT_NEAR(e.rate, 1.0 / 8, 1e-3);
  EXPECT_NEAR(total(rated.edges), 1.0, 1e-14);
}

// No rates drawn at random, far from the optimum or near it, beat the certificate.
TEST(OptimalRates, CertificateHolds) {
  const Graph graph = network("florentine_families.txt");
  Draws draws(Stream(1, Purpose::topology));
  for (const RateObjective objective : objectives) {
    for (const std::optional<double> cap : {std::optional<double>{}, std::optional<double>{0.9}}) {
      RateSettings settings = settings_for(objective);
      settings.max_worker_rate = cap;
      const RatedEdges rated = rated_edges(graph, settings);
      for (int trial = 0; trial < 300; ++trial) {
        const double spread = 2.0 * std::pow(0.01, draws.uniform());
        std::vector<Edge> edges = rated.edges;
        for (Edge& e : edges) e.rate *= std::exp(spread * draws.normal());
        double scale = 7.5 / total(edges);
        if (cap) scale = std::min(scale, *cap / largest_load(graph, edges));
        // The bound is rigorous; χ1 and χ2 themselves are right to 1e-11 or so at these conditions.
        EXPECT_GE(value_of(graph, objective, edges) / scale, rated.certificate->lower_bound * (1 - 1e-9));
      }
    }
  }
}

TEST(OptimalRates, PruningKeepsTheGraphConnected) {
  const Graph graph = network("zacharys_karate_club.txt");
  for (const double prune : {0.05, 0.5, 0.99}) {
    RateSettings settings = settings_for(RateObjective::sqrt_chi1_chi2);
    settings.prune = prune;
    const RatedEdges rated = rated_edges(graph, settings);
    const auto zero =
        std::count_if(rated.edges.begin(), rated.edges.end(), [](const Edge& e) { return e.rate == 0; });
    EXPECT_GT(zero, 0);
    EXPECT_LE(zero, 78 - 33);
    ASSERT_EQ(rated.notices.size(), 1u);
    EXPECT_THAT(rated.notices[0], HasSubstr(std::to_string(zero) + " of 78 edges"));
    EXPECT_NEAR(total(rated.edges), 17.0, 1e-12);
    EXPECT_LE(rated.certificate->gap(), promised_gap);
    // spectrum() refuses what is not connected.
    EXPECT_EQ(value_of(graph, settings.objective, rated.edges), rated.certificate->value);
  }
}

TEST(OptimalRates, PruningToATreeGivesTheTreesOptimum) {
  // Only a spanning tree is left of a cycle, that is, a path; or nothing is pruned where all edges are alike.
  RateSettings settings = settings_for(RateObjective::chi_2);
  settings.prune = 0.9;
  EXPECT_THAT(rated_edges(cycle(8), settings).notices[0], HasSubstr("0 of 8 edges"));
  EXPECT_EQ(rated_edges(path(8), settings).notices.size(), 1u);
}

TEST(OptimalRates, SameInputSameBits) {
  for (const Graph& graph : {network("abilene.txt"), barbell(100)}) {  // Newton's method and descent
    const RateSettings settings = settings_for(RateObjective::sqrt_chi1_chi2);
    const RatedEdges first = rated_edges(graph, settings), second = rated_edges(graph, settings);
    for (std::size_t e = 0; e < first.edges.size(); ++e) EXPECT_EQ(first.edges[e].rate, second.edges[e].rate);
  }
}

TEST(OptimalRates, NothingToSpend) {
  RateSettings settings = settings_for(RateObjective::chi_1);
  settings.budget = 0.0;
  const RatedEdges rated = rated_edges(cycle(4), settings);
  EXPECT_FALSE(rated.certificate);
  for (const Edge& e : rated.edges) EXPECT_EQ(e.rate, 0.0);
}

TEST(OptimalRates, GraphsThatAreTooLargeAreRefused) {
  const auto error = [](const Graph& graph, RateObjective objective, std::optional<double> cap = {}) {
    RateSettings settings = settings_for(objective);
    settings.max_worker_rate = cap;
    return input_error_of([&] { rated_edges(graph, settings); });
  };
  EXPECT_THAT(error(cycle(most_workers_optimised + 1), RateObjective::chi_1),
              StartsWith("topology: too many workers"));
  EXPECT_THAT(error(cycle(most_workers_optimised + 1), RateObjective::chi_2, 0.9),
              StartsWith("topology: too many workers"));
  EXPECT_THAT(error(cycle(most_workers_optimised_chi_2 + 1), RateObjective::chi_2),
              StartsWith("topology: too many workers"));
  EXPECT_THAT(error(complete(1002), RateObjective::chi_1), StartsWith("topology: too many edges"));
}

}  // namespace optimal_rates_test
}  // namespace acidsim
