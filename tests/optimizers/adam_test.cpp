#include "sim/optimizers/adam.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>

#include "sim/core/parameter_block.hpp"

namespace acidsim {
namespace {

template <class Scalar>
class AdamTest : public ::testing::Test {};
using AdamScalars = ::testing::Types<float, double>;
TYPED_TEST_SUITE(AdamTest, AdamScalars);

// m̂ = g and v̂ = g² at the first step: the direction is g/(|g| + ε), whatever the betas.
TYPED_TEST(AdamTest, FirstStepIsTheSignOfTheGradient) {
  Adam<TypeParam> optimizer({.beta_1 = 0.7, .beta_2 = 0.9, .epsilon = 0.5}, 1, 3);
  Vector<TypeParam> g(3);
  g << TypeParam(2), TypeParam(-0.5), TypeParam(0);
  optimizer.direction(0, Vector<TypeParam>::Ones(3), g);
  const double tolerance = 8 * std::numeric_limits<TypeParam>::epsilon();
  EXPECT_NEAR(g[0], 2 / 2.5, tolerance);
  EXPECT_NEAR(g[1], -0.5 / 1.0, tolerance);
  EXPECT_EQ(g[2], TypeParam(0));
}

// 1 − β^t is made of one product per step; it stays right long after β^t has become 0.
TYPED_TEST(AdamTest, CorrectionsFollowTheirPowers) {
  Adam<TypeParam> optimizer({}, 1, 1);
  const auto steps = [&](int count) {
    for (int t = 0; t < count; ++t) {
      Vector<TypeParam> g = Vector<TypeParam>::Ones(1);
      optimizer.direction(0, Vector<TypeParam>::Ones(1), g);
    }
    return std::as_const(optimizer).memory();
  };
  const auto after_20 = steps(20);
  EXPECT_NEAR(after_20.scalar(0, 0), 1 - std::pow(0.9, 20), 1e-15);
  EXPECT_NEAR(after_20.scalar(0, 1), 1 - std::pow(0.999, 20), 1e-15);
  const auto late = steps(100000);
  EXPECT_NEAR(late.scalar(0, 0), 1, 1e-13);
  EXPECT_NEAR(late.scalar(0, 1), 1, 1e-13);
}

TYPED_TEST(AdamTest, GradientsOfOneSizeGiveDirectionsOfOne) {
  Adam<TypeParam> optimizer({.epsilon = 0}, 1, 1);
  for (int t = 0; t < 2000; ++t) {
    Vector<TypeParam> g = Vector<TypeParam>::Constant(1, TypeParam(-0.25));
    optimizer.direction(0, Vector<TypeParam>::Ones(1), g);
    // Roundings that the averages keep for up to 1/(1 − 0.999) steps.
    ASSERT_NEAR(g[0], -1, 1000 * std::numeric_limits<TypeParam>::epsilon()) << t;
  }
}

// The decay of AdamW is a part of the direction: 0.25·x, whatever the gradient.
TYPED_TEST(AdamTest, DecoupledDecayIsAddedToTheDirection) {
  Adam<TypeParam> plain({}, 1, 4), decays({.weight_decay = 0.25, .decoupled = true}, 1, 4);
  Vector<TypeParam> x(4);
  x << TypeParam(4), TypeParam(-8), TypeParam(1), TypeParam(0);
  for (int t = 0; t < 5; ++t) {
    Vector<TypeParam> g = Vector<TypeParam>::LinSpaced(4, TypeParam(1), TypeParam(t + 2)), h = g;
    plain.direction(0, x, g);
    decays.direction(0, x, h);
    for (Index k = 0; k < 4; ++k)
      ASSERT_NEAR(h[k], g[k] + TypeParam(0.25) * x[k], 8 * std::numeric_limits<TypeParam>::epsilon());
  }
}

TYPED_TEST(AdamTest, ExcludedBlocksDoNotDecay) {
  const std::vector<ParameterBlock> blocks = {
      {"w", 0, {2}, BlockRole::weight}, {"b", 2, {1}, BlockRole::bias}, {"v", 3, {1, 2}, BlockRole::weight}};
  const AdamParameters parameters{
      .weight_decay = 0.5, .decoupled = true, .decay_excludes = {BlockRole::bias, BlockRole::norm}};
  Adam<TypeParam> optimizer(parameters, 1, 5, blocks);
  Vector<TypeParam> g = Vector<TypeParam>::Zero(5);
  optimizer.direction(0, Vector<TypeParam>::Ones(5), g);
  Vector<TypeParam> expected = Vector<TypeParam>::Constant(5, TypeParam(0.5));
  expected[2] = 0;
  EXPECT_EQ(g, expected);
  EXPECT_THROW(Adam<TypeParam>(parameters, 1, 5), std::logic_error) << "nothing tells the bias apart";
}

// A run goes on alike with an optimizer into which the memory is copied.
TYPED_TEST(AdamTest, CopiedMemoryGoesOnAlike) {
  const AdamParameters parameters{.weight_decay = 0.1};
  Adam<TypeParam> first(parameters, 2, 7), second(parameters, 1, 7);
  const Vector<TypeParam> x = Vector<TypeParam>::LinSpaced(7, TypeParam(-1), TypeParam(2));
  const auto step = [&](Adam<TypeParam>& optimizer, Worker worker, int t) {
    Vector<TypeParam> g = x * TypeParam(t + 1);
    optimizer.direction(worker, x, g);
    return g;
  };
  for (int t = 0; t < 3; ++t) step(first, 1, t);
  std::ranges::copy(first.memory().bytes(1), second.memory().bytes(0).begin());
  for (int t = 3; t < 6; ++t) ASSERT_EQ(step(first, 1, t), step(second, 0, t));
  EXPECT_EQ(first.memory().vector(0, 0)[3], TypeParam(0)) << "another worker's";
}

}  // namespace
}  // namespace acidsim
