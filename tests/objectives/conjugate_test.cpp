// ∇f_i*: the inverse of ∇f_i, where it is known in closed form.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/objectives/explicit_quadratic.hpp"
#include "sim/objectives/linear_regression.hpp"
#include "sim/objectives/logistic_regression.hpp"
#include "sim/objectives/quadratic.hpp"
#include "tests/objectives/twins.hpp"

namespace acidsim {
namespace {

using ::testing::HasSubstr;

// ∇f_i(∇f_i*(z)) = z for every worker, up to roundings of the condition number.
template <class Scalar>
void expect_inverse(const Objective<Scalar>& objective, double tolerance) {
  ASSERT_EQ(objective.no_conjugate_reason(), "");
  const auto scratch = objective.scratch();
  Vector<Scalar> x, g;
  for (Worker i = 0; i < objective.workers(); ++i) {
    const Vector<Scalar> z =
        Vector<Scalar>::LinSpaced(objective.dimension(), Scalar(-1), Scalar(2) + Scalar(i));
    objective.conjugate_gradient(i, z, x);
    objective.gradient(i, 0, x, g, *scratch);
    EXPECT_LT((g - z).cwiseAbs().maxCoeff(), tolerance) << "worker " << i;
  }
}

QuadraticParameters parameters(double noise) {
  return {.dimension = 4, .curvature_min = 1, .curvature_max = 3, .noise = noise, .heterogeneity = 1};
}

TEST(Conjugate, OfQuadratics) {
  expect_inverse<double>(*make_quadratic<double>(parameters(0), 3, 1, 2), 1e-14);
  expect_inverse<float>(*make_quadratic<float>(parameters(0), 3, 1, 2), 1e-5);
  EXPECT_THAT(make_quadratic<double>(parameters(1), 3, 1, 2)->no_conjugate_reason(), HasSubstr("noise"));
}

TEST(Conjugate, OfExplicitQuadratics) {
  const Matrix<double> one{{2, 1}, {1, 3}}, other{{1, 0}, {0, 4}}, singular{{1, 1}, {1, 1}};
  const Matrix<double> centres{{1, 0}, {0, 2}};
  expect_inverse<double>(ExplicitQuadratic<double>({one, other}, centres, 0, 1), 1e-14);
  expect_inverse<float>(ExplicitQuadratic<float>({one, other}, centres.cast<float>(), 0, 1), 1e-5);
  expect_inverse<double>(ExplicitQuadratic<double>({one, other}, {}, 0, 1), 1e-14);
  EXPECT_THAT(ExplicitQuadratic<double>({one, singular}, centres, 0, 1).no_conjugate_reason(),
              HasSubstr("singular"));
  EXPECT_THAT(ExplicitQuadratic<double>({one, other}, centres, 1, 1).no_conjugate_reason(),
              HasSubstr("noise"));
}

// Twelve samples in R³, all for everybody or half for each of two workers.
RegressionParameters<double> table(twins::Kind kind, bool shared, Index batch_size, double l2) {
  RegressionParameters<double> made{
      .data = {twins::random_data<double>(kind, 12, 3, 1), nullptr}, .l2 = l2, .workers = 2};
  made.partition.shared = shared;
  if (!shared) made.partition.rows = {{0, 2, 4, 6, 8, 10}, {1, 3, 5, 7, 9, 11}};
  made.minibatch.batch_size = batch_size;
  return made;
}

// Second moments of these samples have condition numbers below 100.
TEST(Conjugate, OfLeastSquares) {
  using twins::Kind;
  for (const bool shared : {true, false})
    for (const double l2 : {0.0, 0.5})
      expect_inverse<double>(*make_linear_regression(table(Kind::linear, shared, 0, l2)), 1e-12);
  EXPECT_THAT(make_linear_regression(table(Kind::linear, false, 4, 0))->no_conjugate_reason(),
              HasSubstr("batch_size must be 0"));
  RegressionParameters<double> few = table(Kind::linear, false, 0, 0);
  few.partition.rows = {{0, 1}, {2, 3, 4, 5, 6, 7, 8, 9, 10, 11}};  // two rows in R³
  EXPECT_THAT(make_linear_regression(few)->no_conjugate_reason(), HasSubstr("l2 > 0"));
}

TEST(Conjugate, OfClassifiersIsNotKnown) {
  const auto objective = make_logistic_regression(table(twins::Kind::logistic, false, 0, 0.5));
  EXPECT_THAT(objective->no_conjugate_reason(), HasSubstr("no closed form"));
  Vector<double> x;
  EXPECT_THROW(objective->conjugate_gradient(0, Vector<double>::Zero(3), x), InputError);
}

}  // namespace
}  // namespace acidsim
