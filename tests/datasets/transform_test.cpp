#include "sim/data/transform.hpp"

#include <gtest/gtest.h>

#include <Eigen/Cholesky>
#include <cmath>
#include <set>

#include "sim/core/error.hpp"
#include "sim/data/synthetic.hpp"

namespace acidsim {
namespace transform_test {

TEST(Transform, StandardisesWithTheStatisticsOfTheTrainingSet) {
  auto train = std::make_shared<Dataset<double>>(), test = std::make_shared<Dataset<double>>();
  train->features = (Matrix<double>(3, 4) << 1, 2, 3, 4, 0.1, 0.1, 0.1, 0.1, -5, 5, -5, 5).finished();
  test->features = (Matrix<double>(3, 1) << 2.5, 7, 10).finished();
  train->labels = {0, 1, 0, 1};
  train->classes = 2;
  const auto result = standardise<double>({train, test});
  const auto& x = result.train->features;
  EXPECT_NEAR(x.rowwise().mean().norm(), 0, 1e-15);
  EXPECT_NEAR(x.row(0).squaredNorm() / 4, 1, 1e-14);
  EXPECT_TRUE((x.row(1).array() == 0).all());  // constant
  EXPECT_NEAR(x.row(2).squaredNorm() / 4, 1, 1e-14);
  EXPECT_NEAR(result.test->features(0, 0), 0, 1e-15);
  EXPECT_EQ(result.test->features(1, 0), 0);
  EXPECT_NEAR(result.test->features(2, 0), 2, 1e-14);
  EXPECT_EQ(result.train->labels, train->labels);
  EXPECT_EQ(train->features(0, 0), 1);  // the original is as it was
  EXPECT_EQ(standardise<double>({train, nullptr}).test, nullptr);
}

TEST(Transform, AddsTheBiasLast) {
  auto train = std::make_shared<Dataset<float>>();
  train->features = Matrix<float>::Random(3, 5);
  train->targets = Vector<float>::Zero(train->samples());
  const auto result = with_bias<float>({train, nullptr});
  EXPECT_EQ(result.train->features.rows(), 4);
  EXPECT_EQ(result.train->features.topRows(3), train->features);
  EXPECT_TRUE((result.train->features.row(3).array() == 1).all());
  EXPECT_FALSE(train->has_bias);
  EXPECT_TRUE(result.train->has_bias);
  EXPECT_TRUE(limit(*result.train, 1, 1).has_bias);
}

// A set whose sample s has feature s and target −s, to see what goes where.
Dataset<double> numbered(Index samples) {
  Dataset<double> data;
  data.features = Vector<double>::LinSpaced(samples, 0, static_cast<double>(samples - 1)).transpose();
  data.targets = -data.features.row(0).transpose();
  return data;
}

TEST(Transform, SplitsWithoutLossOrOverlap) {
  const auto pair = split(numbered(1000), 0.2, 3);
  EXPECT_EQ(pair.test->samples(), 200);
  std::set<double> seen;
  for (const auto& part : {pair.train, pair.test}) {
    for (Index s = 0; s < part->samples(); ++s) {
      seen.insert(part->features(0, s));
      EXPECT_EQ(part->targets[s], -part->features(0, s));
    }
  }
  EXPECT_EQ(seen.size(), 1000u);
  EXPECT_EQ(split(numbered(1000), 0.2, 3).test->features, pair.test->features);
  EXPECT_NE(split(numbered(1000), 0.2, 4).test->features, pair.test->features);
  EXPECT_EQ(split(numbered(3), 0.001, 3).test->samples(), 1);
  EXPECT_EQ(split(numbered(3), 0.999, 3).train->samples(), 1);
  for (const double bad : {0.0, 1.0, -0.5, std::nan("")})
    EXPECT_THROW(split(numbered(10), bad, 3), InputError);
  EXPECT_THROW(split(numbered(1), 0.5, 3), InputError);
}

TEST(Transform, LimitsToARandomSubset) {
  const auto part = limit(numbered(1000), 100, 1);
  EXPECT_EQ(part.samples(), 100);
  // Mean of 100 of 0 … 999 without replacement: 499.5, variance (1000² − 1)/12/100 · 900/999; band 4σ.
  EXPECT_NEAR(part.features.mean(), 499.5, 4 * std::sqrt(999999.0 / 12 / 100 * 900 / 999));
  EXPECT_EQ(limit(numbered(10), 20, 1).samples(), 10);
  EXPECT_THROW(limit(numbered(10), 0, 1), InputError);
}

TEST(Synthetic, RegressionHasItsCovarianceAndNoise) {
  constexpr Index samples = 20000;
  const auto data = synthetic_regression<double>(
      {.samples = samples, .test_samples = 10, .features = 5, .noise = 0.3, .condition = 100}, 7);
  const Matrix<double>& x = data.train->features;
  const Vector<double>& y = data.train->targets;
  for (Index k = 0; k < 5;
       ++k) {  // variance 100^(−k/4); a sample variance has relative deviation √(2/N); band 4σ
    const double expected = std::pow(100.0, -static_cast<double>(k) / 4);
    EXPECT_NEAR(x.row(k).squaredNorm() / samples, expected, 4 * expected * std::sqrt(2.0 / samples));
  }
  const Matrix<double> h = x * x.transpose();
  const Vector<double> w = h.ldlt().solve(x * y);
  const double residual = (y - x.transpose() * w).squaredNorm() / (samples - 5);
  EXPECT_NEAR(residual, 0.09, 4 * 0.09 * std::sqrt(2.0 / samples));
  // The test set follows the same model: residuals of 10 samples stay below 4.5σ.
  EXPECT_LT((data.test->targets - data.test->features.transpose() * w).cwiseAbs().maxCoeff(), 4.5 * 0.3);
}

TEST(Synthetic, IsAddressedBySample) {
  const SyntheticParameters few = {.samples = 10, .test_samples = 5}, many = {.samples = 15};
  const auto a = synthetic_classification<double>(few, 3), b = synthetic_classification<double>(many, 3);
  EXPECT_EQ(a.train->features, b.train->features.leftCols(10));
  EXPECT_EQ(a.test->features, b.train->features.rightCols(5));
  EXPECT_TRUE(std::equal(a.train->labels.begin(), a.train->labels.end(), b.train->labels.begin()));
  EXPECT_NE(synthetic_classification<double>(few, 4).train->features, a.train->features);
  EXPECT_EQ(a.train->classes, 2);
}

TEST(Synthetic, GumbelNoiseGivesTheSoftmaxModel) {
  // With overwhelming noise the labels are uniform: counts of 4 classes of 8000 are 2000 ± 4√(8000·¼·¾).
  const auto data =
      synthetic_classification<float>({.samples = 8000, .features = 3, .classes = 4, .noise = 1e6}, 1);
  for (int c = 0; c < 4; ++c) {
    const auto count = std::count(data.train->labels.begin(), data.train->labels.end(), c);
    EXPECT_NEAR(static_cast<double>(count), 2000, 4 * std::sqrt(8000 * 0.25 * 0.75));
  }
}

TEST(Synthetic, RefusesImpossibleParameters) {
  EXPECT_THROW(synthetic_regression<double>({.samples = 0}, 1), InputError);
  EXPECT_THROW(synthetic_regression<double>({.test_samples = -1}, 1), InputError);
  EXPECT_THROW(synthetic_regression<double>({.features = 0}, 1), InputError);
  EXPECT_THROW(synthetic_regression<double>({.noise = -1}, 1), InputError);
  EXPECT_THROW(synthetic_regression<double>({.condition = 0.5}, 1), InputError);
  EXPECT_THROW(synthetic_regression<double>({.samples = Index{1} << 40, .features = 1 << 20}, 1), InputError);
  EXPECT_THROW(synthetic_classification<double>({.classes = 1}, 1), InputError);
}

}  // namespace transform_test
}  // namespace acidsim
