#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "tests/objectives/twins.hpp"

namespace acidsim {
namespace {

using twins::Kind;

// 500 samples, 7 features, 3 workers with unequal shares.
template <class Scalar>
RegressionParameters<Scalar> problem(Kind kind, double l2 = 0.1, Index samples = 500) {
  return {
      .data = {twins::random_data<Scalar>(kind, samples, 7, 1), twins::random_data<Scalar>(kind, 90, 7, 2)},
      .partition = twins::uneven(samples, 3),
      .minibatch = {.batch_size = 5, .sampling = Sampling::with_replacement, .seed = 3},
      .l2 = l2,
      .workers = 3};
}

class Regression : public testing::TestWithParam<Kind> {};

TEST_P(Regression, LossesEqualTheSlowTwin) {
  // 3000 samples: several blocks. Sums of 3000 terms in double precision: relative 1e-13.
  for (const bool shared : {true, false}) {
    auto p = problem<double>(GetParam(), 0.1, 3000);
    if (shared) p.partition = {};
    const auto f = twins::make(GetParam(), p);
    const auto x = twins::random_point<double>(f->dimension(), 1.0, 5);
    const double expected = twins::loss(GetParam(), p, x);
    EXPECT_NEAR(f->loss(x), expected, 1e-13 * expected);
    for (Worker i = 0; i < 3; ++i) {
      const double local = twins::worker_loss(GetParam(), p, i, x);
      EXPECT_NEAR(f->worker_loss(i, x), local, 1e-13 * local);
    }
    const auto rows = twins::rows_of({}, 0, 90);
    const auto test = static_cast<double>(twins::mean_loss(GetParam(), *p.data.test, rows, x));
    EXPECT_NEAR(f->test_loss(x), test, 1e-13 * test);
  }
}

// Only the rows that are evaluated, each with its weight in f.
TEST_P(Regression, LossesOfSomeRows) {
  for (const bool shared : {true, false}) {
    auto p = problem<double>(GetParam(), 0.1, 3000);
    if (shared) p.partition = {};
    for (std::uint32_t row = 1; row < 3000; row += 2) p.data.evaluated_train.push_back(row);
    p.data.evaluated_test = {3, 4, 80};
    const auto f = twins::make(GetParam(), p);
    const auto x = twins::random_point<double>(f->dimension(), 1.0, 5);
    double sum = 0, weights = 0;
    for (const std::uint32_t row : p.data.evaluated_train) {
      double weight = 1;
      for (const auto& own : p.partition.rows)
        if (std::binary_search(own.begin(), own.end(), row)) weight = 1.0 / static_cast<double>(own.size());
      sum += weight * static_cast<double>(twins::mean_loss(GetParam(), *p.data.train, {row}, x));
      weights += weight;
    }
    const double expected = sum / weights + 0.05 * x.squaredNorm();
    EXPECT_NEAR(f->loss(x), expected, 1e-13 * expected);
    const auto test = static_cast<double>(twins::mean_loss(GetParam(), *p.data.test, {3, 4, 80}, x));
    EXPECT_NEAR(f->test_loss(x), test, 1e-13 * test);
  }
}

TEST_P(Regression, AGradientTellsTheLossOfItsMinibatch) {
  auto p = problem<double>(GetParam(), 0.1, 3000);
  for (const Index batch : {5, 0}) {  // 0: many blocks
    p.minibatch.batch_size = batch;
    const auto f = twins::make(GetParam(), p);
    ASSERT_TRUE(f->reports_minibatch_loss());
    const auto x = twins::random_point<double>(f->dimension(), 0.5, 6);
    Vector<double> g, silent;
    std::vector<std::uint32_t> rows;
    const auto scratch = f->scratch();
    for (std::uint64_t index = 0; index < 3; ++index) {
      scratch->wants_loss = false;
      f->gradient(1, index, x, silent, *scratch);
      scratch->wants_loss = true;
      f->gradient(1, index, x, g, *scratch);
      EXPECT_EQ(g, silent);
      p.minibatch.rows(1, index, p.partition, 3000, rows);
      const double expected =
          static_cast<double>(twins::mean_loss(GetParam(), *p.data.train, rows, x)) + 0.05 * x.squaredNorm();
      EXPECT_NEAR(scratch->loss, expected, 1e-13 * expected);
    }
  }
}

TEST_P(Regression, FullGradientIsTheDerivativeOfTheLoss) {
  const auto p = problem<double>(GetParam());
  const auto f = twins::make(GetParam(), p);
  const auto x = twins::random_point<double>(f->dimension(), 0.5, 6);
  Vector<double> g;
  f->full_gradient(x, g);
  // Of the twin's loss; rounding 1e-16/1e-3 and formula (1e-3)⁴ both leave less than 1e-10.
  const auto expected = twins::differences([&](const auto& y) { return twins::loss(GetParam(), p, y); }, x);
  EXPECT_LT((g - expected).norm(), 1e-10 * (1 + expected.norm()));
}

// In order and without gaps; where the last feature is for a bias, the last coordinate of each output is one.
TEST_P(Regression, BlocksTellWeightsAndBiasesApart) {
  auto p = problem<double>(GetParam());
  const auto whole = twins::make(GetParam(), p)->blocks();
  const Index outputs = GetParam() == Kind::softmax ? 4 : 1;
  ASSERT_EQ(whole.size(), 1u);
  EXPECT_EQ(whole[0].size(), 7 * outputs);
  EXPECT_EQ(whole[0].role, BlockRole::weight);
  auto with_bias = std::make_shared<Dataset<double>>(*p.data.train);
  with_bias->has_bias = true;
  p.data.train = with_bias;
  const auto pairs = twins::make(GetParam(), p)->blocks();
  ASSERT_EQ(pairs.size(), static_cast<std::size_t>(2 * outputs));
  Index next = 0;
  for (std::size_t k = 0; k < pairs.size(); ++k) {
    EXPECT_EQ(pairs[k].offset, next);
    EXPECT_EQ(pairs[k].size(), k % 2 == 0 ? 6 : 1);
    EXPECT_EQ(pairs[k].role, k % 2 == 0 ? BlockRole::weight : BlockRole::bias);
    next += pairs[k].size();
  }
  EXPECT_EQ(next, 7 * outputs);
}

TEST_P(Regression, BatchZeroIsTheGradientOfTheWorker) {
  auto p = problem<double>(GetParam(), 0.1, 5000);
  p.minibatch.batch_size = 0;
  const auto f = twins::make(GetParam(), p);
  const auto x = twins::random_point<double>(f->dimension(), 0.5, 6);
  Vector<double> g(x.size()), sum = Vector<double>::Zero(x.size()), full;
  const auto scratch = f->scratch();
  for (Worker i = 0; i < 3; ++i) {
    f->gradient(i, 0, x, g, *scratch);
    sum += g / 3;
    const auto expected = twins::differences([&](const auto& y) { return f->worker_loss(i, y); }, x);
    // Differences of fourth order: h⁴ = 1e-12 of the formula and ε/h = 1e-13 of rounding, times constants.
    EXPECT_LT((g - expected).norm(), 1e-10 * (1 + expected.norm()));
  }
  f->full_gradient(x, full);
  // Sums of the same few hundred terms in another order.
  EXPECT_LT((sum - full).norm(), 1e-13 * (1 + full.norm()));
}

TEST_P(Regression, MinibatchGradientIsTheMeanOverItsRows) {
  const auto p = problem<double>(GetParam());
  const auto f = twins::make(GetParam(), p);
  const auto x = twins::random_point<double>(f->dimension(), 0.5, 6);
  Vector<double> g(x.size());
  const auto scratch = f->scratch();
  std::vector<std::uint32_t> rows;
  for (const std::uint64_t index : {0u, 1u, 77u}) {
    f->gradient(2, index, x, g, *scratch);
    p.minibatch.rows(2, index, p.partition, 500, rows);
    const auto expected = twins::differences(
        [&](const Vector<double>& y) {
          return static_cast<double>(twins::mean_loss(GetParam(), *p.data.train, rows, y)) +
                 0.05 * y.squaredNorm();
        },
        x);
    EXPECT_LT((g - expected).norm(), 1e-10 * (1 + expected.norm()));
    Vector<double> again(x.size());
    const auto fresh = f->scratch();
    f->gradient(2, index, x, again, *fresh);
    EXPECT_EQ(g, again);  // whatever the scratch held before
  }
}

TEST_P(Regression, MinibatchGradientIsUnbiased) {
  // The mean of 20000 independent gradients against the worker's own, coordinate by coordinate, within 5
  // standard errors.
  auto p = problem<double>(GetParam());
  const auto stochastic = twins::make(GetParam(), p);
  p.minibatch.batch_size = 0;
  const auto exact = twins::make(GetParam(), p);
  const auto x = twins::random_point<double>(exact->dimension(), 0.5, 6);
  Vector<double> g(x.size()), expected(x.size());
  Vector<double> sum = Vector<double>::Zero(x.size()), squares = sum;
  const auto scratch = exact->scratch();
  const auto own = stochastic->scratch();
  exact->gradient(1, 0, x, expected, *scratch);
  constexpr int draws = 20000;
  for (int k = 0; k < draws; ++k) {
    stochastic->gradient(1, static_cast<std::uint64_t>(k), x, g, *own);
    sum += g - expected;
    squares += (g - expected).cwiseAbs2();
  }
  for (Index k = 0; k < x.size(); ++k) {
    EXPECT_LT(std::abs(sum[k]) / draws, 5 * std::sqrt(squares[k] / draws / draws)) << k;
    EXPECT_GT(squares[k], 0);
  }
}

TEST_P(Regression, SinglePrecisionAgreesWithDouble) {
  const auto narrow = twins::make(GetParam(), problem<float>(GetParam()));
  const auto wide = twins::make(GetParam(), problem<double>(GetParam()));
  const Vector<float> x = twins::random_point<float>(narrow->dimension(), 0.5, 6);
  const Vector<double> y = x.cast<double>();
  // Scores are sums of 7 products in single precision: some 1e-6 relative to their size of about 1.
  EXPECT_NEAR(narrow->loss(x), wide->loss(y), 1e-5 * wide->loss(y));
  EXPECT_NEAR(narrow->test_loss(x), wide->test_loss(y), 1e-5 * wide->test_loss(y));
  Vector<float> g(x.size());
  Vector<double> h(y.size());
  narrow->full_gradient(x, g);
  wide->full_gradient(y, h);
  // As for the losses.
  EXPECT_LT((g.cast<double>() - h).norm(), 1e-5 * h.norm());
  const auto scratch = narrow->scratch();
  const auto double_scratch = wide->scratch();
  narrow->gradient(0, 4, x, g, *scratch);
  wide->gradient(0, 4, y, h, *double_scratch);
  EXPECT_LT((g.cast<double>() - h).norm(), 1e-5 * h.norm());
  // The minimiser is found in double precision from tables that are equal.
  EXPECT_LT((narrow->minimiser().point - wide->minimiser().point).norm(), 1e-8);
}

TEST_P(Regression, MinimiserHasNoGradientAndStrongConvexityHolds) {
  const auto p = problem<double>(GetParam());
  const auto f = twins::make(GetParam(), p);
  ASSERT_EQ(f->no_minimiser_reason(), "");
  const Minimiser& best = f->minimiser();
  const auto gradient =
      twins::differences([&](const auto& y) { return twins::loss(GetParam(), p, y); }, best.point);
  EXPECT_LT(gradient.norm(), 1e-10);          // accuracy of the differences
  EXPECT_LE(best.gradient_norm, 1e-10 * 10);  // the solver's tolerance; ‖∇f(0)‖ is below 10
  EXPECT_NEAR(best.value, twins::loss(GetParam(), p, best.point), 1e-13 * best.value);
  const auto constants = f->constants();
  ASSERT_TRUE(constants.smoothness && constants.strong_convexity);
  EXPECT_GE(*constants.strong_convexity, 0.1);
  for (std::uint64_t seed = 0; seed < 20; ++seed) {  // μ/2 ‖x − x*‖² ≤ f(x) − f* ≤ L/2 ‖x − x*‖²
    const Vector<double> x =
        best.point + twins::random_point<double>(f->dimension(), seed % 2 == 0 ? 1.0 : 0.01, seed);
    const double excess = f->loss(x) - best.value, distance = (x - best.point).squaredNorm();
    const double rounding = 1e-15;
    EXPECT_GE(excess, 0.5 * *constants.strong_convexity * distance - rounding);
    EXPECT_LE(excess, 0.5 * *constants.smoothness * distance + rounding);
  }
}

TEST_P(Regression, SmoothnessBoundsEveryWorker) {
  auto p = problem<double>(GetParam());
  p.minibatch.batch_size = 0;
  const auto f = twins::make(GetParam(), p);
  const auto constants = f->constants();
  const auto scratch = f->scratch();
  Vector<double> g(f->dimension()), h(f->dimension());
  for (Worker i = 0; i < 3; ++i) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const auto x = twins::random_point<double>(f->dimension(), 0.3, seed);
      const auto y = twins::random_point<double>(f->dimension(), 0.3, 100 + seed);
      f->gradient(i, 0, x, g, *scratch);
      f->gradient(i, 0, y, h, *scratch);
      EXPECT_LE((g - h).norm(), *constants.smoothness * (x - y).norm());
      EXPECT_GE((g - h).dot(x - y), *constants.strong_convexity * (x - y).squaredNorm());
    }
  }
}

TEST_P(Regression, RefusesPartsThatDoNotFit) {
  const auto bad = [&](auto change) {
    auto p = problem<double>(GetParam());
    change(p);
    EXPECT_THROW(twins::make(GetParam(), p), InputError);
  };
  bad([](auto& p) { p.l2 = -1; });
  bad([](auto& p) { p.l2 = std::nan(""); });
  bad([](auto& p) { p.workers = 4; });
  bad([](auto& p) { p.workers = 0; });
  bad([](auto& p) { p.minibatch.batch_size = -1; });
  bad([](auto& p) { p.partition.rows[1].clear(); });
  bad([](auto& p) { p.partition.rows[1].push_back(500); });
  bad([](auto& p) { p.partition.rows[1].push_back(p.partition.rows[0][0]); });  // owned by two workers
  bad([](auto& p) { p.partition.rows[1].push_back(p.partition.rows[1][0]); });  // twice by one
  bad([](auto& p) { p.data.train = nullptr; });
  bad([](auto& p) { p.data.test = twins::random_data<double>(GetParam(), 20, 8, 1); });
  bad([](auto& p) {
    p.data.train =
        twins::random_data<double>(GetParam() == Kind::linear ? Kind::softmax : Kind::linear, 500, 7, 1);
  });
}

INSTANTIATE_TEST_SUITE_P(All, Regression, testing::Values(Kind::linear, Kind::logistic, Kind::softmax),
                         [](const auto& test) { return twins::name_of(test.param); });

TEST(LinearRegression, HasItsClosedForm) {
  auto data = std::make_shared<Dataset<double>>();
  data->features = (Matrix<double>(1, 3) << 2, 1, 1).finished();
  data->targets = (Vector<double>(3) << 2, 3, -1).finished();
  const Partition partition{.shared = false, .rows = {{0}, {1, 2}}};
  const auto f =
      make_linear_regression<double>({.data = {data, nullptr}, .partition = partition, .workers = 2});
  // f(x) = ½·½(2x − 2)² + ½·¼[(x − 3)² + (x + 1)²] = (x − 1)² + ¼(x − 1)² + 1: x* = 1, f* = 1, f'' = 2.5.
  EXPECT_NEAR(f->minimiser().point[0], 1.0, 1e-15);
  EXPECT_NEAR(f->minimiser().value, 1.0, 1e-15);
  EXPECT_NEAR(f->loss(Vector<double>::Constant(1, 3.0)), 1 + 1.25 * 4, 1e-14);
  EXPECT_NEAR(*f->constants().smoothness, 4.0, 1e-14);        // worker 0: 2²
  EXPECT_NEAR(*f->constants().strong_convexity, 1.0, 1e-14);  // worker 1: (1 + 1)/2
  EXPECT_FALSE(f->is_classifier());
  EXPECT_FALSE(f->has_test_set());
}

TEST(LinearRegression, AgreesWithAnOrthogonalDecomposition) {
  const auto p = problem<double>(Kind::linear, 0.0);
  const auto f = twins::make(Kind::linear, p);
  Matrix<double> rows(500, 7);
  Vector<double> targets(500);
  for (Worker i = 0; i < 3; ++i) {
    for (const auto s : p.partition.rows[i]) {
      const double root = 1 / std::sqrt(static_cast<double>(p.partition.rows[i].size()));
      rows.row(s) = root * p.data.train->features.col(s).transpose();
      targets[s] = root * p.data.train->targets[s];
    }
  }
  const Vector<double> expected = rows.colPivHouseholderQr().solve(targets);
  EXPECT_LT((f->minimiser().point - expected).norm(), 1e-13);
}

TEST(LinearRegression, SaysWhereThereIsNoUniqueMinimiser) {
  auto p = problem<double>(Kind::linear, 0.0, 6);  // 6 samples, 7 features
  p.partition = {};
  const auto few = make_linear_regression(p);
  EXPECT_THAT(few->no_minimiser_reason(), testing::HasSubstr("l2 > 0"));
  EXPECT_THROW(few->minimiser(), InputError);
  // The smallest eigenvalue is 0 but for rounding of 1e-16 of the largest, about 10.
  EXPECT_FALSE(few->constants().strong_convexity && *few->constants().strong_convexity > 1e-12);
  auto copy = std::make_shared<Dataset<double>>(*problem<double>(Kind::linear).data.train);
  copy->features.row(3) = 2 * copy->features.row(1);
  p = problem<double>(Kind::linear, 0.0);
  p.data.train = copy;
  EXPECT_THAT(make_linear_regression(p)->no_minimiser_reason(), testing::HasSubstr("l2 > 0"));
  p.l2 = 1e-3;
  EXPECT_EQ(make_linear_regression(p)->no_minimiser_reason(), "");
}

TEST(Classifiers, NeedRegularisationForAMinimiser) {
  for (const Kind kind : {Kind::logistic, Kind::softmax}) {
    const auto f = twins::make(kind, problem<double>(kind, 0.0));
    EXPECT_THAT(f->no_minimiser_reason(), testing::HasSubstr("needs l2 > 0"));
    EXPECT_THROW(f->minimiser(), InputError);
    EXPECT_FALSE(f->constants().strong_convexity);
  }
  auto p = problem<double>(Kind::softmax);
  EXPECT_THROW(make_logistic_regression(p), InputError);  // four classes
}

TEST(Classifiers, CountTheSamplesTheyGetRight) {
  for (const Kind kind : {Kind::logistic, Kind::softmax}) {
    const auto p = problem<double>(kind);
    const auto f = twins::make(kind, p);
    EXPECT_TRUE(f->is_classifier());
    const auto x = twins::random_point<double>(f->dimension(), 1.0, 8);
    int correct = 0;
    for (Index s = 0; s < 90; ++s) {
      const Vector<double> a = p.data.test->features.col(s);
      int predicted = a.dot(x.head(7)) > 0 ? 1 : 0;
      if (kind == Kind::softmax) {
        predicted = 0;
        for (int c = 1; c < 4; ++c) {
          if (a.dot(x.segment(7 * c, 7)) > a.dot(x.segment(7 * predicted, 7))) predicted = c;
        }
      }
      correct += predicted == p.data.test->labels[static_cast<std::size_t>(s)] ? 1 : 0;
    }
    EXPECT_EQ(f->test_accuracy(x), correct / 90.0);
    EXPECT_GT(correct, 0);
    EXPECT_LT(correct, 90);
  }
}

TEST(Classifiers, StayExactAtLargeMargins) {
  // One feature, one sample per class, weight w: losses log(1 + e^{∓w·a}).
  auto data = std::make_shared<Dataset<double>>();
  data->features = (Matrix<double>(1, 2) << -1, 1).finished();
  data->labels = {0, 1};
  data->classes = 2;
  const RegressionParameters<double> p{.data = {data, nullptr}, .minibatch = {.batch_size = 0}};
  const auto logistic = make_logistic_regression(p);
  const auto softmax = make_softmax_regression(p);
  const auto scratch = logistic->scratch();
  for (const double w : {1e-3, 1.0, 12.0, 30.0, 300.0, 600.0}) {
    const double expected = std::log1p(std::exp(-w)), slope = -std::exp(-w) / (1 + std::exp(-w));
    const Vector<double> x = Vector<double>::Constant(1, w);
    Vector<double> g(1), pair(2), pair_gradient(2);
    // An exponential and a logarithm, each right to a few units in the last place (vector_math.hpp).
    EXPECT_NEAR(logistic->loss(x), expected, 4e-15 * expected);
    EXPECT_NEAR(logistic->loss(-x), w + expected, 4e-15 * (w + expected));
    logistic->gradient(0, 0, x, g, *scratch);
    EXPECT_NEAR(g[0], slope, 4e-15 * std::abs(slope));
    logistic->gradient(0, 0, -x, g, *scratch);
    EXPECT_NEAR(g[0], -1 - slope, 4e-15);
    pair << -w / 2, w / 2;  // the same model; here the logarithm of 1 + tiny is exact to 1e-16 only
    EXPECT_NEAR(softmax->loss(pair), expected, 4e-16 + 4e-15 * expected);
    softmax->gradient(0, 0, pair, pair_gradient, *softmax->scratch());
    EXPECT_NEAR(pair_gradient[1], slope, 4e-16);
  }
  for (const double w : {1e5, 1e200}) {  // beyond the range of the exponential
    const Vector<double> x = Vector<double>::Constant(1, w);
    EXPECT_EQ(logistic->loss(x), 0);
    EXPECT_EQ(logistic->loss(-x), w);
  }
}

TEST(LinearModel, BoundsTheSpectrumOfManyFeaturesByPowerIteration) {
  // 1500 features: beyond the dense solver. Second moment with one dominant direction: λmax from the 300 ×
  // 300 Gram matrix.
  auto data = twins::random_data<double>(Kind::logistic, 300, 1500, 4);
  data->features.row(0) *= 20;
  const auto f = make_logistic_regression<double>({.data = {data, nullptr}, .l2 = 0.5});
  const Matrix<double> gram = data->features.transpose() * data->features / 300;
  const double largest = Eigen::SelfAdjointEigenSolver<Matrix<double>>(gram).eigenvalues()[299];
  EXPECT_NEAR(*f->constants().smoothness, largest / 4 + 0.5, 1e-5 * largest);  // it stops at 1e-6 per step
  EXPECT_EQ(*f->constants().strong_convexity, 0.5);
  EXPECT_LE(f->minimiser().gradient_norm,
            1e-10 * 10);  // more features than the solver's metric takes: without it
}

}  // namespace
}  // namespace acidsim
