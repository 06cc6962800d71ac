// Compression of messages: what arrives, and how many bits it takes.
#include <gmock/gmock.h>

#include <cmath>

#include "sim/algorithms/codecs/codec.hpp"
#include "sim/core/random.hpp"

namespace acidsim {
namespace codecs_test {

using ::testing::ElementsAre;

std::shared_ptr<const Codec> codec(const std::string& name, const Values& values = {}) {
  for (const CodecRow& row : all_codecs())
    if (row.name == name) return row.make(with_defaults(row.parameters, values));
  throw std::logic_error("no codec " + name);
}

std::vector<double> applied(const Codec& codec, std::vector<double> v, const CodecDraws& draws = {}) {
  codec.apply(v, draws);
  return v;
}

TEST(Codecs, TopKKeepsTheLargestAndOfEqualOnesTheLower) {
  const auto two = codec("top_k", {{"k", std::int64_t{2}}});
  EXPECT_THAT(applied(*two, {0.5, -3, 1, 2}), ElementsAre(0, -3, 0, 2));
  EXPECT_THAT(applied(*two, {1, -1, 1, 1}), ElementsAre(1, -1, 0, 0));
  EXPECT_THAT(applied(*two, {7}), ElementsAre(7));
  EXPECT_EQ(two->bits(1000), 2 * (32 + 10));
  EXPECT_EQ(two->bits(1), 32);
}

TEST(Codecs, RandomKKeepsTheSmallestDraws) {
  const auto two = codec("random_k", {{"k", std::int64_t{2}}});
  const double draws[] = {0.9, 0.1, 0.5, 0.2};
  EXPECT_THAT(applied(*two, {1, 2, 3, 4}, [&](Index c) { return draws[c]; }), ElementsAre(0, 2, 0, 4));
  EXPECT_EQ(two->bits(1000), 96);
}

// ‖(3, −4)‖ = 5, s = 4: the levels are 2.4 and 3.2.
TEST(Codecs, QsgdRoundsToLevelsOfTheNorm) {
  const auto four = codec("qsgd"), contracting = codec("qsgd", {{"unbiased", false}});
  EXPECT_THAT(applied(*four, {3, -4}, [](Index c) { return c == 0 ? 0.39 : 0.21; }),
              ElementsAre(3.75, -3.75));
  EXPECT_THAT(applied(*four, {0, 0}, [](Index) { return 0.0; }), ElementsAre(0, 0));
  EXPECT_THAT(applied(*contracting, {3, -4}, [](Index c) { return c == 0 ? 0.39 : 0.21; }),
              ElementsAre(3.75 / 1.125, -3.75 / 1.125));
  EXPECT_EQ(four->bits(1000), 4000 + 32);  // ⌈log2 9⌉ = 4
}

// Unbiased, with a variance of at most min(d/s², √d/s) ‖v‖²: the mean of 40000 within 5σ.
TEST(Codecs, QsgdIsUnbiased) {
  const auto four = codec("qsgd");
  const std::vector<double> v = {0.3, -1.1, 0.7};
  const double bound = 3.0 / 16 * (0.09 + 1.21 + 0.49);
  constexpr int repeats = 40000;
  std::vector<double> mean(3, 0.0);
  double variance = 0;
  for (int k = 0; k < repeats; ++k) {
    const Stream stream(11, Purpose::compression, static_cast<std::uint32_t>(k));
    const auto w = applied(
        *four, v, [&](Index c) { return open_uniform(stream.bits(static_cast<std::uint64_t>(c)).first); });
    for (std::size_t c = 0; c < 3; ++c) {
      mean[c] += w[c] / repeats;
      variance += (w[c] - v[c]) * (w[c] - v[c]) / repeats;
    }
  }
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(mean[c], v[c], 5 * std::sqrt(bound / repeats));
  EXPECT_LE(variance, bound);
  EXPECT_GT(variance, 0.1 * bound);
}

TEST(Codecs, SignKeepsTheMeanAbsoluteValue) {
  EXPECT_THAT(applied(*codec("sign"), {3, -1, 0, -4}), ElementsAre(2, -2, 0, -2));
  EXPECT_EQ(codec("sign")->bits(1000), 1032);
}

// What is lost of v, ‖Q(v) − v‖²/‖v‖², on average over draws.
double lost_share(const Codec& codec, const std::vector<double>& v) {
  constexpr int repeats = 20000;
  double lost = 0, norm = 0;
  for (const double x : v) norm += x * x;
  for (int k = 0; k < repeats; ++k) {
    const Stream stream(12, Purpose::compression, static_cast<std::uint32_t>(k));
    const auto w = applied(
        codec, v, [&](Index c) { return open_uniform(stream.bits(static_cast<std::uint64_t>(c)).first); });
    for (std::size_t c = 0; c < v.size(); ++c) lost += (w[c] - v[c]) * (w[c] - v[c]) / repeats;
  }
  return lost / norm;
}

// At most 1 − α of a vector is lost, and for the first three as much on the worst one: 0.01 is 3σ or more.
TEST(Codecs, LoseAtMostWhatTheirContractionAllows) {
  const std::vector<double> equal = {1, -1, 1, 1}, peak = {1, 1e-9, 1e-9, 1e-9}, some = {0.3, -1.1, 0.7, 0.1};
  const auto top = codec("top_k", {{"k", std::int64_t{1}}}),
             random = codec("random_k", {{"k", std::int64_t{1}}}), sign = codec("sign");
  EXPECT_EQ(top->contraction(4), 0.25);
  EXPECT_EQ(top->contraction(1), 1);
  EXPECT_EQ(random->contraction(4), 0.25);
  EXPECT_EQ(sign->contraction(4), 0.25);
  EXPECT_NEAR(lost_share(*top, equal), 0.75, 1e-9);
  EXPECT_NEAR(lost_share(*random, some), 0.75, 0.01);
  EXPECT_NEAR(lost_share(*sign, peak), 0.75, 1e-8);
  const Values one_level{{"levels", std::int64_t{1}}};
  Values contracting = one_level;
  contracting.set("unbiased", false);
  EXPECT_EQ(codec("qsgd", one_level)->contraction(4), 0)
      << "4 numbers on one level: more may get lost than is there";
  EXPECT_GT(lost_share(*codec("qsgd", one_level), equal), 0.99);
  EXPECT_EQ(codec("qsgd")->contraction(4), 0.75);
  EXPECT_DOUBLE_EQ(codec("qsgd", contracting)->contraction(4), 1.0 / 3);
  for (const auto& v : {equal, peak, some}) {
    EXPECT_LE(lost_share(*codec("qsgd"), v), 0.25);
    EXPECT_LE(lost_share(*codec("qsgd", contracting), v), 2.0 / 3);
    EXPECT_LE(lost_share(*top, v), 0.75 + 1e-9);
    EXPECT_LE(lost_share(*sign, v), 0.75);
  }
}

}  // namespace codecs_test
}  // namespace acidsim
