#include "topologies/families/sequences.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <set>

#include "sim/core/random.hpp"
#include "tests/core/statistics.hpp"
#include "tests/topologies/expect_error.hpp"
#include "topologies/families/families.hpp"
#include "topologies/families/near_pairs.hpp"

namespace acidsim {
namespace sequences_test {

using Pairs = std::set<std::pair<Worker, Worker>>;

Pairs pairs_of(std::span<const Edge> edges) {
  Pairs pairs;
  for (const Edge& edge : edges) pairs.emplace(std::min(edge.i, edge.j), std::max(edge.i, edge.j));
  EXPECT_EQ(pairs.size(), edges.size()) << "an edge came twice";
  return pairs;
}

bool sorted(const Graph& graph) {
  return std::is_sorted(graph.edges.begin(), graph.edges.end(), [](const Edge& a, const Edge& b) {
    return std::pair(a.i, a.j) < std::pair(b.i, b.j);
  });
}

void expect_plain(const GraphSequence& sequence, Worker workers, double duration) {
  EXPECT_TRUE(sequence.periodic);
  for (const auto& [graph, length] : sequence.phases) {
    EXPECT_EQ(graph.workers, workers);
    EXPECT_EQ(length, duration);
    EXPECT_TRUE(sorted(graph));
    EXPECT_EQ(graph.coordinates.size(), workers);
    for (const Edge& edge : graph.edges) EXPECT_TRUE(edge.i < edge.j && edge.j < workers && edge.rate == 1);
  }
}

TEST(OnePeerExponential, JoinsAtTheDistanceOfThePhase) {
  const std::map<Worker, std::size_t> phases = {{2, 1}, {3, 2}, {4, 2}, {5, 3}, {6, 3}, {16, 4}, {17, 5}};
  for (const auto& [n, count] : phases) {
    const GraphSequence sequence = one_peer_exponential(n, 0.5);
    expect_plain(sequence, n, 0.5);
    ASSERT_EQ(sequence.phases.size(), count) << n;
    for (std::size_t k = 0; k < count; ++k) {
      Pairs expected;
      for (Worker i = 0; i < n; ++i) {
        const Worker j = (i + (1u << k)) % n;
        expected.emplace(std::min(i, j), std::max(i, j));
      }
      EXPECT_EQ(pairs_of(sequence.phases[k].graph.edges), expected);
    }
    union_of(sequence);  // connected
  }
}

TEST(OnePeerExponential, AddsUpToTheExponentialGraph) {
  for (const Worker n : {4u, 16u, 64u})
    EXPECT_EQ(pairs_of(union_of(one_peer_exponential(n, 1)).graph.edges), pairs_of(exponential(n).edges));
}

TEST(OnePeerHypercube, HasMatchingsThatAverageExactly) {
  for (const Worker n : {2u, 4u, 32u}) {
    const GraphSequence sequence = one_peer_hypercube(n, 2);
    expect_plain(sequence, n, 2);
    std::vector<double> x(n);
    for (Worker i = 0; i < n; ++i) x[i] = static_cast<double>(i * i % 7);
    double mean = 0;
    for (const double value : x) mean += value / n;
    for (const auto& [graph, duration] : sequence.phases) {
      for (const Worker degree : degrees(graph)) EXPECT_EQ(degree, 1u);
      for (const auto& [i, j, rate] : graph.edges) x[i] = x[j] = (x[i] + x[j]) / 2;
    }
    // Means of numbers up to 6: halves round at most once per phase.
    for (const double value : x) EXPECT_NEAR(value, mean, 1e-14);
    EXPECT_EQ(pairs_of(union_of(sequence).graph.edges), pairs_of(hypercube(n).edges));
  }
}

TEST(RandomMatchings, PairEveryWorkerOnce) {
  for (const Worker n : {2u, 9u, 100u}) {
    const GraphSequence sequence = random_matchings(n, 12, 1, 5);
    expect_plain(sequence, n, 1);
    ASSERT_EQ(sequence.phases.size(), 12u);
    for (const auto& [graph, duration] : sequence.phases) {
      EXPECT_EQ(graph.edges.size(), n / 2);
      for (const Worker degree : degrees(graph)) EXPECT_LE(degree, 1u);
    }
  }
}

TEST(RandomMatchings, AreUniformAndIndependentOfEachOther) {
  // The 15 matchings of 6 workers; of 5, the 15 as well, one worker sitting out.
  for (const Worker n : {5u, 6u}) {
    std::map<Pairs, double> counts;
    std::map<std::pair<Pairs, Pairs>, double> following;
    const GraphSequence sequence = random_matchings(n, 22500, 1, 8);
    for (std::size_t k = 0; k < sequence.phases.size(); ++k) {
      const Pairs pairs = pairs_of(sequence.phases[k].graph.edges);
      ++counts[pairs];
      if (k % 2 == 1) ++following[{pairs_of(sequence.phases[k - 1].graph.edges), pairs}];
    }
    const auto values = [](const auto& map) {
      std::vector<double> all;
      for (const auto& [key, count] : map) all.push_back(count);
      return all;
    };
    ASSERT_EQ(counts.size(), 15u);
    ASSERT_EQ(following.size(), 225u);
    testing::expect_multinomial_counts(values(counts), std::vector<double>(15, 1.0 / 15));
    testing::expect_multinomial_counts(values(following), std::vector<double>(225, 1.0 / 225));
  }
}

Pairs brute_force(double radius, std::span<const Point> places, bool torus) {
  Pairs pairs;
  for (Worker i = 0; i < places.size(); ++i) {
    for (Worker j = i + 1; j < places.size(); ++j) {
      double nearest = infinity;
      for (const double x : {-1.0, 0.0, 1.0}) {
        for (const double y : {-1.0, 0.0, 1.0}) {
          if (!torus && (x != 0 || y != 0)) continue;
          nearest =
              std::min(nearest, std::hypot(places[i][0] - places[j][0] + x, places[i][1] - places[j][1] + y));
        }
      }
      if (nearest <= radius) pairs.emplace(i, j);
    }
  }
  return pairs;
}

TEST(NearPairs, AreThoseOfAllPairs) {
  Draws draws(Stream(4, Purpose::topology));
  std::vector<Point> places;
  for (int k = 0; k < 300; ++k) places.push_back({draws.uniform(), draws.uniform()});
  places.insert(places.end(), {Point{0, 0}, Point{0, 0.999999}, Point{0.999999, 0}, Point{0.5, 0}});
  for (const double radius : {1e-9, 0.01, 0.049, 0.1, 0.21, 0.26, 0.34, 0.4, 0.51, 0.7, 1.0, 1.4}) {
    EXPECT_EQ(pairs_of(pairs_within(radius, places, Surface::torus)), brute_force(radius, places, true))
        << radius;
    EXPECT_EQ(pairs_of(pairs_within(radius, places, Surface::square)), brute_force(radius, places, false))
        << radius;
  }
}

TEST(RandomGeometricWalk, JoinsWhoIsNear) {
  const GraphSequence sequence = random_geometric_walk(150, 0.13, 0.05, 6, 2, 3);
  expect_plain(sequence, 150, 2);
  for (const auto& [graph, duration] : sequence.phases)
    EXPECT_EQ(pairs_of(graph.edges), brute_force(0.13, graph.coordinates, true));
}

TEST(RandomGeometricWalk, WalksInNormalStepsAndStaysUniform) {
  constexpr double speed =
      0.05;  // ten steps reach from side to side: the way round the torus is the shorter one
  const GraphSequence sequence = random_geometric_walk(2000, 1e-3, speed, 20, 1, 3);
  std::vector<double> steps, places;
  for (std::size_t k = 0; k < 20; ++k) {
    for (Worker i = 0; i < 2000; ++i) {
      for (const std::size_t c : {0u, 1u}) {
        const double x = sequence.phases[k].graph.coordinates[i][c];
        ASSERT_TRUE(x >= 0 && x < 1);
        if (k == 0 || k == 19) places.push_back(x);
        if (k > 0) steps.push_back(std::remainder(x - sequence.phases[k - 1].graph.coordinates[i][c], 1.0));
      }
    }
  }
  testing::expect_distribution(std::vector<double>(places.begin(), places.begin() + 4000),
                               [](double x) { return x; });
  testing::expect_distribution(std::vector<double>(places.begin() + 4000, places.end()),
                               [](double x) { return x; });
  testing::expect_distribution(steps,
                               [&](double x) { return 0.5 * std::erfc(-x / (speed * std::sqrt(2.0))); });
  const std::span<const double> all(steps);
  const double r =
      testing::correlation(all.first(all.size() - 4000), all.subspan(4000));  // from phase to phase
  testing::expect_chi_squared(r * r * static_cast<double>(all.size() - 4000), 1);
}

TEST(RandomSequences, BeginAlikeHoweverManyPhasesThereAre) {
  const auto beginning = [](const GraphSequence& longer, const GraphSequence& shorter) {
    for (std::size_t k = 0; k < shorter.phases.size(); ++k) {
      EXPECT_EQ(pairs_of(longer.phases[k].graph.edges), pairs_of(shorter.phases[k].graph.edges));
      EXPECT_EQ(longer.phases[k].graph.coordinates, shorter.phases[k].graph.coordinates);
    }
  };
  beginning(random_matchings(20, 9, 1, 5), random_matchings(20, 4, 1, 5));
  beginning(random_geometric_walk(20, 0.3, 0.1, 9, 1, 5), random_geometric_walk(20, 0.3, 0.1, 4, 1, 5));
}

TEST(RandomSequences, DifferFromSeedToSeedAndPhaseToPhase) {
  const auto edges = [](const GraphSequence& sequence, std::size_t k) {
    return pairs_of(sequence.phases[k].graph.edges);
  };
  const auto a = random_matchings(40, 2, 1, 5), b = random_matchings(40, 2, 1, 6);
  EXPECT_NE(edges(a, 0), edges(b, 0));
  EXPECT_NE(edges(a, 0), edges(a, 1));
  const auto c = random_geometric_walk(40, 0.2, 0.1, 2, 1, 5),
             d = random_geometric_walk(40, 0.2, 0.1, 2, 1, 6);
  EXPECT_NE(edges(c, 0), edges(d, 0));
  EXPECT_NE(edges(c, 0), edges(c, 1));
  const auto still = random_geometric_walk(40, 0.2, 0, 2, 1, 5);
  EXPECT_EQ(edges(still, 0), edges(still, 1));
}

TEST(Sequences, RefuseBadParameters) {
  using ::testing::HasSubstr;
  const auto message = [](auto act) { return input_error_of([&] { act(); }); };
  EXPECT_THAT(message([] { one_peer_exponential(1, 1); }), HasSubstr("workers: too few (1)"));
  EXPECT_THAT(message([] { one_peer_exponential(1u << 24, 1); }),
              HasSubstr("phases: the sequence is too large"));
  EXPECT_THAT(message([] { one_peer_exponential(4000000000u, 1); }),
              HasSubstr("workers: the graph is too large"));
  EXPECT_THAT(message([] { one_peer_hypercube(0, 1); }), HasSubstr("workers: too few (0)"));
  EXPECT_THAT(message([] { one_peer_hypercube(12, 1); }),
              HasSubstr("workers: not a power of two (12) — 8 or 16"));
  EXPECT_THAT(message([] { one_peer_hypercube(4000000000u, 1); }),
              HasSubstr("workers: not a power of two (4000000000) — 2147483648 or 4294967296"));
  EXPECT_THAT(message([] { one_peer_hypercube(2147483648u, 1); }),
              HasSubstr("workers: the graph is too large"));
  EXPECT_THAT(message([] { random_matchings(8, 0, 1, 1); }), HasSubstr("phases: too few (0)"));
  EXPECT_THAT(message([] { random_matchings(8, 1u << 30, 1, 1); }),
              HasSubstr("phases: the sequence is too large"));
  for (const double duration : {0.0, -1.0, static_cast<double>(infinity), std::nan("")})
    EXPECT_THAT(message([&] { random_matchings(8, 2, duration, 1); }),
                HasSubstr("duration: not a length of time ("));
  for (const double radius : {0.0, -0.1, 1.1, std::nan("")})
    EXPECT_THAT(message([&] { random_geometric_walk(8, radius, 0.1, 2, 1, 1); }),
                HasSubstr("radius: out of range ("));
  EXPECT_THAT(message([] { random_geometric_walk(8, 0.1, -0.1, 2, 1, 1); }),
              HasSubstr("speed: out of range (-0.1)"));
  EXPECT_THAT(message([] { random_geometric_walk(100000, 1, 0.1, 1, 1, 1); }),
              HasSubstr("workers: the graph is too large"));
}

}  // namespace sequences_test
}  // namespace acidsim
