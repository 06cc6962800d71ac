#include "sim/optimizers/sgd.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <utility>

#include "tests/algorithms/random_events.hpp"
#include "tests/reference/slow_optimizer.hpp"

namespace acidsim {
namespace {

TEST(SgdTest, TwoStepsWorkedOutByHand) {
  // Clip at 1, weight decay 0.01, momentum 0.9, rate 0.1, from x = (1, 2).
  // Gradient (3, 4), norm 5 → (0.6, 0.8) → + 0.01 x = (0.61, 0.82) = buffer → x = (0.939, 1.918).
  // Gradient (0.3, 0.4), norm 0.5 → + 0.01 x = (0.30939, 0.41918) → buffer (0.85839, 1.15718) → x =
  // (0.853161, 1.802282).
  Sgd<double> optimizer(
      {.learning_rate = {.base = 0.1}, .momentum = 0.9, .weight_decay = 0.01, .clip_norm = 1.0}, 2, 2);
  Vector<double> x = Eigen::Vector2d(1, 2);
  Vector<double> g = Eigen::Vector2d(3, 4);
  optimizer.direction(1, x, g);
  x -= optimizer.learning_rate(0, 0, 1) * g;
  // Here and below: a few roundings of numbers of order 1.
  EXPECT_NEAR(x[0], 0.939, 1e-15);
  EXPECT_NEAR(x[1], 1.918, 1e-15);
  g = Eigen::Vector2d(0.3, 0.4);
  optimizer.direction(1, x, g);
  EXPECT_NEAR(optimizer.memory().vector(1, 0)[0], 0.85839, 1e-15);
  EXPECT_NEAR(optimizer.memory().vector(1, 0)[1], 1.15718, 1e-15);
  x -= optimizer.learning_rate(0, 0, 1) * g;
  EXPECT_NEAR(x[0], 0.853161, 1e-15);
  EXPECT_NEAR(x[1], 1.802282, 1e-15);
  EXPECT_EQ(optimizer.memory().vector(0, 0)[0], 0.0) << "another worker's buffer";
}

template <class Scalar>
void expect_twin(double momentum, double weight_decay, std::optional<double> clip) {
  const Index d = 37;
  Sgd<Scalar> optimizer({.momentum = momentum, .weight_decay = weight_decay, .clip_norm = clip}, 1, d);
  // The twin is given the constants as the product rounds them, so that only its arithmetic differs.
  const auto rounded = [](double value) { return static_cast<long double>(static_cast<Scalar>(value)); };
  reference::SlowOptimizer twin{rounded(momentum), rounded(weight_decay), clip.value_or(0), {}};
  for (std::uint64_t step = 0; step < 50; ++step) {
    const Vector<Scalar> x = random_vector<Scalar>(1, step, d);
    Vector<Scalar> g = random_vector<Scalar>(2, step, d) * static_cast<Scalar>(step % 5);
    const reference::Reals expected =
        twin.direction(reference::Reals(x.begin(), x.end()), reference::Reals(g.begin(), g.end()));
    optimizer.direction(0, x, g);
    // |direction| ≤ 20 · 1/(1 − momentum) ≤ 200: a few roundings of that, which the momentum sums up tenfold.
    const double tolerance = 40 * std::numeric_limits<Scalar>::epsilon() * 20;
    for (Index k = 0; k < d; ++k) {
      ASSERT_NEAR(g[k], static_cast<double>(expected[static_cast<std::size_t>(k)]), tolerance)
          << "step " << step;
    }
  }
}

TEST(SgdTest, EqualsSlowTwinStepByStep) {
  for (const double momentum : {0.0, 0.9}) {
    for (const double weight_decay : {0.0, 5e-4}) {
      for (const std::optional<double> clip : {std::optional<double>(), std::optional<double>(5.0)}) {
        expect_twin<float>(momentum, weight_decay, clip);
        expect_twin<double>(momentum, weight_decay, clip);
      }
    }
  }
}

TEST(SgdTest, NoMomentumKeepsNoMemory) {
  const Sgd<float> optimizer({.weight_decay = 0.1, .clip_norm = 1.0}, 1000, 1000);
  EXPECT_EQ(optimizer.memory().allocated(), 0u);
  EXPECT_TRUE(optimizer.memory().empty());
}

// Digests and checkpoints of runs with momentum are made of these bytes.
TEST(SgdTest, MemoryIsTheBufferAndNothingElse) {
  Sgd<float> optimizer({.momentum = 0.5}, 2, 3);
  Vector<float> g = Eigen::Vector3f(1, 2, 4);
  optimizer.direction(1, Vector<float>::Zero(3), g);
  const auto bytes = std::as_const(optimizer).memory().bytes(1);
  const auto expected = std::as_bytes(std::span(g.data(), 3));
  EXPECT_TRUE(std::ranges::equal(bytes, expected));
}

TEST(SgdTest, ClipLeavesZeroAlone) {
  Sgd<double> optimizer({.clip_norm = 1.0}, 1, 3);
  Vector<double> g = Vector<double>::Zero(3);
  optimizer.direction(0, Vector<double>::Ones(3), g);
  EXPECT_EQ(g, Vector<double>::Zero(3));
}

}  // namespace
}  // namespace acidsim
