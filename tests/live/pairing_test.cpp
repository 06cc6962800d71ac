#include "sim/live/pairing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace acidsim {
namespace {

using ::testing::ElementsAre;

std::vector<WorkerPair> ring(Worker n) {
  std::vector<WorkerPair> edges;
  for (Worker i = 0; i + 1 < n; ++i) edges.push_back({i, i + 1});
  edges.push_back({0, n - 1});
  return edges;
}

std::vector<WorkerPair> star(Worker n) {
  std::vector<WorkerPair> edges;
  for (Worker i = 1; i < n; ++i) edges.push_back({0, i});
  return edges;
}

// Every pair with this probability.
std::vector<WorkerPair> random_graph(Worker n, double probability) {
  Draws draws(Stream(7, Purpose::topology, n), 0);
  std::vector<WorkerPair> edges;
  for (Worker i = 0; i < n; ++i)
    for (Worker j = i + 1; j < n; ++j)
      if (draws.uniform() < probability) edges.push_back({i, j});
  return edges;
}

LiveProtocol protocol_of(Worker n, std::vector<WorkerPair> edges, double rate = 1.0) {
  LiveProtocol protocol;
  protocol.workers = n;
  protocol.edges = std::move(edges);
  protocol.rate = rate;
  return protocol;
}

std::vector<std::vector<Worker>> neighbours_of(const LiveProtocol& protocol) {
  std::vector<std::vector<Worker>> lists(protocol.workers);
  for (const auto& [i, j] : protocol.edges) {
    lists[i].push_back(j);
    lists[j].push_back(i);
  }
  return lists;
}

TEST(EdgeColours, AreProperAndFew) {
  for (const Worker n : {2u, 5u, 12u, 40u}) {
    const auto protocol = protocol_of(n, random_graph(n, 0.4));
    const auto colours = edge_colours(n, protocol.edges);
    ASSERT_EQ(colours.size(), protocol.edges.size());
    std::size_t degree = 0;
    for (const auto& list : neighbours_of(protocol)) degree = std::max(degree, list.size());
    std::set<std::pair<Worker, std::uint32_t>> taken;
    for (std::size_t e = 0; e < colours.size(); ++e) {
      EXPECT_LT(colours[e], 2 * degree);
      EXPECT_TRUE(taken.insert({protocol.edges[e].i, colours[e]}).second);
      EXPECT_TRUE(taken.insert({protocol.edges[e].j, colours[e]}).second);
    }
  }
}

TEST(EdgeColours, OfAnEvenCycleAreTwo) {
  const auto colours = edge_colours(8, ring(8));
  EXPECT_THAT(std::set<std::uint32_t>(colours.begin(), colours.end()), ElementsAre(0u, 1u));
}

TEST(Pairing, OnTheCompleteGraphTheFirstTwoMeet) {
  Pairing pairing(protocol_of(5, random_graph(5, 1.0)));
  EXPECT_EQ(pairing.offer(3), std::nullopt);
  EXPECT_EQ(pairing.offer(1), Worker{3});
  EXPECT_EQ(pairing.offer(1), std::nullopt);
  EXPECT_EQ(pairing.offer(4), Worker{1});
}

TEST(Pairing, TakesANeighbourWhoWaitsWheneverThereIsOne) {
  for (const auto& edges : {ring(9), star(9), random_graph(9, 0.3)}) {
    const LiveProtocol protocol = protocol_of(9, edges);
    const auto neighbours = neighbours_of(protocol);
    Pairing pairing(protocol);
    std::vector<bool> waits(9, false);
    Draws draws(Stream(3, Purpose::topology, 0), 0);
    int met = 0;
    for (int k = 0; k < 2000; ++k) {
      const auto worker = static_cast<Worker>(draws.uniform() * 9);
      if (waits[worker] || !pairing.has_neighbours(worker)) continue;
      const auto partner = pairing.offer(worker);
      const auto& own = neighbours[worker];
      const bool any = std::any_of(own.begin(), own.end(), [&](Worker other) { return waits[other]; });
      ASSERT_EQ(partner.has_value(), any);
      if (partner) {
        EXPECT_TRUE(waits[*partner]);
        EXPECT_EQ(std::count(own.begin(), own.end(), *partner), 1);
        waits[*partner] = false;
        ++met;
      } else {
        waits[worker] = true;
      }
    }
    EXPECT_GT(met, 100);
  }
}

TEST(Pairing, ChoosesAmongThoseWhoWaitAlike) {
  const Worker leaves = 4;
  Pairing pairing(protocol_of(leaves + 1, star(leaves + 1)));
  for (Worker leaf = 1; leaf <= leaves; ++leaf) pairing.offer(leaf);
  const int rounds = 4000;
  std::vector<int> chosen(leaves + 1, 0);
  for (int round = 0; round < rounds; ++round) {
    const auto partner = pairing.offer(0);
    ASSERT_TRUE(partner);
    ++chosen[*partner];
    EXPECT_EQ(pairing.offer(*partner), std::nullopt);
  }
  // Binomial(4000, 1/4): five standard deviations.
  for (Worker leaf = 1; leaf <= leaves; ++leaf)
    EXPECT_NEAR(chosen[leaf], rounds / 4.0, 5 * std::sqrt(rounds * 3.0 / 16.0));
}

TEST(Pairing, WithFixedNeighboursGoesRoundAndNeverStops) {
  for (const auto& edges : {ring(8), ring(7), star(8), random_graph(8, 0.5), random_graph(8, 1.0)}) {
    LiveProtocol protocol = protocol_of(8, edges);
    protocol.deterministic_neighbor = true;
    const auto neighbours = neighbours_of(protocol);
    Pairing pairing(protocol);
    std::vector<bool> waits(8, false);
    std::vector<std::vector<Worker>> partners(8);
    Draws draws(Stream(5, Purpose::topology, 0), 0);
    for (int k = 0; k < 3000; ++k) {
      std::vector<Worker> free;
      for (Worker worker = 0; worker < 8; ++worker)
        if (!waits[worker] && pairing.has_neighbours(worker)) free.push_back(worker);
      ASSERT_FALSE(free.empty()) << "all wait for one another";
      const Worker worker =
          free[static_cast<std::size_t>(draws.uniform() * static_cast<double>(free.size()))];
      if (const auto partner = pairing.offer(worker)) {
        waits[*partner] = false;
        partners[worker].push_back(*partner);
        partners[*partner].push_back(worker);
      } else {
        waits[worker] = true;
      }
    }
    for (Worker worker = 0; worker < 8; ++worker) {
      const std::size_t degree = neighbours[worker].size();
      auto first = partners[worker];
      ASSERT_GE(first.size(), 2 * degree);
      first.resize(degree);
      EXPECT_EQ(std::set<Worker>(first.begin(), first.end()),
                std::set<Worker>(neighbours[worker].begin(), neighbours[worker].end()));
      for (std::size_t k = degree; k < partners[worker].size(); ++k)
        EXPECT_EQ(partners[worker][k], partners[worker][k - degree]);
    }
  }
}

TEST(Pairing, ReleasesThoseWhoWaitInTheirOrder) {
  for (const bool fixed : {false, true}) {
    LiveProtocol protocol = protocol_of(8, ring(8));
    protocol.deterministic_neighbor = fixed;
    Pairing pairing(protocol);
    for (const Worker worker : {6u, 0u, 4u}) EXPECT_EQ(pairing.offer(worker), std::nullopt);
    EXPECT_THAT(pairing.release(), ElementsAre(6u, 0u, 4u));
    EXPECT_TRUE(pairing.release().empty());
    EXPECT_EQ(pairing.offer(5), std::nullopt) << "its neighbours wait no longer";
  }
  Pairing complete(protocol_of(4, random_graph(4, 1.0)));
  EXPECT_EQ(complete.offer(2), std::nullopt);
  EXPECT_THAT(complete.release(), ElementsAre(2u));
  EXPECT_EQ(complete.offer(1), std::nullopt);
}

std::vector<std::uint32_t> counts_of(double rate, bool deterministic, Worker worker, int gradients) {
  LiveProtocol protocol = protocol_of(2, {{0, 1}}, rate);
  protocol.deterministic_averagings = deterministic;
  AveragingCounts counts(protocol, worker);
  std::vector<std::uint32_t> drawn;
  for (int k = 0; k < gradients; ++k) drawn.push_back(counts.next());
  return drawn;
}

double sum(const std::vector<std::uint32_t>& counts) {
  double total = 0;
  for (const std::uint32_t count : counts) total += count;
  return total;
}

TEST(AveragingCounts, FromRateOneOnArePoisson) {
  const int n = 20000;
  for (const double rate : {1.0, 3.0, 20.0}) {
    const auto counts = counts_of(rate, false, 0, n);
    const double mean = sum(counts) / n;
    double variance = 0;
    for (const std::uint32_t count : counts) variance += (count - mean) * (count - mean) / (n - 1);
    // Five standard deviations; the fourth central moment of Poisson(λ) is 3λ² + λ.
    EXPECT_NEAR(mean, rate, 5 * std::sqrt(rate / n));
    EXPECT_NEAR(variance, rate, 5 * std::sqrt((2 * rate * rate + rate) / n));
  }
}

TEST(AveragingCounts, BelowRateOneComeAfterPoissonManyGradients) {
  const int n = 20000;
  for (const double rate : {0.1, 0.5, 0.8}) {
    const double total = sum(counts_of(rate, false, 1, n));
    // A renewal process with gaps of mean and variance 1/rate: variance n·rate³/rate. Five deviations.
    EXPECT_NEAR(total, rate * n, 5 * std::sqrt(n) * rate);
  }
}

TEST(AveragingCounts, DeterministicOnesAddUpToTheRate) {
  for (const double rate : {0.3, 1.0, 2.5}) {
    const auto counts = counts_of(rate, true, 0, 1000);
    double total = 0;
    for (int k = 0; k < 1000; ++k) {
      total += counts[static_cast<std::size_t>(k)];
      EXPECT_EQ(total, std::floor((k + 1) * rate));
    }
  }
}

TEST(AveragingCounts, AreOwnToEachWorkerAndTheSameAgain) {
  EXPECT_EQ(counts_of(3, false, 1, 50), counts_of(3, false, 1, 50));
  EXPECT_NE(counts_of(3, false, 1, 50), counts_of(3, false, 0, 50));
}

TEST(AveragingCounts, AtTheEndsOfTheirRange) {
  EXPECT_EQ(sum(counts_of(0, false, 0, 100)), 0);
  EXPECT_EQ(sum(counts_of(AveragingCounts::smallest_rate, false, 0, 100)), 0);
  const double largest = AveragingCounts::largest_rate;
  EXPECT_NEAR(sum(counts_of(largest, false, 0, 100)) / 100, largest, 5 * std::sqrt(largest / 100));
}

}  // namespace
}  // namespace acidsim
