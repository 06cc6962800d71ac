// Every metric against its formula, written out in plain loops over states and an objective made up for the
// purpose.
#include "sim/metrics/metric.hpp"

#include <gtest/gtest.h>

#include <set>

#include "sim/core/random.hpp"
#include "sim/metrics/largest_coordinate.hpp"

namespace acidsim {
namespace {

// States given as one matrix per vector: dimension × workers.
template <class Scalar>
class GivenStates final : public StateView<Scalar> {
 public:
  explicit GivenStates(std::vector<Matrix<Scalar>> vectors) : vectors_(std::move(vectors)) {}
  Worker workers() const override { return static_cast<Worker>(vectors_[0].cols()); }
  Index dimension() const override { return vectors_[0].rows(); }
  int vectors() const override { return static_cast<int>(vectors_.size()); }
  void read(Worker worker, int a, std::span<Scalar> out) const override {
    const auto column = vectors_[a == the_model ? 0 : static_cast<std::size_t>(a)].col(worker);
    std::copy(column.begin(), column.end(), out.begin());
    ++reads;
  }
  mutable int reads = 0;

 private:
  std::vector<Matrix<Scalar>> vectors_;
};

// f(x) = Σ_k x_k + 10, ∇f = (1, 2, 3, …), x* = (1, 1, …), f* = 4; the test loss is 2 x_0, the accuracy |x_0|
// / 100.
template <class Scalar>
class MadeUpObjective final : public Objective<Scalar> {
 public:
  explicit MadeUpObjective(Index dimension) : minimiser_{Vector<double>::Ones(dimension), 4.0, 0.0} {}
  Index dimension() const override { return minimiser_.point.size(); }
  Worker workers() const override { return 5; }
  void gradient(Worker worker, std::uint64_t index, const Vector<Scalar>& x, Vector<Scalar>&,
                GradientScratch& scratch) const override {
    scratch.loss = static_cast<double>(x.sum()) + 100 * worker + 1000.0 * static_cast<double>(index) + 7;
  }
  double loss(const Vector<Scalar>& x) const override {
    ++losses;
    return static_cast<double>(x.sum()) + 10;
  }
  double worker_loss(Worker, const Vector<Scalar>&) const override { return 0; }
  void full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const override {
    for (Index k = 0; k < x.size(); ++k) g[k] = static_cast<Scalar>(k + 1);
  }
  const Minimiser& minimiser() const override { return minimiser_; }
  double test_loss(const Vector<Scalar>& x) const override { return 2 * static_cast<double>(x[0]); }
  double test_accuracy(const Vector<Scalar>& x) const override {
    return std::abs(static_cast<double>(x[0])) / 100;
  }
  mutable int losses = 0;

 private:
  Minimiser minimiser_;
};

template <class Scalar>
Matrix<Scalar> random_matrix(std::uint64_t seed, Index rows, Index columns) {
  Matrix<Scalar> matrix(rows, columns);
  Stream(seed, Purpose::initial_state)
      .normals<Scalar>(0, {matrix.data(), static_cast<std::size_t>(matrix.size())});
  return matrix;
}

template <class Scalar>
class MetricTest : public ::testing::Test {
 protected:
  static constexpr Index dimension = 13;
  static constexpr Worker workers = 5;
  const Matrix<Scalar> x = random_matrix<Scalar>(1, dimension, workers);
  const Matrix<Scalar> y = random_matrix<Scalar>(2, dimension, workers);
  const GivenStates<Scalar> states{{x, y}};
  const MadeUpObjective<Scalar> objective{dimension};
  // Means of x are rounded to the run's precision before the objective sees them: a few ulp of numbers
  // below 30.
  const double tolerance = 100 * std::numeric_limits<Scalar>::epsilon();

  // The mean at time 0 is 0.
  static Vector<double> start() { return Vector<double>::Zero(dimension); }
  double value(const std::string& name) const {
    Snapshot<Scalar> snapshot(states, &objective);
    snapshot.start_at(start);
    for (const Metric<Scalar>& metric : all_metrics<Scalar>()) {
      if (metric.name == name) return metric.evaluate(snapshot);
    }
    ADD_FAILURE() << "no metric " << name;
    return 0;
  }
  static double mean(const Matrix<Scalar>& of, Index k) {
    double sum = 0;
    for (Worker i = 0; i < workers; ++i) sum += of(k, i);
    return sum / workers;
  }
};
using Scalars = ::testing::Types<float, double>;
TYPED_TEST_SUITE(MetricTest, Scalars);

TYPED_TEST(MetricTest, DistancesFollowTheirFormulas) {
  double consensus = 0, optimum = 0, mean_optimum = 0, gap = 0;
  for (Index k = 0; k < this->dimension; ++k) {
    const double mean = this->mean(this->x, k);
    for (Worker i = 0; i < this->workers; ++i) {
      consensus += std::pow(this->x(k, i) - mean, 2) / this->workers;
      mean_optimum += std::pow(this->x(k, i) - 1.0, 2) / this->workers;
    }
    optimum += std::pow(mean - 1.0, 2);
    gap += std::pow(mean - this->mean(this->y, k), 2);
  }
  // Sums are in double whatever the precision of the states.
  EXPECT_NEAR(this->value("consensus_distance"), consensus, 1e-13);
  EXPECT_NEAR(this->value("distance_to_optimum"), optimum, 1e-13);
  EXPECT_NEAR(this->value("mean_distance_to_optimum"), mean_optimum, 1e-13);
  EXPECT_NEAR(this->value("mixing_gap"), gap, 1e-13);
  double drift = 0;
  for (Index k = 0; k < this->dimension; ++k) drift += std::pow(this->mean(this->x, k), 2);
  EXPECT_NEAR(this->value("mean_drift"), drift, 1e-13);
}

TYPED_TEST(MetricTest, MinibatchLossIsThatOfTheRunOrElseOfTheFirstMinibatch) {
  for (const Metric<TypeParam>& metric : all_metrics<TypeParam>()) {
    if (metric.name != "minibatch_loss") continue;
    Snapshot<TypeParam> snapshot(&this->objective);
    snapshot.move_to(this->states, {.minibatch_loss = 0.375});
    EXPECT_EQ(metric.evaluate(snapshot), 0.375);
    EXPECT_EQ(this->objective.losses, 0);
    snapshot.move_to(this->states);
    EXPECT_EQ(metric.evaluate(snapshot), static_cast<double>(snapshot.mean_model().sum()) + 7);
  }
}

TYPED_TEST(MetricTest, LossesFollowTheirFormulas) {
  double loss = 10, worst = -infinity, worker_test_loss = 0, worker_accuracy = 0;
  for (Index k = 0; k < this->dimension; ++k) loss += this->mean(this->x, k);
  for (Worker i = 0; i < this->workers; ++i) {
    worst = std::max(worst, this->x.col(i).template cast<double>().sum() + 10);
    worker_test_loss += 2.0 * this->x(0, i) / this->workers;
    worker_accuracy += std::abs(this->x(0, i)) / 100.0 / this->workers;
  }
  EXPECT_NEAR(this->value("loss"), loss, this->tolerance);
  EXPECT_NEAR(this->value("suboptimality"), loss - 4, this->tolerance);
  EXPECT_NEAR(this->value("worst_worker_loss"), worst, this->tolerance);
  EXPECT_NEAR(this->value("test_loss"), 2 * this->mean(this->x, 0), this->tolerance);
  EXPECT_NEAR(this->value("test_accuracy"), std::abs(this->mean(this->x, 0)) / 100, this->tolerance);
  EXPECT_NEAR(this->value("mean_worker_test_loss"), worker_test_loss, this->tolerance);
  EXPECT_NEAR(this->value("mean_worker_accuracy"), worker_accuracy, this->tolerance);
  EXPECT_EQ(this->value("gradient_norm"), 13.0 * 14 * 27 / 6) << "Σ k² for k ≤ 13";
}

TYPED_TEST(MetricTest, MeansAndLossAreComputedOnce) {
  Snapshot<TypeParam> snapshot(this->states, &this->objective);
  for (const Metric<TypeParam>& metric : all_metrics<TypeParam>()) {
    if (metric.name == "loss" || metric.name == "suboptimality" || metric.name == "distance_to_optimum") {
      metric.evaluate(snapshot);
    }
  }
  EXPECT_EQ(this->states.reads, 5);
  EXPECT_EQ(this->objective.losses, 1);
}

TYPED_TEST(MetricTest, AllDistancesTogetherReadEveryModelOnce) {
  Snapshot<TypeParam> snapshot(this->states, &this->objective);
  for (const Metric<TypeParam>& metric : all_metrics<TypeParam>())
    if (metric.name.find("distance") != std::string::npos) metric.evaluate(snapshot);
  EXPECT_EQ(this->states.reads, 5);
}

// One snapshot moved over several states says what a fresh one says.
TYPED_TEST(MetricTest, MovingOnForgetsWhatWasComputed) {
  const GivenStates<TypeParam> others{{this->y, this->x}};
  Snapshot<TypeParam> moved(&this->objective);
  moved.start_at(this->start);
  for (const StateView<TypeParam>* given : {&this->states, &others, &this->states}) {
    moved.move_to(*given);
    for (const Metric<TypeParam>& metric : all_metrics<TypeParam>()) {
      Snapshot<TypeParam> fresh(*given, &this->objective);
      fresh.start_at(this->start);
      EXPECT_EQ(metric.evaluate(moved), metric.evaluate(fresh)) << metric.name;
    }
  }
}

TYPED_TEST(MetricTest, ASharedMinimiserTakesTheObjectivesPlace) {
  const Minimiser shared{Vector<double>::Zero(this->dimension), 3.0, 0.0};
  int asked = 0;
  Snapshot<TypeParam> snapshot(this->states, &this->objective);
  snapshot.share_minimiser([&]() -> const Minimiser& { return ++asked, shared; });
  double suboptimality = 0, distance = 0;
  for (const Metric<TypeParam>& metric : all_metrics<TypeParam>()) {
    if (metric.name == "suboptimality") suboptimality = metric.evaluate(snapshot);
    if (metric.name == "distance_to_optimum") distance = metric.evaluate(snapshot);
  }
  EXPECT_EQ(suboptimality, snapshot.mean_model_loss() - 3.0);
  // The same few squares of order 1 in another order.
  EXPECT_NEAR(distance, snapshot.mean().squaredNorm(), 1e-13);
  EXPECT_EQ(asked, 1);
}

TYPED_TEST(MetricTest, TableNamesEveryMetricOnceAndSaysWhatItNeeds) {
  std::set<std::string> names;
  for (const Metric<TypeParam>& metric : all_metrics<TypeParam>()) {
    EXPECT_FALSE(metric.what.empty());
    EXPECT_TRUE(names.insert(metric.name).second) << metric.name;
    EXPECT_LE(metric.needs.minimiser || metric.needs.test_set, metric.needs.objective) << metric.name;
    EXPECT_LE(metric.needs.classifier, metric.needs.test_set) << metric.name;
    if (!metric.needs.objective) {  // must do without one
      Snapshot<TypeParam> snapshot(this->states, nullptr);
      snapshot.start_at(this->start);
      EXPECT_TRUE(std::isfinite(metric.evaluate(snapshot)));
    }
  }
}

template <class Scalar>
double consensus_distance(Snapshot<Scalar>& snapshot) {
  for (const Metric<Scalar>& metric : all_metrics<Scalar>())
    if (metric.name == "consensus_distance") return metric.evaluate(snapshot);
  throw std::logic_error("no such metric");
}

// Workers 2⁻²⁰ apart at 10⁶: E x² − (E x)² would keep no digit. Sums of 4 equal dyadic numbers are exact.
TEST(ConsensusDistanceTest, DoesNotCancel) {
  Matrix<double> x = Matrix<double>::Constant(100, 4, 1e6);
  x.rightCols(2).array() += 0x1p-20;
  const GivenStates<double> states({x});
  Snapshot<double> snapshot(states, nullptr);
  EXPECT_EQ(consensus_distance(snapshot), 100 * 0x1p-42);
}

TEST(ConsensusDistanceTest, IsZeroAtConsensusInEveryPrecision) {
  const GivenStates<float> states({Matrix<float>::Constant(100, 8, 0.3f)});
  Snapshot<float> snapshot(states, nullptr);
  EXPECT_EQ(consensus_distance(snapshot), 0.0);
}

TEST(ExtentTest, FindsTheLargestCoordinateOfAnyVector) {
  Matrix<double> x = random_matrix<double>(3, 50, 6), y = x;
  y(49, 4) = -77;
  const LargestCoordinate found = largest_coordinate(GivenStates<double>({x, y}));
  EXPECT_TRUE(found.finite);
  EXPECT_EQ(found.largest, 77);
  EXPECT_EQ(found.worker, 4u);
}

TEST(ExtentTest, FindsWhatIsNotFinite) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    Matrix<float> x = Matrix<float>::Ones(9, 5);
    x(8, 3) = -bad;
    x(0, 1) = 1e30f;
    const LargestCoordinate found = largest_coordinate(GivenStates<float>({x}));
    EXPECT_FALSE(found.finite);
    EXPECT_EQ(found.worker, 3u);
    EXPECT_FALSE(std::isfinite(found.largest));
  }
}

}  // namespace
}  // namespace acidsim
