#include "sim/objectives/quadratic.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/core/error.hpp"
#include "tests/objectives/twins.hpp"

namespace acidsim {
namespace {

const QuadraticParameters spread = {
    .dimension = 5, .curvature_min = 0.5, .curvature_max = 4, .noise = 0, .heterogeneity = 2};

TEST(Quadratic, IsItsFormula) {
  Matrix<double> b(5, 3);
  b << 1, 2, 3, 0, -1, 4, 2, 2, 2, -3, 0, 1, 0.5, 0, -0.5;
  const auto f = make_quadratic<double>(spread, b, 1);
  const double h[] = {0.5, 1.375, 2.25, 3.125, 4};
  const auto x = twins::random_point<double>(5, 1.0, 3);
  double mean = 0;
  const auto scratch = f->scratch();
  Vector<double> g(5), full;
  for (Worker i = 0; i < 3; ++i) {
    double value = 0;
    f->gradient(i, 7, x, g, *scratch);
    // Tolerances: values below 100 from five terms, each with a few roundings of 1e-16 of itself; differences
    // of fourth order with step 1e-3 are right to 1e-11.
    for (Index k = 0; k < 5; ++k) {
      value += 0.5 * h[k] * std::pow(x[k] - b(k, i), 2);
      EXPECT_NEAR(g[k], h[k] * (x[k] - b(k, i)), 1e-14);
    }
    EXPECT_NEAR(f->worker_loss(i, x), value, 1e-13);
    mean += value / 3;
  }
  EXPECT_NEAR(f->loss(x), mean, 1e-13);
  f->full_gradient(x, full);
  EXPECT_LT((full - twins::differences([&](const auto& y) { return f->loss(y); }, x)).norm(), 1e-10);
  EXPECT_EQ(*f->constants().smoothness, 4);
  EXPECT_EQ(*f->constants().strong_convexity, 0.5);
}

TEST(Quadratic, KnowsItsMinimiser) {
  const auto f = make_quadratic<double>(spread, Worker{6}, 1, 2);
  const Minimiser& best = f->minimiser();
  Vector<double> g;
  f->full_gradient(best.point, g);
  EXPECT_EQ(g.norm(), 0);
  double value = 0, squares = 0;
  const auto scratch = f->scratch();
  Vector<double> sum = Vector<double>::Zero(5);
  for (Worker i = 0; i < 6; ++i) {
    value += f->worker_loss(i, best.point) / 6;
    f->gradient(i, 0, best.point, g, *scratch);
    squares += g.squaredNorm() / 6;
    sum += g;
  }
  // Sums of 30 terms of both signs, each with a few roundings of 1e-16.
  EXPECT_NEAR(best.value, value, 1e-13 * value);
  EXPECT_LT(sum.norm(), 1e-13);
  EXPECT_GT(squares, 0) << "the workers differ, and only their sum vanishes";
}

TEST(Quadratic, CentresHaveTheirVariance) {
  // 4000 workers × 5 coordinates, b ~ N(0, 4): sample variance within 4σ, σ = 4√(2/20000); mean within
  // 4·2/√20000.
  const auto f = make_quadratic<double>({.dimension = 5, .heterogeneity = 2}, Worker{4000}, 9, 2);
  const auto scratch = f->scratch();
  Vector<double> g(5);
  const Vector<double> zero = Vector<double>::Zero(5);
  double sum = 0, squares = 0;
  for (Worker i = 0; i < 4000; ++i) {
    f->gradient(i, 0, zero, g, *scratch);
    sum += g.sum();
    squares += g.squaredNorm();
  }
  EXPECT_NEAR(sum / 20000, 0, 4 * 2 / std::sqrt(20000.0));
  EXPECT_NEAR(squares / 20000, 4, 4 * 4 * std::sqrt(2.0 / 20000));
}

TEST(Quadratic, NoiseHasItsVarianceAndIsIndependent) {
  // 10000 gradients × 5 coordinates of N(0, 0.09), for two workers. Bands of 4σ: a sample variance deviates
  // by σ²√(2/N), a correlation of N pairs by 1/√N.
  const auto f = make_quadratic<double>({.dimension = 5, .noise = 0.3}, Worker{2}, 1, 2);
  const auto scratch = f->scratch();
  const Vector<double> zero = Vector<double>::Zero(5);
  constexpr int draws = 10000;
  constexpr double values = 5.0 * draws;
  double sum = 0, squares = 0, across_workers = 0, across_indices = 0, across_coordinates = 0;
  Vector<double> a(5), b(5), previous = zero;
  for (int k = 0; k < draws; ++k) {
    f->gradient(0, static_cast<std::uint64_t>(k), zero, a, *scratch);
    f->gradient(1, static_cast<std::uint64_t>(k), zero, b, *scratch);
    sum += a.sum();
    squares += a.squaredNorm();
    across_workers += a.dot(b);
    across_indices += a.dot(previous);
    for (Index j = 0; j < 5; ++j) across_coordinates += a[j] * a[(j + 1) % 5];
    previous = a;
  }
  EXPECT_NEAR(sum / values, 0, 4 * 0.3 / std::sqrt(values));
  EXPECT_NEAR(squares / values, 0.09, 4 * 0.09 * std::sqrt(2 / values));
  EXPECT_NEAR(across_workers / values / 0.09, 0, 4 / std::sqrt(values));
  EXPECT_NEAR(across_indices / values / 0.09, 0, 4 / std::sqrt(values));
  EXPECT_NEAR(across_coordinates / values / 0.09, 0, 4 / std::sqrt(values));
}

TEST(Quadratic, NoiseIsAddressed) {
  const auto f = make_quadratic<double>({.dimension = 70, .noise = 1}, Worker{2}, 1, 2);
  const auto other = make_quadratic<double>({.dimension = 70, .noise = 1}, Worker{2}, 1, 3);
  const auto scratch = f->scratch();
  const Vector<double> zero = Vector<double>::Zero(70);
  Vector<double> a(70), b(70);
  f->gradient(1, 5, zero, a, *scratch);
  f->gradient(0, 9, zero, b, *scratch);
  EXPECT_NE(a, b);
  f->gradient(1, 5, zero, b, *scratch);
  EXPECT_EQ(a, b);
  other->gradient(1, 5, zero, b, *other->scratch());
  EXPECT_NE(a, b);
}

TEST(Quadratic, SinglePrecisionAgreesWithDouble) {
  QuadraticParameters p = spread;
  p.noise = 0.5;
  const auto wide = make_quadratic<double>(p, Worker{4}, 1, 2);
  const auto narrow = make_quadratic<float>(p, Worker{4}, 1, 2);
  const auto w = wide->scratch();
  const auto v = narrow->scratch();
  const Vector<float> x = twins::random_point<float>(5, 1, 1);
  Vector<double> g(5);
  Vector<float> h(5);
  wide->gradient(3, 8, x.cast<double>(), g, *w);
  narrow->gradient(3, 8, x, h, *v);
  EXPECT_LT((g - h.cast<double>()).norm(), 1e-6 * g.norm());  // a few roundings of 6e-8
  EXPECT_NEAR(narrow->loss(x), wide->loss(x.cast<double>()), 1e-6 * narrow->loss(x));
}

TEST(Quadratic, OneDimensionHasTheSmallerCurvature) {
  const auto f =
      make_quadratic<double>({.dimension = 1, .curvature_min = 2, .curvature_max = 9}, Worker{1}, 1, 2);
  EXPECT_EQ(*f->constants().smoothness, 2);
  EXPECT_EQ(f->loss(Vector<double>::Constant(1, 3.0)), 9);
  EXPECT_EQ(f->minimiser().value, 0);
}

TEST(Quadratic, RefusesImpossibleParameters) {
  const auto bad = [](QuadraticParameters p, Worker workers = 2) {
    EXPECT_THROW(make_quadratic<double>(p, workers, 1, 2), InputError);
  };
  bad({.dimension = 0});
  bad({.curvature_min = 0});
  bad({.curvature_min = 2, .curvature_max = 1});
  bad({.curvature_max = infinity});
  bad({.noise = -1});
  bad({.noise = std::nan("")});
  bad({.heterogeneity = -1});
  bad({.dimension = Index{1} << 40, .heterogeneity = 1}, 1000);
  bad({}, 0);
  EXPECT_THROW(make_quadratic<double>(spread, Matrix<double>(Matrix<double>::Zero(4, 3)), 1), InputError);
}

}  // namespace
}  // namespace acidsim
