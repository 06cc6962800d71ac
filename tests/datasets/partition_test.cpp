#include "sim/data/partition.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <set>

#include "sim/core/error.hpp"

namespace acidsim {
namespace partition_test {

std::vector<std::int32_t> cyclic_labels(int samples, int classes) {
  std::vector<std::int32_t> labels;
  for (int s = 0; s < samples; ++s) labels.push_back(s % classes);
  return labels;
}

void expect_each_row_once(const Partition& partition, Index samples, Worker workers) {
  ASSERT_FALSE(partition.shared);
  ASSERT_EQ(partition.rows.size(), workers);
  std::vector<int> times(static_cast<std::size_t>(samples), 0);
  for (const auto& rows : partition.rows) {
    EXPECT_FALSE(rows.empty());
    EXPECT_TRUE(std::is_sorted(rows.begin(), rows.end()));
    for (const auto row : rows) ++times.at(row);
  }
  EXPECT_THAT(times, ::testing::Each(1));
}

TEST(Partition, EveryRowGoesToExactlyOneWorker) {
  const auto labels = cyclic_labels(1003, 7);
  for (const Worker workers : {1u, 2u, 64u, 1003u}) {
    expect_each_row_once(iid_split(1003, workers, 1), 1003, workers);
    expect_each_row_once(by_size(1003, workers, 1.5, 1), 1003, workers);
    expect_each_row_once(shards(labels, workers, 1, 1), 1003, workers);
    for (const double alpha : {1e-6, 0.01, 0.3, 100.0}) {
      expect_each_row_once(dirichlet_split(labels, 7, workers, alpha, 1), 1003, workers);
    }
  }
  expect_each_row_once(shards(labels, 100, 10, 1), 1003, 100);
}

TEST(Partition, IsAFunctionOfTheSeed) {
  const auto labels = cyclic_labels(500, 5);
  EXPECT_EQ(iid_split(500, 9, 4).rows, iid_split(500, 9, 4).rows);
  EXPECT_NE(iid_split(500, 9, 4).rows, iid_split(500, 9, 5).rows);
  EXPECT_EQ(dirichlet_split(labels, 5, 9, 0.3, 4).rows, dirichlet_split(labels, 5, 9, 0.3, 4).rows);
  EXPECT_NE(dirichlet_split(labels, 5, 9, 0.3, 4).rows, dirichlet_split(labels, 5, 9, 0.3, 5).rows);
  EXPECT_NE(shards(labels, 9, 2, 4).rows, shards(labels, 9, 2, 5).rows);
}

TEST(Partition, SizesFollowTheirLaw) {
  for (const auto& rows : iid_split(1000, 7, 3).rows) EXPECT_TRUE(rows.size() == 142 || rows.size() == 143);
  const Partition power = by_size(100000, 4, 1.0, 3);
  const double harmonic = 1 + 1.0 / 2 + 1.0 / 3 + 1.0 / 4;
  for (std::size_t i = 0; i < 4; ++i) {  // one row each, the rest rounded by at most one
    EXPECT_NEAR(static_cast<double>(power.rows[i].size()), 1 + 99996 / harmonic / static_cast<double>(i + 1),
                1.0);
  }
}

TEST(Partition, IidContentHasTheSharesOfTheWhole) {
  // Rows of class 0 that one of 10 workers gets: hypergeometric, mean 1000, variance 1000·0.9·0.9·10000/9999;
  // band 5σ.
  const auto labels = cyclic_labels(100000, 10);
  for (const auto& rows : iid_split(100000, 10, 17).rows) {
    const auto zeros = std::count_if(rows.begin(), rows.end(), [&](auto row) { return labels[row] == 0; });
    EXPECT_NEAR(static_cast<double>(zeros), 1000.0, 5 * std::sqrt(1000 * 0.9 * 0.9));
  }
}

TEST(Partition, DirichletSharesHaveTheirMeanAndVariance) {
  // The share of worker i in a class is Beta(α, (n−1)α): mean 1/n, variance (1/n)(1 − 1/n)/(nα + 1).
  // The shares of worker 0 in 2000 classes are independent.
  constexpr int classes = 2000, per_class = 500;
  constexpr Worker workers = 10;
  constexpr double alpha = 0.5;
  const auto labels = cyclic_labels(classes * per_class, classes);
  const Partition partition = dirichlet_split(labels, classes, workers, alpha, 11);
  std::vector<double> share(classes, 0.0);
  for (const auto row : partition.rows[0]) share[static_cast<std::size_t>(labels[row])] += 1.0 / per_class;
  const double mean = std::accumulate(share.begin(), share.end(), 0.0) / classes;
  double variance = 0, fourth = 0;
  for (const double s : share) {
    variance += (s - mean) * (s - mean) / (classes - 1);
    fourth += std::pow(s - mean, 4) / classes;
  }
  const double expected = 0.1 * 0.9 / (workers * alpha + 1);
  EXPECT_NEAR(mean, 0.1, 4 * std::sqrt(expected / classes));
  // 4σ of a sample variance, plus rounding of the cuts to whole rows (variance at most 1/(2·per_class)²
  // twice).
  EXPECT_NEAR(variance, expected, 4 * std::sqrt((fourth - expected * expected) / classes) + 2e-6);
}

TEST(Partition, DirichletLimitsAreOneOwnerAndEqualShares) {
  const auto labels = cyclic_labels(4000, 4);
  const Partition even = dirichlet_split(labels, 4, 8, 1e8, 2);
  for (const auto& rows : even.rows)
    EXPECT_NEAR(static_cast<double>(rows.size()), 500.0, 4.5);  // rounding, twice per class
  const Partition lone = dirichlet_split(labels, 4, 8, 1e-8, 2);
  for (int c = 0; c < 4; ++c) {  // all but the rows that filled empty workers are with one owner
    std::vector<std::ptrdiff_t> counts;
    for (const auto& rows : lone.rows) {
      counts.push_back(std::count_if(rows.begin(), rows.end(), [&](auto row) { return labels[row] == c; }));
    }
    EXPECT_GE(*std::max_element(counts.begin(), counts.end()), 1000 - 7);
  }
}

TEST(Partition, ShardsLimitTheLabelsOfAWorker) {
  const auto labels = cyclic_labels(60000, 10);
  const Partition partition = shards(labels, 100, 2, 5);
  for (const auto& rows : partition.rows) {
    EXPECT_EQ(rows.size(), 600u);
    std::set<std::int32_t> seen;
    for (const auto row : rows) seen.insert(labels[row]);
    EXPECT_LE(seen.size(), 2u);  // 300 divides 6000: a shard has one label
  }
}

TEST(Partition, RefusesWhatCannotBe) {
  const auto labels = cyclic_labels(10, 2);
  EXPECT_THROW(iid_split(10, 11, 1), InputError);
  EXPECT_THROW(iid_split(10, 0, 1), InputError);
  EXPECT_THROW(by_size(10, 2, -1.0, 1), InputError);
  EXPECT_THROW(by_size(10, 2, std::nan(""), 1), InputError);
  EXPECT_THROW(dirichlet_split(labels, 2, 11, 0.3, 1), InputError);
  EXPECT_THROW(dirichlet_split(labels, 2, 3, 0.0, 1), InputError);
  EXPECT_THROW(dirichlet_split(labels, 2, 3, std::nan(""), 1), InputError);
  EXPECT_THROW(shards(labels, 3, 4, 1), InputError);
  EXPECT_THROW(shards(labels, 3, 0, 1), InputError);
}

}  // namespace partition_test
}  // namespace acidsim
