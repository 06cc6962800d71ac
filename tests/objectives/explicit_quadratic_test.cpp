#include "sim/objectives/explicit_quadratic.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/core/error.hpp"
#include "sim/objectives/quadratic.hpp"
#include "tests/objectives/twins.hpp"
#include "tests/reference/explicit_quadratic.hpp"

namespace acidsim {
namespace {

using testing::HasSubstr;

Matrix<double> two_by_two(double a, double b, double c, double d) {
  Matrix<double> m(2, 2);
  m << a, b, c, d;
  return m;
}

// A_1 = (2 1; 1 3), A_2 = (1 0; 0 4), b_1 = (1, 0), b_2 = (0, 2): (3 1; 1 7) x* = (2, 9).
template <class Scalar>
ExplicitQuadratic<Scalar> example() {
  return {{two_by_two(2, 1, 1, 3), two_by_two(1, 0, 0, 4)}, two_by_two(1, 0, 0, 2).cast<Scalar>(), 0, 1};
}

template <class Scalar>
void expect_values_by_hand() {
  const auto f = example<Scalar>();
  // Halves and quarters below 10: what is not a solution of equations has no rounding.
  EXPECT_NEAR(f.minimiser().point[0], 0.25, 1e-15);
  EXPECT_NEAR(f.minimiser().point[1], 1.25, 1e-15);
  EXPECT_NEAR(f.minimiser().value, 1.5625, 1e-14);
  const Vector<Scalar> zero = Vector<Scalar>::Zero(2);
  EXPECT_EQ(f.worker_loss(0, zero), 1);
  EXPECT_EQ(f.worker_loss(1, zero), 8);
  EXPECT_NEAR(f.loss(zero), 4.5, 1e-14);
  Vector<Scalar> g;
  const auto scratch = f.scratch();
  f.gradient(0, 0, zero, g, *scratch);
  EXPECT_EQ(g, (Vector<Scalar>(2) << -2, -1).finished());
  f.gradient(1, 3, zero, g, *scratch);
  EXPECT_EQ(g, (Vector<Scalar>(2) << 0, -8).finished());
  f.full_gradient(zero, g);
  EXPECT_NEAR(g[0], -1, 1e-6);
  EXPECT_NEAR(g[1], -4.5, 1e-6);
  EXPECT_NEAR(*f.constants().smoothness, 4, 1e-14);
  EXPECT_NEAR(*f.constants().strong_convexity, 1, 1e-14);
  EXPECT_EQ(f.workers(), 2u);
  EXPECT_EQ(f.dimension(), 2);
}

TEST(ExplicitQuadratic, HasTheValuesByHand) {
  expect_values_by_hand<double>();
  expect_values_by_hand<float>();
}

TEST(ExplicitQuadratic, IsItsReference) {
  std::vector<Matrix<double>> a;
  std::vector<Vector<double>> b;
  Matrix<double> centres(5, 4);
  for (std::uint64_t i = 0; i < 4; ++i) {
    Matrix<double> root(5, 5);
    for (Index k = 0; k < 5; ++k)
      root.col(k) = twins::random_point<double>(5, 1.0, 10 * i + static_cast<std::uint64_t>(k));
    a.emplace_back(root * root.transpose() + 0.1 * Matrix<double>::Identity(5, 5));
    b.push_back(twins::random_point<double>(5, 2.0, 100 + i));
    centres.col(static_cast<Index>(i)) = b.back();
  }
  const ExplicitQuadratic<double> f(a, centres, 0, 1);
  const reference::ExplicitQuadratic twin(a, b);
  const auto scratch = f.scratch();
  GradientScratch none;
  const auto x = twins::random_point<double>(5, 1.0, 3);
  Vector<double> g, expected;
  // Sums of some ten terms below 100, each with a few roundings of 1e-16; the condition of ΣA is below 1e3.
  for (Worker i = 0; i < 4; ++i) {
    f.gradient(i, 0, x, g, *scratch);
    twin.gradient(i, 0, x, expected, none);
    EXPECT_LT((g - expected).norm(), 1e-12);
    EXPECT_NEAR(f.worker_loss(i, x), twin.worker_loss(i, x), 1e-11);
  }
  EXPECT_LT((f.minimiser().point - twin.minimiser().point).norm(), 1e-11);
  EXPECT_NEAR(f.minimiser().value, twin.minimiser().value, 1e-11);
  EXPECT_NEAR(f.loss(x), twin.loss(x), 1e-10);
  f.full_gradient(x, g);
  twin.full_gradient(x, expected);
  EXPECT_LT((g - expected).norm(), 1e-11);
}

// Diagonal matrices: the other quadratic, its noise included.
TEST(ExplicitQuadratic, OfDiagonalMatricesIsTheSeparableOne) {
  const QuadraticParameters parameters = {
      .dimension = 3, .curvature_min = 1, .curvature_max = 3, .noise = 0.5};
  Matrix<double> centres(3, 2);
  centres << 1, 2, 3, 4, 5, 6;
  const auto separable = make_quadratic<double>(parameters, centres, 7);
  const Matrix<double> diagonal = Vector<double>::LinSpaced(3, 1, 3).asDiagonal();
  const ExplicitQuadratic<double> f({diagonal, diagonal}, centres, 0.5, 7);
  const auto x = twins::random_point<double>(3, 1.0, 3);
  const auto scratch = f.scratch(), other = separable->scratch();
  Vector<double> g, expected;
  for (std::uint64_t index = 0; index < 5; ++index) {
    f.gradient(1, index, x, g, *scratch);
    separable->gradient(1, index, x, expected, *other);
    EXPECT_LT((g - expected).norm(), 1e-14);
  }
  EXPECT_NEAR(f.minimiser().value, separable->minimiser().value, 1e-13);
}

TEST(ExplicitQuadratic, MayLackAUniqueMinimiser) {
  const Matrix<double> flat = two_by_two(1, 0, 0, 0);
  const ExplicitQuadratic<double> f({flat, 3 * flat}, two_by_two(1, 5, 2, -2), 0, 1);
  EXPECT_THAT(f.no_minimiser_reason(), HasSubstr("singular"));
  EXPECT_THROW(static_cast<void>(f.minimiser()), InputError);
  EXPECT_FALSE(f.constants().strong_convexity);
  const Eigen::Vector2d x(2, 9);  // f_1 = ½ (2 − 1)², f_2 = 3/2 (2 − 5)²
  EXPECT_NEAR(f.loss(x), 0.5 * (0.5 + 13.5), 1e-13);
  EXPECT_EQ(example<double>().no_minimiser_reason(), "");
  const ExplicitQuadratic<double> together({flat, two_by_two(0, 0, 0, 2)}, Matrix<double>(), 0, 1);
  EXPECT_EQ(together.no_minimiser_reason(), "");  // each alone is singular, their sum is not
  EXPECT_EQ(together.minimiser().value, 0);
}

TEST(ExplicitQuadratic, RefusesWhatIsNone) {
  const Matrix<double> good = two_by_two(2, 0, 0, 1);
  const auto refusal = [&](const std::vector<Matrix<double>>& matrices, const Matrix<double>& centres = {}) {
    try {
      const ExplicitQuadratic<double> f(matrices, centres, 0, 1);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_EQ(refusal({good, good}), "");
  EXPECT_THAT(refusal({}), HasSubstr("matrices: there are none"));
  EXPECT_THAT(refusal({good, two_by_two(1, 2, 3, 9)}),
              HasSubstr("that of worker 1 is not symmetric (entries (1, 0) and (0, 1) are 3 and 2)"));
  EXPECT_THAT(refusal({two_by_two(1, 2, 2, 1), good}),
              HasSubstr("that of worker 0 is not positive semidefinite (its smallest eigenvalue is -1)"));
  EXPECT_THAT(refusal({good, Matrix<double>::Identity(3, 3)}),
              HasSubstr("that of worker 1 has the wrong shape (3 × 3)"));
  EXPECT_THAT(refusal({good, good}, Matrix<double>::Zero(2, 3)), HasSubstr("centers: have the wrong shape"));
  EXPECT_EQ(refusal({two_by_two(1, 0.1, 0.1 + 1e-15, 1)}), "");  // as products leave it
  EXPECT_EQ(refusal({two_by_two(0.01, 0.1, 0.1, 1)}), "");       // singular but for rounding
}

}  // namespace
}  // namespace acidsim
