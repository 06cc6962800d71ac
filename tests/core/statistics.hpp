// Tests of samples against distributions, for fixed seeds. Each has a stated level: the probability with
// which a correct sampler would fail it, spent once, when the seed was fixed. They refuse samples too small
// for their theory.
//
// Laws that whole simulations are held to (tests/engine/stationary_laws_test.cpp, tests/algorithms/
// gossip_laws_test.cpp, tests/app/laws_test.cpp) use bands of 3σ instead, σ from the spread of independent
// parts, and refuse a run whose 3σ exceeds 2 % (1 % in laws_test) of the value. There are 22 such bands:
// correct code fails each with probability 0.27 %, and one of all with 5.8 %, spent when the seeds were
// fixed. An error as large as 3σ is seen in one test with probability one half, one of 6σ almost surely.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <span>
#include <vector>

namespace acidsim::testing {

inline constexpr double level = 1e-3;
inline constexpr double normal_quantile = 3.2905267314919255;  // P(|Z| > this) = level for Z ~ N(0, 1)

// A sum of `degrees` squared standard normals exceeds this with probability `level`; with the lower end, half
// each.
inline void expect_chi_squared(double statistic, double degrees) {
  const boost::math::chi_squared distribution(degrees);
  EXPECT_GE(statistic, boost::math::quantile(distribution, level / 2)) << degrees << " degrees of freedom";
  EXPECT_LE(statistic, boost::math::quantile(boost::math::complement(distribution, level / 2)))
      << degrees << " degrees of freedom";
}

// Independent Poisson counts of known means: Σ (observed − mean)²/mean ~ χ²(cells).
inline void expect_poisson_counts(std::span<const double> observed, std::span<const double> means) {
  double statistic = 0;
  ASSERT_EQ(observed.size(), means.size());
  for (std::size_t k = 0; k < means.size(); ++k) {
    ASSERT_GE(means[k], 10) << "too few expected in cell " << k;
    statistic += (observed[k] - means[k]) * (observed[k] - means[k]) / means[k];
  }
  expect_chi_squared(statistic, static_cast<double>(means.size()));
}

// Multinomial counts: as above with one degree of freedom less, because their total is given.
inline void expect_multinomial_counts(std::span<const double> observed,
                                      std::span<const double> probabilities) {
  double total = 0, statistic = 0;
  ASSERT_EQ(observed.size(), probabilities.size());
  for (const double count : observed) total += count;
  for (std::size_t k = 0; k < observed.size(); ++k) {
    const double mean = total * probabilities[k];
    ASSERT_GE(mean, 10) << "too few expected in cell " << k;
    statistic += (observed[k] - mean) * (observed[k] - mean) / mean;
  }
  expect_chi_squared(statistic, static_cast<double>(observed.size()) - 1);
}

// Kolmogorov–Smirnov: √n · sup |F_n − F| exceeds √(½ ln(2/level)) with probability `level` (asymptotically,
// from above).
template <class Cdf>
void expect_distribution(std::vector<double> sample, Cdf cdf) {
  ASSERT_GE(sample.size(), 1000u);
  std::sort(sample.begin(), sample.end());
  const auto n = static_cast<double>(sample.size());
  double distance = 0;
  for (std::size_t k = 0; k < sample.size(); ++k) {
    const double f = cdf(sample[k]), below = static_cast<double>(k) / n;
    distance = std::max({distance, f - below, below + 1 / n - f});
  }
  EXPECT_LE(std::sqrt(n) * distance, std::sqrt(0.5 * std::log(2 / level)));
}

// Sample mean of values of known mean and standard deviation: within the two-sided normal quantile at
// `level`.
inline void expect_mean(std::span<const double> sample, double mean, double deviation) {
  ASSERT_GE(sample.size(), 1000u);
  double sum = 0;
  for (const double value : sample) sum += value;
  const auto n = static_cast<double>(sample.size());
  EXPECT_NEAR(sum / n, mean, normal_quantile * deviation / std::sqrt(n));
}

// Correlation coefficient; √n · r is standard normal for large n where the two are independent.
inline double correlation(std::span<const double> a, std::span<const double> b) {
  const auto n = static_cast<double>(a.size());
  double sa = 0, sb = 0, saa = 0, sbb = 0, sab = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    sa += a[k], sb += b[k];
    saa += a[k] * a[k], sbb += b[k] * b[k], sab += a[k] * b[k];
  }
  return (sab - sa * sb / n) / std::sqrt((saa - sa * sa / n) * (sbb - sb * sb / n));
}

}  // namespace acidsim::testing
