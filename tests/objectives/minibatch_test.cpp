#include "sim/objectives/minibatch.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <set>

#include "tests/objectives/twins.hpp"

namespace acidsim {
namespace {

constexpr Sampling kinds[] = {Sampling::with_replacement, Sampling::without_replacement, Sampling::epoch};

std::vector<std::uint32_t> rows(const Minibatch& minibatch, Worker worker, std::uint64_t index,
                                const Partition& partition, Index samples) {
  std::vector<std::uint32_t> out;
  minibatch.rows(worker, index, partition, samples, out);
  return out;
}

// Σ (count − expected)² / expected of draws over `cells` equally likely cells.
double chi_squared(const std::vector<double>& counts) {
  double total = 0, sum = 0;
  for (const double c : counts) total += c;
  const double expected = total / static_cast<double>(counts.size());
  EXPECT_GE(expected, 100) << "too few draws to mean anything";
  for (const double c : counts) sum += (c - expected) * (c - expected) / expected;
  return sum;
}
// χ² of k degrees of freedom has mean k and variance 2k; 5σ is above its 1 − 1e-5 quantile for the k ≥ 36
// used here.
double chi_squared_bound(std::size_t degrees) {
  const auto k = static_cast<double>(degrees);
  return k + 5 * std::sqrt(2 * k);
}

TEST(Minibatch, IsAFunctionOfItsAddress) {
  for (const Sampling sampling : kinds) {
    const Minibatch minibatch{16, sampling, 5}, other{16, sampling, 6};
    const auto batch = rows(minibatch, 3, 40, {}, 1000);
    rows(minibatch, 2, 7, {}, 1000);
    EXPECT_EQ(rows(minibatch, 3, 40, {}, 1000), batch);
    EXPECT_NE(rows(minibatch, 3, 41, {}, 1000), batch);
    EXPECT_NE(rows(minibatch, 4, 40, {}, 1000), batch);
    EXPECT_NE(rows(other, 3, 40, {}, 1000), batch);
  }
}

TEST(Minibatch, ConsecutiveBatchesWithReplacementDoNotOverlap) {
  // Batches of odd size: a draw of one must not come back in the next. 200 batches of 33 of 2³² − 1 rows hold
  // no repetition except by chance, of probability 6600²/2/2³² = 0.005; at this seed there is none.
  const Minibatch minibatch{33, Sampling::with_replacement, 1};
  std::set<std::uint32_t> seen;
  for (std::uint64_t index = 0; index < 200; ++index) {
    for (const auto row : rows(minibatch, 0, index, {}, 0xffffffff)) EXPECT_TRUE(seen.insert(row).second);
  }
}

TEST(Minibatch, DrawsOnlyFromTheRowsOfTheWorker) {
  const Partition partition = twins::uneven(400, 5);
  for (const Sampling sampling : kinds) {
    for (std::uint64_t index = 0; index < 100; ++index) {
      for (const auto row : rows({7, sampling, 1}, 2, index, partition, 400)) {
        EXPECT_TRUE(std::binary_search(partition.rows[2].begin(), partition.rows[2].end(), row));
      }
    }
  }
}

TEST(Minibatch, IsUniformOverPairsOfRows) {
  for (const Sampling sampling : kinds) {
    std::vector<double> pairs(50 * 50, 0.0);
    for (std::uint64_t index = 0; index < 200000; ++index) {
      // A fresh worker each time, so that epochs are fresh permutations and every batch is independent.
      const auto batch = rows({2, sampling, 1}, static_cast<Worker>(index), 0, {}, 50);
      ++pairs[batch[0] * 50 + batch[1]];
      EXPECT_TRUE(sampling == Sampling::with_replacement || batch[0] != batch[1]);
    }
    // Unordered pairs of distinct rows: what all three kinds draw alike, given that the rows are distinct.
    std::vector<double> unordered;
    for (std::size_t a = 0; a < 50; ++a) {
      for (std::size_t b = 0; b < a; ++b) unordered.push_back(pairs[a * 50 + b] + pairs[b * 50 + a]);
    }
    EXPECT_LT(chi_squared(unordered), chi_squared_bound(unordered.size() - 1));
  }
}

TEST(Minibatch, IsUniformWithoutReplacementWhenItTakesNearlyAll) {
  // Which of 40 rows a batch of 39 leaves out, each with probability 1/40.
  std::vector<double> counts(40, 0.0);
  for (std::uint64_t index = 0; index < 40000; ++index) {
    auto batch = rows({39, Sampling::without_replacement, 1}, 0, index, {}, 40);
    std::sort(batch.begin(), batch.end());
    ASSERT_EQ(std::adjacent_find(batch.begin(), batch.end()), batch.end());
    std::uint32_t missing = 0;
    while (missing < 39 && batch[missing] == missing) ++missing;
    ++counts[missing];
  }
  EXPECT_LT(chi_squared(counts), chi_squared_bound(39));
}

TEST(Minibatch, TakesTheWholeLocalSetWhereTheBatchIsAsLarge) {
  const Partition partition = twins::uneven(100, 3);
  for (const Index size : {0, 1000}) {
    EXPECT_EQ(rows({size, Sampling::without_replacement, 1}, 1, 5, partition, 100), partition.rows[1]);
  }
  EXPECT_EQ(rows({0, Sampling::epoch, 1}, 1, 5, partition, 100), partition.rows[1]);
  EXPECT_EQ(rows({0, Sampling::with_replacement, 1}, 0, 5, {}, 3), (std::vector<std::uint32_t>{0, 1, 2}));
}

TEST(Minibatch, AnEpochCoversEveryRowOnce) {
  for (const Index samples : {1, 2, 3, 5, 16, 97, 1000}) {
    const Minibatch minibatch{7, Sampling::epoch, 3};  // batches run over the ends of epochs
    std::vector<std::uint32_t> walk;
    for (std::uint64_t index = 0; walk.size() < static_cast<std::size_t>(5 * samples); ++index) {
      const auto batch = rows(minibatch, 1, index, {}, samples);
      ASSERT_EQ(batch.size(), 7u);
      walk.insert(walk.end(), batch.begin(), batch.end());
    }
    std::set<std::vector<std::uint32_t>> orders;
    for (Index epoch = 0; epoch < 5; ++epoch) {
      std::vector<std::uint32_t> part(walk.begin() + epoch * samples, walk.begin() + (epoch + 1) * samples);
      orders.insert(part);
      std::sort(part.begin(), part.end());
      for (Index k = 0; k < samples; ++k) ASSERT_EQ(part[static_cast<std::size_t>(k)], k);
    }
    if (samples >= 97) {
      EXPECT_EQ(orders.size(), 5u);  // a new order each time
    }
  }
}

TEST(Permutation, HasTheFixedPointsAndCyclesOfARandomOne) {
  // Fixed points of a random permutation: mean 1, variance 1; 4000 permutations of 60 elements, band 4σ. Even
  // and odd ones come alike: half of them, ± 4·½/√4000.
  double fixed_points = 0, odd = 0;
  for (std::uint64_t epoch = 0; epoch < 4000; ++epoch) {
    const Permutation permutation(60, 1, 0, epoch);
    std::vector<bool> seen(60, false);
    int transpositions = 0;
    for (std::uint64_t k = 0; k < 60; ++k) {
      fixed_points += permutation(k) == k ? 1 : 0;
      for (std::uint64_t at = permutation(k); !seen[k] && at != k; at = permutation(at)) {
        seen[at] = true;
        ++transpositions;
      }
    }
    odd += transpositions % 2;
  }
  EXPECT_NEAR(fixed_points / 4000, 1, 4 / std::sqrt(4000.0));
  EXPECT_NEAR(odd / 4000, 0.5, 4 * 0.5 / std::sqrt(4000.0));
}

}  // namespace
}  // namespace acidsim
