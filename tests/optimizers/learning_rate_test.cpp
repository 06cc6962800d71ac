#include "sim/optimizers/learning_rate.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace acidsim {
namespace {

using Kind = LearningRate::Kind;

TEST(LearningRateTest, Constant) {
  const LearningRate rate{.base = 0.3};
  EXPECT_EQ(rate.at(0, 0), 0.3);
  EXPECT_EQ(rate.at(1e9, 1), 0.3);
}

TEST(LearningRateTest, InverseTime) {
  const LearningRate rate{.kind = Kind::inverse_time, .base = 0.3, .decay = 0.5};
  EXPECT_EQ(rate.at(0, 0), 0.3);
  EXPECT_DOUBLE_EQ(rate.at(4, 0.1), 0.1);
}

TEST(LearningRateTest, StepFallsAtEachMilestone) {
  const LearningRate rate{.kind = Kind::step, .base = 0.8, .milestones = {0.5, 0.75}, .factor = 0.25};
  EXPECT_EQ(rate.at(0, 0.49), 0.8);
  EXPECT_EQ(rate.at(0, 0.5), 0.2);
  EXPECT_EQ(rate.at(0, 0.74), 0.2);
  EXPECT_EQ(rate.at(0, 1.0), 0.05);
}

TEST(LearningRateTest, CosineFollowsHalfAWave) {
  const LearningRate rate{.kind = Kind::cosine, .base = 2.0, .final_fraction = 0.1};
  for (double progress = 0; progress <= 1; progress += 0.125) {
    const double expected = 2.0 * (0.1 + 0.9 * 0.5 * (1 + std::cos(progress * std::acos(-1.0))));
    EXPECT_NEAR(rate.at(0, progress), expected, 1e-15);
  }
  EXPECT_EQ(rate.at(0, 7.0), rate.at(0, 1.0)) << "progress is clamped";
}

TEST(LearningRateTest, GoyalWarmsUpThenFalls) {
  // From 0.1 to 0.1·8 over the first tenth, × 0.1 at 50 % and 75 %.
  const LearningRate rate{
      .kind = Kind::goyal, .base = 0.1, .milestones = {0.5, 0.75}, .scale = 8, .warmup = 0.1};
  EXPECT_DOUBLE_EQ(rate.at(0, 0), 0.1);
  EXPECT_DOUBLE_EQ(rate.at(0, 0.05), 0.45);
  EXPECT_DOUBLE_EQ(rate.at(0, 0.1), 0.8);
  EXPECT_DOUBLE_EQ(rate.at(0, 0.49), 0.8);
  EXPECT_DOUBLE_EQ(rate.at(0, 0.5), 0.08);
  EXPECT_DOUBLE_EQ(rate.at(0, 0.9), 0.008);
  const LearningRate cold{.kind = Kind::goyal, .base = 0.1, .scale = 8, .warmup = 0.0};
  EXPECT_DOUBLE_EQ(cold.at(0, 0), 0.8);
}

TEST(LearningRateTest, WarmUpRisesLinearlyAndThenIsOver) {
  LearningRate rate{.kind = Kind::step,
                    .base = 0.8,
                    .milestones = {10, 20},
                    .factor = 0.25,
                    .warmup = 5,
                    .warmup_start = 0.2,
                    .unit = ProgressUnit::epochs};
  EXPECT_DOUBLE_EQ(rate.at(0, 0), 0.16);
  EXPECT_DOUBLE_EQ(rate.at(0, 2.5), 0.48);
  EXPECT_EQ(rate.at(0, 5), 0.8);
  EXPECT_EQ(rate.at(0, 15), 0.2);
  EXPECT_EQ(rate.at(0, 1e6), 0.05);
  rate = {.base = 0.8, .warmup = 0.5};
  EXPECT_FALSE(rate.is_constant());
  EXPECT_EQ(rate.at(0, 0), 0);
  EXPECT_EQ(rate.at(0, 0.25), 0.4);
  EXPECT_EQ(rate.at(0, 0.5), 0.8);
  rate = {.kind = Kind::inverse_time, .base = 0.8, .decay = 0.5, .warmup = 4};
  EXPECT_DOUBLE_EQ(rate.at(2, 1), 0.1);
}

TEST(LearningRateTest, CosineOfALengthStaysAtItsEnd) {
  const LearningRate rate{.kind = Kind::cosine, .base = 2.0, .final_fraction = 0.1, .length = 40};
  EXPECT_NEAR(rate.at(0, 20), 1.1, 1e-15);
  EXPECT_NEAR(rate.at(0, 40), 0.2, 1e-15);
  EXPECT_EQ(rate.at(0, 50), rate.at(0, 40));
}

TEST(LearningRateTest, OnlyFractionsNeedTheEndOfTheRun) {
  EXPECT_FALSE(LearningRate{}.needs_end());
  EXPECT_FALSE(LearningRate{.kind = Kind::inverse_time}.needs_end());
  EXPECT_TRUE((LearningRate{.kind = Kind::inverse_time, .warmup = 0.1}.needs_end()));
  EXPECT_TRUE(LearningRate{.kind = Kind::cosine}.needs_end());
  EXPECT_FALSE((LearningRate{.kind = Kind::cosine, .unit = ProgressUnit::gradients}.needs_end()));
}

}  // namespace
}  // namespace acidsim
