// One pass over the states against two: first the mean, then the distances from it.
#include "sim/metrics/spread.hpp"

#include <gtest/gtest.h>

#include "sim/core/random.hpp"

namespace acidsim {
namespace {

template <class Scalar>
class Columns final : public StateView<Scalar> {
 public:
  explicit Columns(Matrix<Scalar> x) : x_(std::move(x)) {}
  Worker workers() const override { return static_cast<Worker>(x_.cols()); }
  Index dimension() const override { return x_.rows(); }
  int vectors() const override { return 1; }
  void read(Worker worker, int, std::span<Scalar> out) const override {
    std::copy(x_.col(worker).begin(), x_.col(worker).end(), out.begin());
  }

 private:
  Matrix<Scalar> x_;
};

// The slow twin, in long double.
struct Plain {
  std::vector<long double> mean;
  long double squares = 0;
};
template <class Scalar>
Plain plain(const Matrix<Scalar>& x) {
  Plain result;
  for (Index k = 0; k < x.rows(); ++k) {
    long double sum = 0;
    for (Index i = 0; i < x.cols(); ++i) sum += x(k, i);
    const long double mean = sum / static_cast<long double>(x.cols());
    for (Index i = 0; i < x.cols(); ++i) result.squares += (x(k, i) - mean) * (x(k, i) - mean);
    result.mean.push_back(mean);
  }
  return result;
}

// `apart`: standard deviation of the workers around a common point of size `size`; worker 0 is moved by
// `alone`.
template <class Scalar>
Matrix<Scalar> crowd(Index dimension, Index workers, double size, double apart, double alone) {
  Matrix<Scalar> x(dimension, workers);
  Stream(7, Purpose::initial_state).normals<Scalar>(0, {x.data(), static_cast<std::size_t>(x.size())});
  x *= static_cast<Scalar>(apart);
  x.array() += static_cast<Scalar>(size);
  x.col(0).array() += static_cast<Scalar>(alone);
  return x;
}

template <class Scalar>
void expect_twin(const Matrix<Scalar>& x, bool read_twice) {
  Spread<Scalar> spread;
  spread.measure(Columns<Scalar>(x), 0);
  const Plain twin = plain(x);
  const double epsilon = std::numeric_limits<double>::epsilon();
  // Sums of n terms or of n·d/8, rounded at each step, and the three digits that the difference may cost.
  const double rounding = epsilon * static_cast<double>(x.cols() + x.rows());
  EXPECT_NEAR(spread.squares, static_cast<double>(twin.squares),
              1e3 * rounding * static_cast<double>(twin.squares));
  const double largest = x.template cast<double>().cwiseAbs().maxCoeff();
  for (Index k = 0; k < x.rows(); ++k)
    EXPECT_NEAR(spread.mean[k], static_cast<double>(twin.mean[static_cast<std::size_t>(k)]),
                rounding * largest);
  EXPECT_EQ(spread.read_twice, read_twice);
}

TEST(SpreadTest, EqualsTwoPassesForEveryLength) {
  for (const Index d : {1, 7, 8, 9, 16, 63, 1000})
    for (const Index n : {2, 3, 64, 301}) {
      expect_twin(crowd<double>(d, n, 0, 1, 0), false);
      expect_twin(crowd<float>(d, n, 0, 1, 0), false);
    }
}

// States far from 0 and close together: E x² − (E x)² would keep no digit.
TEST(SpreadTest, CloseWorkersFarAway) {
  expect_twin(crowd<double>(40, 64, 1e6, 1e-6, 0), false);
  expect_twin(crowd<float>(40, 64, 1e4, 1.0, 0), false);
}

// Worker 0 alone is far out: then Q = n·D, and from a thousand workers on the difference is not trusted.
TEST(SpreadTest, ALonelyReferenceIsNoticed) {
  expect_twin(crowd<double>(5, 200, 0, 1e-3, 1e3), false);
  expect_twin(crowd<double>(5, 5000, 0, 1e-3, 1e3), true);
}

TEST(SpreadTest, ConsensusIsExactlyZero) {
  Spread<float> spread;
  spread.measure(Columns<float>(Matrix<float>::Constant(30, 9, 0.3f)), 0);
  EXPECT_EQ(spread.squares, 0.0);
  EXPECT_FALSE(spread.read_twice);
  spread.measure(Columns<float>(Matrix<float>::Constant(30, 1, 0.3f)), 0);  // a single worker
  EXPECT_EQ(spread.squares, 0.0);
  EXPECT_EQ(spread.mean[29], double(0.3f));
}

TEST(SpreadTest, WhatIsNotFiniteStaysSo) {
  Matrix<double> x = crowd<double>(4, 6, 0, 1, 0);
  x(2, 3) = infinity;
  Spread<double> spread;
  spread.measure(Columns<double>(x), 0);
  EXPECT_FALSE(std::isfinite(spread.squares));
  EXPECT_FALSE(std::isfinite(spread.mean[2]));
}

}  // namespace
}  // namespace acidsim
