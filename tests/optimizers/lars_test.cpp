#include "sim/optimizers/lars.hpp"

#include <gtest/gtest.h>

#include "sim/optimizers/sgd.hpp"

namespace acidsim {
namespace {

const std::vector<ParameterBlock> two_layers = {{"w", 0, {2}, BlockRole::weight},
                                                {"b", 2, {2}, BlockRole::bias}};

// ‖x‖ = 5 and ‖g‖ = 10 in the first layer, ‖x‖ = 2 and ‖g‖ = 8 in the second, with decay ½ and ε = 0:
// ratios 0.1·5/(10 + 2.5) = 0.04 and 0.1·2/(8 + 1) = 1/45.
TEST(LarsTest, EveryLayerHasItsOwnRatio) {
  Lars<double> optimizer({.momentum = 0, .weight_decay = 0.5, .trust = 0.1, .epsilon = 0}, 1, 4, two_layers);
  const Vector<double> x = Eigen::Vector4d(3, 4, 2, 0);
  Vector<double> g = Eigen::Vector4d(6, 8, 0, 8);
  optimizer.direction(0, x, g);
  EXPECT_NEAR(g[0], 0.04 * 7.5, 1e-15);
  EXPECT_NEAR(g[1], 0.04 * 10, 1e-15);
  EXPECT_NEAR(g[2], 1.0 / 45, 1e-15);
  EXPECT_NEAR(g[3], 8.0 / 45, 1e-15);
}

TEST(LarsTest, WithoutBlocksTheModelIsOneLayer) {
  const LarsParameters parameters{.momentum = 0, .weight_decay = 0.5, .trust = 0.1, .epsilon = 0};
  Lars<double> optimizer(parameters, 1, 2);
  Vector<double> g = Eigen::Vector2d(6, 8);
  optimizer.direction(0, Eigen::Vector2d(3, 4), g);
  EXPECT_NEAR(g[0], 0.04 * 7.5, 1e-15);
  LarsParameters excludes = parameters;
  excludes.decay_excludes = {BlockRole::bias};
  EXPECT_THROW(Lars<double>(excludes, 1, 2), std::logic_error);
}

// What does not decay keeps its gradient, unless all layers are to be adapted: then 0.1·2/8.
TEST(LarsTest, ExcludedLayersAreAdaptedOnlyWhereAsked) {
  LarsParameters parameters{.momentum = 0, .weight_decay = 0.5, .trust = 0.1, .epsilon = 0};
  parameters.decay_excludes = {BlockRole::bias};
  for (const bool always : {false, true}) {
    parameters.always_adapt = always;
    Lars<double> optimizer(parameters, 1, 4, two_layers);
    Vector<double> g = Eigen::Vector4d(6, 8, 0, 8);
    optimizer.direction(0, Eigen::Vector4d(3, 4, 2, 0), g);
    EXPECT_NEAR(g[0], 0.04 * 7.5, 1e-15);
    EXPECT_NEAR(g[3], always ? 8.0 / 40 : 8.0, 1e-15);
  }
}

TEST(LarsTest, NothingToMeasureByIsTheRatioOne) {
  Lars<double> optimizer({.momentum = 0, .weight_decay = 0.5}, 1, 4, two_layers);
  Vector<double> g = Eigen::Vector4d(6, 8, 0, 0);
  optimizer.direction(0, Eigen::Vector4d(0, 0, 2, 2), g);  // x = 0 in one layer, g = 0 in the other
  EXPECT_EQ(g, Vector<double>(Eigen::Vector4d(6, 8, 1, 1)));
}

TEST(LarsTest, WithoutDecayItIsSgd) {
  Lars<float> lars({.momentum = 0.5, .weight_decay = 0, .clip_norm = 1.0, .nesterov = true}, 1, 4,
                   two_layers);
  Sgd<float> sgd({.momentum = 0.5, .clip_norm = 1.0, .nesterov = true}, 1, 4);
  const Vector<float> x = Eigen::Vector4f(3, 4, 2, 0);
  for (int t = 0; t < 4; ++t) {
    Vector<float> g = Eigen::Vector4f(6, 8, 1, 8) / static_cast<float>(t + 1), h = g;
    lars.direction(0, x, g);
    sgd.direction(0, x, h);
    ASSERT_EQ(g, h);
  }
}

}  // namespace
}  // namespace acidsim
