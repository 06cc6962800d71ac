#include "sim/timing/network/pairing.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace acidsim {
namespace pairing_test {
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

// The partner of a worker that is available, where it has one.
std::optional<Worker> partner_of(Pairing& pairing, Worker worker) {
  const auto partner = pairing.offer(worker);
  return partner ? std::optional(partner->worker) : std::nullopt;
}

std::vector<std::vector<Worker>> neighbours_of(Worker n, const std::vector<WorkerPair>& edges) {
  std::vector<std::vector<Worker>> lists(n);
  for (const auto& [i, j] : edges) {
    lists[i].push_back(j);
    lists[j].push_back(i);
  }
  return lists;
}

TEST(EdgeColours, AreProperAndFew) {
  for (const Worker n : {2u, 5u, 12u, 40u}) {
    const auto edges = random_graph(n, 0.4);
    const auto colours = edge_colours(n, edges);
    ASSERT_EQ(colours.size(), edges.size());
    std::size_t degree = 0;
    for (const auto& list : neighbours_of(n, edges)) degree = std::max(degree, list.size());
    std::set<std::pair<Worker, std::uint32_t>> taken;
    for (std::size_t e = 0; e < colours.size(); ++e) {
      EXPECT_LT(colours[e], 2 * degree);
      EXPECT_TRUE(taken.insert({edges[e].i, colours[e]}).second);
      EXPECT_TRUE(taken.insert({edges[e].j, colours[e]}).second);
    }
  }
}

TEST(EdgeColours, OfAnEvenCycleAreTwo) {
  const auto colours = edge_colours(8, ring(8));
  EXPECT_THAT(std::set<std::uint32_t>(colours.begin(), colours.end()), ElementsAre(0u, 1u));
}

TEST(Pairing, OnTheCompleteGraphTheFirstTwoMeet) {
  const auto edges = random_graph(5, 1.0);
  Pairing pairing({5, edges});
  EXPECT_EQ(partner_of(pairing, 3), std::nullopt);
  EXPECT_EQ(partner_of(pairing, 1), Worker{3});
  EXPECT_EQ(partner_of(pairing, 1), std::nullopt);
  EXPECT_EQ(partner_of(pairing, 4), Worker{1});
}

TEST(Pairing, TakesANeighbourWhoWaitsWheneverThereIsOne) {
  for (const auto& edges : {ring(9), star(9), random_graph(9, 0.3)}) {
    const auto neighbours = neighbours_of(9, edges);
    Pairing pairing({9, edges});
    std::vector<bool> waits(9, false);
    Draws draws(Stream(3, Purpose::topology, 0), 0);
    int met = 0;
    for (int k = 0; k < 2000; ++k) {
      const auto worker = static_cast<Worker>(draws.uniform() * 9);
      if (waits[worker] || !pairing.has_neighbours(worker)) continue;
      const auto partner = partner_of(pairing, worker);
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
  const auto edges = star(leaves + 1);
  Pairing pairing({leaves + 1, edges});
  for (Worker leaf = 1; leaf <= leaves; ++leaf) partner_of(pairing, leaf);
  const int rounds = 4000;
  std::vector<int> chosen(leaves + 1, 0);
  for (int round = 0; round < rounds; ++round) {
    const auto partner = partner_of(pairing, 0);
    ASSERT_TRUE(partner);
    ++chosen[*partner];
    EXPECT_EQ(partner_of(pairing, *partner), std::nullopt);
  }
  // Binomial(4000, 1/4): five standard deviations.
  for (Worker leaf = 1; leaf <= leaves; ++leaf)
    EXPECT_NEAR(chosen[leaf], rounds / 4.0, 5 * std::sqrt(rounds * 3.0 / 16.0));
}

TEST(Pairing, WithFixedNeighboursGoesRoundAndNeverStops) {
  for (const auto& edges : {ring(8), ring(7), star(8), random_graph(8, 0.5), random_graph(8, 1.0)}) {
    const auto neighbours = neighbours_of(8, edges);
    Pairing pairing({8, edges, PairingRule::fixed});
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
      if (const auto partner = partner_of(pairing, worker)) {
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
  for (const PairingRule rule : {PairingRule::fifo, PairingRule::fixed}) {
    const auto edges = ring(8);
    Pairing pairing({8, edges, rule});
    for (const Worker worker : {6u, 0u, 4u}) EXPECT_EQ(partner_of(pairing, worker), std::nullopt);
    EXPECT_THAT(pairing.release(), ElementsAre(6u, 0u, 4u));
    EXPECT_TRUE(pairing.release().empty());
    EXPECT_EQ(partner_of(pairing, 5), std::nullopt) << "its neighbours wait no longer";
  }
  const auto all_pairs = random_graph(4, 1.0);
  Pairing complete({4, all_pairs});
  EXPECT_EQ(partner_of(complete, 2), std::nullopt);
  EXPECT_THAT(complete.release(), ElementsAre(2u));
  EXPECT_EQ(partner_of(complete, 1), std::nullopt);
}

// Whoever is called answers before it calls anybody, so that no circle of waits can close: in any order of coming
// there is always a worker that does not wait.
TEST(Pairing, WithCallsNobodyWaitsInACircle) {
  for (const auto& edges : {ring(3), ring(8), star(8), random_graph(8, 0.5), random_graph(8, 1.0)}) {
    Worker n = 0;
    for (const auto& [i, j] : edges) n = std::max({n, i + 1, j + 1});
    const auto neighbours = neighbours_of(n, edges);
    Pairing pairing({n, edges, PairingRule::call});
    std::vector<bool> waits(n, false);
    std::vector<int> met(n, 0);
    Draws draws(Stream(5, Purpose::topology, 1), 0);
    for (int k = 0; k < 4000; ++k) {
      std::vector<Worker> free;
      for (Worker worker = 0; worker < n; ++worker)
        if (!waits[worker] && pairing.has_neighbours(worker)) free.push_back(worker);
      ASSERT_FALSE(free.empty()) << "all wait for one another";
      const Worker worker =
          free[static_cast<std::size_t>(draws.uniform() * static_cast<double>(free.size()))];
      const auto partner = partner_of(pairing, worker);
      waits[worker] = !partner;
      if (!partner) continue;
      EXPECT_TRUE(waits[*partner]);
      EXPECT_EQ(std::count(neighbours[worker].begin(), neighbours[worker].end(), *partner), 1);
      waits[*partner] = false;
      ++met[worker];
      ++met[*partner];
    }
    for (Worker worker = 0; worker < n; ++worker) EXPECT_EQ(met[worker] > 0, pairing.has_neighbours(worker));
  }
}

TEST(Pairing, CallsAreAnsweredInTheirOrder) {
  const auto edges = star(4);
  Pairing pairing({4, edges, PairingRule::call});
  for (const Worker leaf : {2u, 3u, 1u}) EXPECT_EQ(partner_of(pairing, leaf), std::nullopt);
  for (const Worker leaf : {2u, 3u, 1u}) EXPECT_EQ(partner_of(pairing, 0), leaf);
  EXPECT_EQ(partner_of(pairing, 0), std::nullopt) << "it calls a leaf that is busy";
}

TEST(Pairing, NamesTheEdge) {
  for (const PairingRule rule : {PairingRule::fifo, PairingRule::call, PairingRule::fixed}) {
    const std::vector<WorkerPair> edges = {{1, 2}, {0, 1}, {0, 2}};  // complete, in an order of its own
    Pairing pairing({3, edges, rule});
    std::vector<bool> waits(3, false);
    for (int k = 0; k < 60; ++k) {
      const auto worker = static_cast<Worker>(k % 3);
      if (waits[worker]) continue;
      const auto partner = pairing.offer(worker);
      waits[worker] = !partner;
      if (!partner) continue;
      waits[partner->worker] = false;
      const WorkerPair edge = edges.at(partner->edge);
      EXPECT_EQ(pair_key(edge.i, edge.j), pair_key(worker, partner->worker));
    }
  }
}

std::vector<std::uint32_t> counts_of(double rate, AveragingCount count, Worker worker, int gradients) {
  AveragingCounts counts({rate, count, 1}, worker);
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
    const auto counts = counts_of(rate, AveragingCount::poisson, 0, n);
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
    const double total = sum(counts_of(rate, AveragingCount::poisson, 1, n));
    // A renewal process with gaps of mean and variance 1/rate: variance n·rate³/rate. Five deviations.
    EXPECT_NEAR(total, rate * n, 5 * std::sqrt(n) * rate);
  }
}

TEST(AveragingCounts, DeterministicOnesAddUpToTheRate) {
  for (const double rate : {0.3, 1.0, 2.5}) {
    const auto counts = counts_of(rate, AveragingCount::deterministic, 0, 1000);
    double total = 0;
    for (int k = 0; k < 1000; ++k) {
      total += counts[static_cast<std::size_t>(k)];
      EXPECT_EQ(total, std::floor((k + 1) * rate));
    }
  }
}

// The reference adds one averaging at least for each gradient: k gradients have k + max_j (T_j − j) averagings at rate 1,
// T_j ~ Poisson(j), and nearly all gradients exactly one: at k = 2000 the excess is √(2k/π) ≈ 36 on average.
TEST(AveragingCounts, AsTheReferenceCounts) {
  const int k = 2000, workers = 400;
  double excess = 0, ones = 0;
  for (Worker worker = 0; worker < workers; ++worker) {
    const auto drawn = counts_of(1.0, AveragingCount::poisson, worker, k);
    const auto counts = counts_of(1.0, AveragingCount::reference, worker, k);
    double walk = 0, largest = 0, total = 0;
    for (int g = 0; g < k; ++g) {
      const auto at = static_cast<std::size_t>(g);
      walk += drawn[at] - 1.0;
      largest = std::max(largest, walk);
      total += counts[at];
      ASSERT_EQ(total, g + 1 + largest);
      ones += counts[at] == 1;
    }
    excess += largest / workers;
  }
  const double expected = std::sqrt(2 * k / M_PI);
  // The maximum of the walk is about |N(0, k)|, of variance (1 − 2/π) k: five standard deviations, and 1 for the
  // overshoot of the discrete walk.
  EXPECT_NEAR(excess, expected, 5 * std::sqrt((1 - 2 / M_PI) * k / workers) + 1);
  EXPECT_GT(ones / (static_cast<double>(k) * workers), 0.98);
}

TEST(AveragingCounts, AreOwnToEachWorkerAndTheSameAgain) {
  EXPECT_EQ(counts_of(3, AveragingCount::poisson, 1, 50), counts_of(3, AveragingCount::poisson, 1, 50));
  EXPECT_NE(counts_of(3, AveragingCount::poisson, 1, 50), counts_of(3, AveragingCount::poisson, 0, 50));
}

TEST(AveragingCounts, AtTheEndsOfTheirRange) {
  EXPECT_EQ(sum(counts_of(0, AveragingCount::poisson, 0, 100)), 0);
  EXPECT_EQ(sum(counts_of(AveragingLaw::smallest_rate, AveragingCount::poisson, 0, 100)), 0);
  const double largest = AveragingLaw::largest_rate;
  EXPECT_NEAR(sum(counts_of(largest, AveragingCount::poisson, 0, 100)) / 100, largest,
              5 * std::sqrt(largest / 100));
}

}  // namespace
}  // namespace pairing_test
}  // namespace acidsim
