#include "sim/core/random.hpp"

#include <Random123/philox.h>
#include <gtest/gtest.h>

#include <boost/math/distributions/gamma.hpp>
#include <boost/math/distributions/normal.hpp>
#include <boost/math/distributions/poisson.hpp>
#include <cmath>
#include <numeric>
#include <set>

#include "tests/core/statistics.hpp"

namespace acidsim {
namespace {

using namespace acidsim::testing;

const Stream stream(20240607, Purpose::problem, 5);

// Philox as Stream addresses it: counter words = index (low, high), entity, purpose; key words = seed (low,
// high).
Bits joined(std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
  return {(std::uint64_t{a} << 32) | b, (std::uint64_t{c} << 32) | d};
}

// The known answers that Random123 ships (kat_vectors, "philox4x32 10").
TEST(Philox, GivesTheKnownAnswers) {
  const Bits zeros = Stream(0, Purpose{0}, 0).bits(0);
  EXPECT_EQ(zeros.first, joined(0x6627e8d5, 0xe169c58d, 0, 0).first);
  EXPECT_EQ(zeros.second, joined(0, 0, 0xbc57ac4c, 0x9b00dbd8).second);
  const std::uint64_t ones = ~std::uint64_t{0};
  const Bits full = Stream(ones, Purpose{0xffffffff}, 0xffffffff).bits(ones);
  EXPECT_EQ(full.first, joined(0x408f276d, 0x41c83b0e, 0, 0).first);
  EXPECT_EQ(full.second, joined(0, 0, 0xa20bc7c6, 0x6d5451fd).second);
  const Bits pi = Stream(0x299f31d0a4093822, Purpose{0x03707344}, 0x13198a2e).bits(0x85a308d3243f6a88);
  EXPECT_EQ(pi.first, joined(0xd16cfe09, 0x94fdcceb, 0, 0).first);
  EXPECT_EQ(pi.second, joined(0, 0, 0x5001e420, 0x24126ea1).second);
}

TEST(Philox, ManyAtOnceAreThoseOneByOne) {
  for (const std::uint64_t first :
       {std::uint64_t{0}, std::uint64_t{12345}, (std::uint64_t{1} << 32) - 20, ~std::uint64_t{0} - 2000}) {
    for (const std::size_t count : {0u, 1u, 7u, 31u, 32u, 33u, 64u, 1000u}) {
      std::vector<std::uint64_t> a(count), b(count);
      stream.bits(first, a, b);
      for (std::size_t k = 0; k < count; ++k) {
        const Bits one = stream.bits(first + k);
        ASSERT_EQ(a[k], one.first) << first << " + " << k << " of " << count;
        ASSERT_EQ(b[k], one.second) << first << " + " << k << " of " << count;
      }
    }
  }
}

TEST(Philox, EveryPartOfTheAddressCounts) {
  std::set<std::uint64_t> seen;
  for (const std::uint64_t seed : {std::uint64_t{1}, std::uint64_t{1} << 40})
    for (const Purpose purpose : {Purpose::problem, Purpose::minibatch})
      for (const std::uint32_t entity : {0u, 9u})
        for (const std::uint64_t index : {std::uint64_t{0}, std::uint64_t{1} << 40})
          seen.insert(Stream(seed, purpose, entity).bits(index).first);
  EXPECT_EQ(seen.size(), 16u);
}

TEST(OpenUniform, LiesStrictlyBetweenZeroAndOne) {
  EXPECT_EQ(open_uniform(0), 0x1p-53);
  EXPECT_EQ(open_uniform(~std::uint64_t{0}), 1.0 - 0x1p-53);
  EXPECT_EQ(open_uniform(std::uint64_t{1} << 63), 0.5 + 0x1p-53);
}

TEST(Draws, UniformsAreUniform) {
  Draws draws(stream);
  std::vector<double> sample(100000);
  for (double& u : sample) u = draws.uniform();
  expect_distribution(sample, [](double u) { return u; });
}

TEST(Draws, SequencesOfDifferentIndexDoNotOverlap) {
  Draws first(stream, 0), second(stream, 1), again(stream, 1);
  const std::uint64_t drawn = second.bits();
  EXPECT_NE(first.bits(), drawn);
  EXPECT_EQ(again.bits(), drawn);
  EXPECT_EQ(drawn, stream.bits(std::uint64_t{1} << 32).first);
}

TEST(Draws, BelowIsUniformOverItsRange) {
  Draws draws(stream);
  const std::size_t bound = 7;
  std::vector<double> counts(bound);
  for (int k = 0; k < 70000; ++k) {
    const std::uint64_t value = draws.below(bound);
    ASSERT_LT(value, bound);
    ++counts[value];
  }
  expect_multinomial_counts(counts, std::vector<double>(bound, 1.0 / bound));
  EXPECT_EQ(draws.below(1), 0u);
}

TEST(Draws, ExponentialsAreExponential) {
  Draws draws(stream);
  std::vector<double> sample(100000);
  for (double& x : sample) x = draws.exponential();
  expect_distribution(sample, [](double x) { return -std::expm1(-x); });
}

TEST(Draws, ShuffleGivesEveryOrderEquallyOften) {
  Draws draws(stream);
  std::vector<double> counts(24);
  for (int k = 0; k < 24000; ++k) {
    std::vector<int> order = {0, 1, 2, 3};
    draws.shuffle(std::span<int>(order));
    int code = 0;  // rank of the permutation: its Lehmer code
    for (int i = 0; i < 4; ++i) {
      int smaller = 0;
      for (int j = i + 1; j < 4; ++j) smaller += order[j] < order[i];
      code = code * (4 - i) + smaller;
    }
    ++counts[code];
  }
  expect_multinomial_counts(counts, std::vector<double>(24, 1.0 / 24));
}

// Moments of N(0, 1): E x = 0, E x² = 1, E x³ = 0, E x⁴ = 3, with variances 1, 2, 15, 96.
void expect_normal(const std::vector<double>& sample) {
  const boost::math::normal normal;
  expect_distribution(sample, [&](double x) { return boost::math::cdf(normal, x); });
  const double moments[] = {0, 1, 0, 3}, variances[] = {1, 2, 15, 96};
  for (int power = 1; power <= 4; ++power) {
    std::vector<double> powers(sample.size());
    for (std::size_t k = 0; k < sample.size(); ++k) powers[k] = std::pow(sample[k], power);
    expect_mean(powers, moments[power - 1], std::sqrt(variances[power - 1]));
  }
}

TEST(Normals, OfOneVectorAreNormal) {
  std::vector<double> sample(200000);
  stream.normals<double>(3, sample);
  expect_normal(sample);
  const std::span<const double> all(sample);
  for (const std::size_t lag :
       {1u, 2u, 16u, 32u, 64u, 50000u, 100000u, 150000u}) {  // 50000: to the other normal of the same bits
    const double r = correlation(all.first(all.size() - lag), all.subspan(lag));
    expect_chi_squared(r * r * static_cast<double>(all.size() - lag), 1);
  }
}

TEST(Normals, OfOneCoordinateOverIndicesAreNormal) {
  std::vector<double> sample(20000), vector(5);
  for (std::size_t index = 0; index < sample.size(); ++index) {
    stream.normals<double>(index, vector);
    sample[index] = vector[4];
  }
  expect_normal(sample);
}

TEST(Normals, FloatsAreTheDoublesRounded) {
  std::vector<double> doubles(777);
  std::vector<float> floats(777);
  stream.normals<double>(8, doubles);
  stream.normals<float>(8, floats);
  for (std::size_t k = 0; k < floats.size(); ++k) ASSERT_EQ(floats[k], static_cast<float>(doubles[k]));
}

// Few and many, at once and one by one, whole and in pieces: always the same numbers.
TEST(Normals, OfManyAddressesAreThoseOfTheirStreams) {
  for (const std::size_t each : {1u, 2u, 3u, 4u, 5u, 10u, 31u, 64u, 65u, 100u, 300u}) {
    std::vector<NormalAddress> addresses;
    for (std::uint32_t t = 0; t < 77; ++t) addresses.push_back({t * 7 % 13, 1000003ull * t});
    std::vector<double> all(addresses.size() * each), one(each), pieces(each);
    normals_of<double>(9, Purpose::gradient_noise, addresses, each, all);
    for (std::size_t t = 0; t < addresses.size(); ++t) {
      const Stream alone(9, Purpose::gradient_noise, addresses[t].entity);
      alone.normals<double>(addresses[t].index, one);
      alone.visit_normals(addresses[t].index, each, [&](std::size_t first, std::span<const float> some) {
        for (std::size_t k = 0; k < some.size(); ++k) pieces[first + k] += some[k];
      });
      for (std::size_t k = 0; k < each; ++k) {
        ASSERT_EQ(all[t * each + k], one[k]) << each << " each, address " << t << ", number " << k;
        ASSERT_EQ(pieces[k], one[k]);
      }
      pieces.assign(each, 0.0);
    }
  }
}

TEST(Normals, VectorsOfDifferentIndexShareNoDraw) {
  std::vector<double> a(100), b(100);
  stream.normals<double>(0, a);
  stream.normals<double>(1, b);
  std::set<double> all(a.begin(), a.end());
  all.insert(b.begin(), b.end());
  EXPECT_EQ(all.size(), 200u);
}

TEST(Draws, NormalsAreNormal) {
  Draws draws(stream);
  std::vector<double> sample(100000);
  for (double& x : sample) x = draws.normal();
  expect_normal(sample);
}

TEST(Draws, GammasAreGamma) {
  for (const double shape : {0.1, 0.3, 1.0, 2.5, 40.0}) {
    Draws draws(stream, 1);
    const boost::math::gamma_distribution<> gamma(shape);
    std::vector<double> sample(50000);
    for (double& x : sample) x = draws.gamma(shape);
    expect_distribution(sample, [&](double x) { return boost::math::cdf(gamma, x); });
    expect_mean(sample, shape, std::sqrt(shape));
  }
}

// Counts of a Poisson sample in cells of probability, both tails joined until at least 20 are expected in
// each.
void expect_poisson(double mean, int draws_count) {
  const PoissonTable table(mean);
  const boost::math::poisson poisson(mean);
  std::vector<double> counts, probabilities;
  std::vector<std::uint32_t> cell_of(table.largest() + 1);
  double pending = 0;
  for (std::uint32_t k = 0; k <= table.largest(); ++k) {
    cell_of[k] = static_cast<std::uint32_t>(probabilities.size());
    pending += boost::math::pdf(poisson, k);
    if (pending * draws_count < 20) continue;
    probabilities.push_back(pending);
    pending = 0;
  }
  probabilities.back() += pending;
  counts.resize(probabilities.size());
  for (int k = 0; k < draws_count; ++k) {
    const std::uint32_t drawn = table(open_uniform(stream.bits(k).first));
    ++counts[std::min<std::size_t>(cell_of.at(drawn), counts.size() - 1)];
  }
  expect_multinomial_counts(counts, probabilities);
}

TEST(PoissonTable, GivesPoissonCounts) {
  expect_poisson(0.5, 100000);
  expect_poisson(30, 100000);
  expect_poisson(1024, 200000);
}

TEST(PoissonTable, CoversItsExtremes) {
  const PoissonTable table(1024);
  EXPECT_GT(table(0x1p-53), 0u);  // 1024 is 32 standard deviations above 0
  EXPECT_EQ(table(1.0 - 0x1p-53), table(1.0 - 0x1p-52));
  EXPECT_LE(table(1.0 - 0x1p-53), table.largest());
  EXPECT_EQ(PoissonTable(0.0)(0.999999), 0u);
}

// Cumulative probabilities at the mean: exact to rounding.
TEST(PoissonTable, StepsWhereTheDistributionFunctionDoes) {
  const PoissonTable table(1024);
  const boost::math::poisson poisson(1024);
  for (std::uint32_t k = 900; k < 1150; k += 10) {
    const double p = boost::math::cdf(poisson, k);
    EXPECT_EQ(table(p - 1e-12), k);  // both sums round 700 terms: errors of 1e-13
    EXPECT_EQ(table(p + 1e-12), k + 1);
  }
}

std::vector<double> normalised(std::vector<double> weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (double& w : weights) w /= total;
  return weights;
}

TEST(AliasTable, DrawsInProportionToTheWeights) {
  std::vector<double> weights(50);
  Draws draws(stream, 2);
  for (double& w : weights) w = 0.05 + draws.exponential();
  const AliasTable table(weights);
  std::vector<double> counts(weights.size());
  for (int k = 0; k < 500000; ++k) ++counts[table(stream.bits(k).second)];
  expect_multinomial_counts(counts, normalised(weights));
}

TEST(AliasTable, DrawsEqualWeightsEquallyOften) {
  const AliasTable table(std::vector<double>(10, 0.3));
  std::vector<double> counts(10);
  for (int k = 0; k < 100000; ++k) ++counts[table(stream.bits(k).second)];
  expect_multinomial_counts(counts, std::vector<double>(10, 0.1));
}

TEST(AliasTable, ManyDrawsAreThoseOneByOne) {
  for (const std::size_t size : {3u, 5000u}) {
    std::vector<double> weights(size);
    for (std::size_t k = 0; k < size; ++k) weights[k] = 1.0 + static_cast<double>(k % 7);
    const AliasTable table(weights);
    std::vector<std::uint64_t> a(100), b(100);
    stream.bits(0, a, b);
    std::vector<std::uint32_t> drawn(a.size());
    table.draw(a, drawn);
    for (std::size_t k = 0; k < a.size(); ++k) ASSERT_EQ(drawn[k], table(a[k]));
  }
}

TEST(AliasTable, NeverDrawsAWeightOfZero) {
  const std::vector<double> weights = {0, 3, 0, 0, 1e-7, 1, 0};
  const AliasTable table(weights);
  const std::uint64_t step = std::uint64_t{1}
                             << 40;  // a grid over all bits: each column's very ends, and between
  for (std::uint64_t bits = 0, k = 0; k < std::uint64_t{1} << 24; ++k, bits += step) {
    ASSERT_GT(weights[table(bits)], 0.0) << bits;
    ASSERT_GT(weights[table(bits + step - 1)], 0.0) << bits;
  }
}

// The exact share of each column: a grid of equally spaced bits instead of a sample.
TEST(AliasTable, SharesAreExactOnAGrid) {
  const std::vector<double> weights = normalised({1, 2, 3, 4, 0.001, 100});
  const AliasTable table(weights);
  std::vector<double> shares(weights.size());
  const int bits_used = 22;
  for (std::uint64_t k = 0; k < std::uint64_t{1} << bits_used; ++k)
    shares[table(k << (64 - bits_used))] += std::ldexp(1.0, -bits_used);
  for (std::size_t k = 0; k < weights.size();
       ++k)  // each of 6 columns is cut once: off by one grid point per cut
    EXPECT_NEAR(shares[k], weights[k], 12 * std::ldexp(1.0, -bits_used));
}

TEST(AliasTable, TakesASingleColumnAndExtremeRatios) {
  EXPECT_EQ(AliasTable(std::vector<double>{2.0})(~std::uint64_t{0}), 0u);
  const AliasTable table(std::vector<double>{1e-80, 1e80});
  for (int k = 0; k < 1000; ++k) ASSERT_EQ(table(stream.bits(k).first), 1u);
}

TEST(ReplicaSeed, IsTheSeedFirstAndDiffersAfter) {
  EXPECT_EQ(replica_seed(42, 0), 42u);
  std::set<std::uint64_t> seeds;
  for (const std::uint64_t seed : {1u, 2u, 42u})
    for (std::uint32_t repeat = 0; repeat < 100; ++repeat) seeds.insert(replica_seed(seed, repeat));
  EXPECT_EQ(seeds.size(), 300u);
  EXPECT_EQ(replica_seed(42, 7), replica_seed(42, 7));
}

}  // namespace
}  // namespace acidsim
