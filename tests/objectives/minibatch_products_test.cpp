#include "sim/objectives/minibatch_products.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "sim/core/random.hpp"

namespace acidsim {
namespace {

// N(0, 1) entries.
template <class Scalar>
Matrix<Scalar> normal(Index rows, Index columns, std::uint64_t seed) {
  Matrix<Scalar> result(rows, columns);
  Stream(seed, Purpose::synthetic_data)
      .normals<Scalar>(0, {result.data(), static_cast<std::size_t>(result.size())});
  return result;
}

std::vector<std::uint32_t> some_rows(Index count, Index samples) {
  Draws draws(Stream(4, Purpose::minibatch));
  std::vector<std::uint32_t> rows;
  for (Index k = 0; k < count; ++k)
    rows.push_back(static_cast<std::uint32_t>(draws.below(static_cast<std::uint64_t>(samples))));
  return rows;
}

// The slow twin: three nested loops in long double, and beside each sum that of absolute values, which scales
// the rounding of any order of summation.
struct Twin {
  Matrix<long double> value, size;
};
template <class Scalar>
Twin scores_twin(const Matrix<Scalar>& table, const std::vector<std::uint32_t>& rows,
                 const Matrix<Scalar>& w) {
  const auto samples = static_cast<Index>(rows.size());
  Twin twin{Matrix<long double>::Zero(samples, w.cols()), Matrix<long double>::Zero(samples, w.cols())};
  for (Index s = 0; s < samples; ++s) {
    for (Index c = 0; c < w.cols(); ++c) {
      for (Index k = 0; k < w.rows(); ++k) {
        const long double term = static_cast<long double>(table(k, rows[static_cast<std::size_t>(s)])) *
                                 static_cast<long double>(w(k, c));
        twin.value(s, c) += term;
        twin.size(s, c) += std::abs(term);
      }
    }
  }
  return twin;
}
template <class Scalar>
Twin gradient_twin(const Matrix<Scalar>& table, const std::vector<std::uint32_t>& rows,
                   const Matrix<Scalar>& derivatives, Scalar factor, const Matrix<Scalar>& start) {
  Twin twin{static_cast<long double>(factor) * start.template cast<long double>(),
            std::abs(static_cast<long double>(factor)) * start.template cast<long double>().cwiseAbs()};
  for (Index s = 0; s < derivatives.rows(); ++s) {
    for (Index c = 0; c < start.cols(); ++c) {
      for (Index k = 0; k < start.rows(); ++k) {
        const long double term = static_cast<long double>(table(k, rows[static_cast<std::size_t>(s)])) *
                                 static_cast<long double>(derivatives(s, c));
        twin.value(k, c) += term;
        twin.size(k, c) += std::abs(term);
      }
    }
  }
  return twin;
}

// A sum of n products is off by at most n + 1 roundings of ε/2 of the sum of absolute values [Higham, 2002].
template <class Scalar>
void expect_near(const Matrix<Scalar>& found, const Twin& twin, Index terms) {
  const auto bound = static_cast<long double>(std::numeric_limits<Scalar>::epsilon()) / 2 *
                     static_cast<long double>(terms + 1);
  for (Index c = 0; c < found.cols(); ++c) {
    for (Index k = 0; k < found.rows(); ++k) {
      EXPECT_LE(std::abs(static_cast<long double>(found(k, c)) - twin.value(k, c)), bound * twin.size(k, c))
          << k << ", " << c;
    }
  }
}

template <class Scalar>
class MinibatchProductsTest : public testing::Test {};
using Scalars = testing::Types<float, double>;
TYPED_TEST_SUITE(MinibatchProductsTest, Scalars);

TYPED_TEST(MinibatchProductsTest, EqualTheSlowTwinInEveryShape) {
  using Scalar = TypeParam;
  LinearScratch<Scalar> scratch;  // one for all: what it held before does not matter
  for (const Index features : {1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 33, 64, 67, 130}) {
    const Matrix<Scalar> table = normal<Scalar>(features, 40, 1);
    for (const Index outputs : {1, 2, 3, 4, 5, 6, 7, 10, 11, 23}) {
      const Matrix<Scalar> w = normal<Scalar>(features, outputs, 2);
      for (const Index samples : {1, 2, 4, 5, 11}) {
        const auto rows = some_rows(samples, table.cols());
        MinibatchProducts<Scalar> products(table, w.data(), outputs, scratch);
        ASSERT_GE(products.block(), samples);
        const Matrix<Scalar> scores = Eigen::Map<Matrix<Scalar>>(products.scores(rows), samples, outputs);
        expect_near(scores, scores_twin(table, rows, w), features);

        const Matrix<Scalar> derivatives = normal<Scalar>(samples, outputs, 3);
        Matrix<Scalar> g =
            Matrix<Scalar>::Constant(features, outputs, std::numeric_limits<Scalar>::quiet_NaN());
        products.gradient(derivatives.data(), Scalar(0.25), w.data(), g.data());
        expect_near(g, gradient_twin<Scalar>(table, rows, derivatives, Scalar(0.25), w), samples + 1);
        const Matrix<Scalar> before = g;
        products.gradient(derivatives.data(), Scalar(1), g.data(), g.data());
        expect_near(g, gradient_twin<Scalar>(table, rows, derivatives, Scalar(1), before), samples + 1);
        g.setConstant(std::numeric_limits<Scalar>::quiet_NaN());  // not read where the factor is 0
        products.gradient(derivatives.data(), Scalar(0), g.data(), g.data());
        expect_near(g, gradient_twin<Scalar>(table, rows, derivatives, Scalar(0), w), samples);
      }
    }
  }
}

TYPED_TEST(MinibatchProductsTest, DoNotDependOnAlignment) {
  using Scalar = TypeParam;
  constexpr Index features = 37, outputs = 3, samples = 6;
  const Matrix<Scalar> table = normal<Scalar>(features, 20, 1), w = normal<Scalar>(features, outputs, 2);
  const auto rows = some_rows(samples, table.cols());
  LinearScratch<Scalar> scratch;
  MinibatchProducts<Scalar> products(table, w.data(), outputs, scratch);
  const Matrix<Scalar> scores = Eigen::Map<Matrix<Scalar>>(products.scores(rows), samples, outputs);
  Matrix<Scalar> g(features, outputs);
  products.gradient(scores.data(), Scalar(0.5), w.data(), g.data());
  for (Index shift = 1; shift < 16; ++shift) {
    Vector<Scalar> moved(w.size() + shift), moved_scores(scores.size() + shift), moved_g(g.size() + shift);
    moved.tail(w.size()) = w.reshaped();
    moved_scores.tail(scores.size()) = scores.reshaped();
    MinibatchProducts<Scalar> again(table, moved.data() + shift, outputs, scratch);
    EXPECT_EQ(Eigen::Map<Matrix<Scalar>>(again.scores(rows), samples, outputs), scores);
    again.gradient(moved_scores.data() + shift, Scalar(0.5), moved.data() + shift, moved_g.data() + shift);
    EXPECT_EQ(moved_g.tail(g.size()), g.reshaped());
  }
}

TYPED_TEST(MinibatchProductsTest, AScoreDependsOnItsOwnSampleAndOutputOnly) {
  using Scalar = TypeParam;
  constexpr Index features = 45, outputs = 8, samples = 13;
  const Matrix<Scalar> table = normal<Scalar>(features, 20, 1), w = normal<Scalar>(features, outputs, 2);
  const auto rows = some_rows(samples, table.cols());
  LinearScratch<Scalar> scratch;
  MinibatchProducts<Scalar> products(table, w.data(), outputs, scratch);
  const Matrix<Scalar> scores = Eigen::Map<Matrix<Scalar>>(products.scores(rows), samples, outputs);
  for (Index c = 0; c < outputs; ++c) {
    MinibatchProducts<Scalar> column(table, w.col(c).data(), 1, scratch);
    for (std::size_t s = 0; s < rows.size(); ++s)
      EXPECT_EQ(*column.scores(std::span(rows).subspan(s, 1)), scores(static_cast<Index>(s), c));
  }
}

}  // namespace
}  // namespace acidsim
