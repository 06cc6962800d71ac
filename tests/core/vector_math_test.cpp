#include "sim/core/vector_math.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <numbers>
#include <vector>

#include "sim/core/random.hpp"

namespace acidsim {
namespace {

// Distance from the exact value in units of the last place of a double of that size.
double ulps(double got, long double exact) {
  const double rounded = static_cast<double>(exact);
  const double unit = std::nextafter(std::abs(rounded), infinity) - std::abs(rounded);
  return static_cast<double>(std::abs(static_cast<long double>(got) - exact)) / unit;
}

// Uniform over [low, high], plus the two ends.
std::vector<double> arguments(double low, double high, std::size_t count = 200000) {
  std::vector<double> values = {low, high};
  Draws draws(Stream(17, Purpose::problem));
  while (values.size() < count) values.push_back(low + (high - low) * draws.uniform());
  return values;
}

double worst_log(double low, double high) {
  double worst = 0;
  for (const double x : arguments(low, high))
    worst = std::max(worst, ulps(fast_log(x), std::log(static_cast<long double>(x))));
  return worst;
}

TEST(VectorMath, LogIsWithinTwoUlps) {
  EXPECT_LE(worst_log(1e-12, 1.0 - 0x1p-53), 2.0);
  EXPECT_LE(worst_log(0.999, 1.001), 2.0);  // where the leading terms cancel
  EXPECT_LE(worst_log(0.5, 2.0), 2.0);
  EXPECT_LE(worst_log(1.0, 1e300), 2.0);
  EXPECT_EQ(fast_log(1.0), 0.0);
}

TEST(VectorMath, LogOfExtremesOfUniformDraws) {
  const double smallest = open_uniform(0), largest = open_uniform(~std::uint64_t{0});
  EXPECT_LE(ulps(fast_log(smallest), std::log(static_cast<long double>(smallest))), 2.0);
  EXPECT_LE(ulps(fast_log(largest), std::log(static_cast<long double>(largest))), 2.0);
  EXPECT_LT(fast_log(largest), 0.0);  // a spacing made from it is positive
  EXPECT_LE(ulps(fast_log(std::numeric_limits<double>::min()),
                 std::log(static_cast<long double>(std::numeric_limits<double>::min()))),
            2.0);
  EXPECT_LE(ulps(fast_log(std::numeric_limits<double>::max()),
                 std::log(static_cast<long double>(std::numeric_limits<double>::max()))),
            2.0);
}

TEST(VectorMath, ExpIsWithinTwoUlps) {
  for (const auto& [low, high] : {std::pair{-1.0, 1.0}, std::pair{-50.0, 50.0}, std::pair{-700.0, 700.0}}) {
    double worst = 0;
    for (const double x : arguments(low, high))
      worst = std::max(worst, ulps(fast_exp(x), std::exp(static_cast<long double>(x))));
    EXPECT_LE(worst, 2.0) << low;
  }
  EXPECT_EQ(fast_exp(0.0), 1.0);
  EXPECT_EQ(fast_exp(-709.0), 0.0);
  EXPECT_EQ(fast_exp(-infinity), 0.0);
}

// Measured against 1, not against the value: near a zero of sine the argument itself is known to one ulp of u
// only.
TEST(VectorMath, SineAndCosineAreWithinThreeUnitsOfTheLastPlaceOfOne) {
  for (const double u : arguments(0.0, 1.0)) {
    double sine, cosine;
    fast_sincos_turns(u, sine, cosine);
    const long double angle = 2 * std::numbers::pi_v<long double> * static_cast<long double>(u);
    ASSERT_NEAR(sine, static_cast<double>(std::sin(angle)), 3 * 0x1p-53) << u;
    ASSERT_NEAR(cosine, static_cast<double>(std::cos(angle)), 3 * 0x1p-53) << u;
  }
}

TEST(VectorMath, SineAndCosineOfQuarterTurnsAreExact) {
  const double expected[] = {0, 1, 0, -1, 0};
  for (int quarter = 0; quarter <= 4; ++quarter) {
    double sine, cosine;
    fast_sincos_turns(quarter / 4.0, sine, cosine);
    EXPECT_EQ(sine, expected[quarter]) << quarter;
    EXPECT_EQ(cosine, expected[(quarter + 1) % 4]) << quarter;
  }
}

// The pair that the bits stand for, from the definition in long double.
void expect_normal_pair(std::uint64_t bits) {
  const auto high = static_cast<long double>(bits >> 33),
             low = static_cast<long double>(static_cast<std::int32_t>(static_cast<std::uint32_t>(bits) << 2));
  const long double u = (high + 0.5L) * 0x1p-31L;
  const long double radius = std::sqrt(-2 * std::log(u)) * ((bits & 0x80000000u) ? -1 : 1);
  const long double angle = low * 0x1p-31L * std::numbers::pi_v<long double> / 4;
  long double along = radius * std::cos(angle), across = radius * std::sin(angle);
  if (bits & 0x40000000u) std::swap(along, across);
  float first, second;
  fast_normal_pair(bits, first, second);
  // u is rounded to 24 bits, which moves r² = −2 log u by up to 2⁻²⁴, and r by up to 2⁻²⁴ / r or its root.
  const double rounding = 0x1p-24 / std::max(0x1p-12, static_cast<double>(std::abs(radius)));
  const double tolerance = 3e-7 * static_cast<double>(std::abs(radius)) + rounding;
  ASSERT_NEAR(first, static_cast<double>(along), tolerance) << bits;
  ASSERT_NEAR(second, static_cast<double>(across), tolerance) << bits;
}

TEST(VectorMath, NormalPairsAreThoseOfTheDefinition) {
  std::uint64_t bits = 1;
  for (int k = 0; k < 200000; ++k) {
    bits = bits * 6364136223846793005u + 1442695040888963407u;  // [Knuth, TAOCP 2, MMIX]
    expect_normal_pair(bits);
    expect_normal_pair(bits >> 24);                // far out
    expect_normal_pair(bits | 0xffffffull << 40);  // near 0
  }
}

TEST(VectorMath, NormalPairsOfExtremeBitsAreFinite) {
  for (const std::uint64_t high : {0ull, 1ull, 0x7fffffffull, 0xffffffffull}) {
    for (const std::uint64_t low : {0ull, 1ull, 0x20000000ull, 0x40000000ull, 0x80000000ull, 0xffffffffull}) {
      float first, second;
      fast_normal_pair(high << 32 | low, first, second);
      EXPECT_LE(std::hypot(first, second), 6.67f);
    }
  }
}

// A value must not depend on where in a vector it was computed, nor on whether it was in one.
TEST(VectorMath, LoopsGiveTheSameBitsAsSingleCalls) {
  const std::vector<double> x = arguments(1e-6, 1.0, 1003);
  std::vector<double> logs(x.size()), exps(x.size()), sines(x.size()), cosines(x.size());
  for (std::size_t k = 0; k < x.size(); ++k) logs[k] = fast_log(x[k]);
  for (std::size_t k = 0; k < x.size(); ++k) exps[k] = fast_exp(x[k]);
  for (std::size_t k = 0; k < x.size(); ++k) fast_sincos_turns(x[k], sines[k], cosines[k]);
  std::vector<float> firsts(x.size()), seconds(x.size());
  const auto bits_of = [](double value) { return std::bit_cast<std::uint64_t>(value) * 0x9E3779B97F4A7C15u; };
  for (std::size_t k = 0; k < x.size(); ++k) fast_normal_pair(bits_of(x[k]), firsts[k], seconds[k]);
  for (std::size_t k = 0; k < x.size(); ++k) {
    const volatile double alone = x[k];  // keeps the compiler from making a vector of this loop
    double sine, cosine;
    fast_sincos_turns(alone, sine, cosine);
    float first, second;
    fast_normal_pair(bits_of(alone), first, second);
    ASSERT_EQ(firsts[k], first);
    ASSERT_EQ(seconds[k], second);
    ASSERT_EQ(logs[k], fast_log(alone));
    ASSERT_EQ(exps[k], fast_exp(alone));
    ASSERT_EQ(sines[k], sine);
    ASSERT_EQ(cosines[k], cosine);
  }
}

}  // namespace
}  // namespace acidsim
