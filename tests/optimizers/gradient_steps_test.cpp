#include "sim/optimizers/gradient_steps.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace acidsim {
namespace {

// ‖g‖ = 5: PyTorch divides by 5 + ε, and clips from a norm of limit − ε on.
TEST(ClippingTest, EpsilonIsAddedToTheNorm) {
  Vector<double> g = Eigen::Vector2d(3, 4);
  clip({1.0, 0.0}, g);
  EXPECT_NEAR(g.norm(), 1, 1e-15);
  g = Eigen::Vector2d(3, 4);
  clip({1.0, 0.5}, g);
  EXPECT_NEAR(g.norm(), 5 / 5.5, 1e-15);
  g = Eigen::Vector2d(3, 4);
  clip({5.25, 0.5}, g);
  EXPECT_NEAR(g.norm(), 5 * 5.25 / 5.5, 1e-15);
  g = Eigen::Vector2d(3, 4);
  clip({5.5, 0.5}, g);
  EXPECT_EQ(g, Vector<double>(Eigen::Vector2d(3, 4)));
}

TEST(DecayTest, PartsAreJoinedWhereNothingIsBetween) {
  const std::vector<ParameterBlock> blocks = {{"0.weight", 0, {3, 2}, BlockRole::weight},
                                              {"1.weight", 6, {2}, BlockRole::weight},
                                              {"1.bias", 8, {2}, BlockRole::bias},
                                              {"2.scale", 10, {3}, BlockRole::norm},
                                              {"3.weight", 13, {4}, BlockRole::weight}};
  const auto parts = [&](std::vector<BlockRole> excluded) {
    std::vector<std::pair<Index, Index>> result;
    for (const Range& part : decayed_parts(17, blocks, excluded)) result.emplace_back(part.first, part.count);
    return result;
  };
  using Parts = std::vector<std::pair<Index, Index>>;
  EXPECT_EQ(parts({}), (Parts{{0, 17}}));
  EXPECT_EQ(parts({BlockRole::bias}), (Parts{{0, 8}, {10, 7}}));
  EXPECT_EQ(parts({BlockRole::norm}), (Parts{{0, 10}, {13, 4}}));
  EXPECT_EQ(parts({BlockRole::norm, BlockRole::bias}), (Parts{{0, 8}, {13, 4}}));
  EXPECT_THROW(decayed_parts(17, {}, std::vector{BlockRole::bias}), std::logic_error);
}

}  // namespace
}  // namespace acidsim
