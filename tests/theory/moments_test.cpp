// Exact moments against the slow dense twin, on small random cases, and against the reference values of rings.
#include <gtest/gtest.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <random>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/ad_psgd.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/algorithms/dadao.hpp"
#include "sim/algorithms/gossip_tracking.hpp"
#include "sim/algorithms/swarm_sgd.hpp"
#include "sim/theory/exact_moments.hpp"
#include "tests/reference/linear_moments.hpp"
#include "tests/reference/mean_square_rate.hpp"

namespace acidsim::theory_test {
namespace {

using reference::HeavyBall;
using reference::LinearMoments;
using reference::NoisyQuadratic;

std::vector<Edge> ring(Worker workers, double rate) {
  std::vector<Edge> edges;
  for (Worker i = 0; i + 1 < workers; ++i) edges.push_back({i, i + 1, rate});
  if (workers > 2) edges.push_back({0, workers - 1, rate});
  return edges;
}

struct Case {
  Dynamics dynamics;
  std::vector<NoisyQuadratic> quadratics;
  HeavyBall optimizer;
  std::vector<Edge> edges;
  Matrix<double> start;

  Index dimension() const { return start.rows(); }
  StepRule step() const {
    return {optimizer.learning_rate, optimizer.momentum, optimizer.nesterov, optimizer.weight_decay};
  }
  Vector<double> minimiser() const {
    Matrix<double> sum = Matrix<double>::Zero(dimension(), dimension());
    Vector<double> right = Vector<double>::Zero(dimension());
    for (const NoisyQuadratic& f : quadratics) {
      sum += f.a;
      right += f.a * f.b;
    }
    return sum.ldlt().solve(right);
  }
  Matrix<double> curvature() const {
    Matrix<double> sum = Matrix<double>::Zero(dimension(), dimension());
    for (const NoisyQuadratic& f : quadratics) sum += f.a / static_cast<double>(quadratics.size());
    return sum;
  }
  // With a number 1 that never changes as the u of each worker, through which pulls A_i b_i act; seen from 0.
  ExactMoments moments() const {
    std::vector<LinearGradient> gradients;
    std::vector<double> rates;
    for (const NoisyQuadratic& f : quadratics) {
      gradients.push_back({f.a, f.a * f.b, f.noise});
      rates.push_back(f.rate);
    }
    const MomentEquations equations = moment_equations(dynamics, step(), gradients, rates, dimension(), 1);
    const std::shared_ptr<const Pairs> pairs = all_pairs(static_cast<Worker>(start.cols()), edges);
    StartMoments from(dimension() + 1, *pairs);
    Matrix<double> known = Matrix<double>::Ones(start.cols(), dimension() + 1);
    known.leftCols(dimension()) = start.transpose();
    from.add(known);
    return {equations, pairs, from, curvature()};
  }
  LinearMoments twin() const { return {dynamics, quadratics, optimizer, edges, start}; }
};

class Draws {
 public:
  explicit Draws(unsigned seed) : bits_(seed) {}
  double uniform(double low, double high) { return std::uniform_real_distribution<double>(low, high)(bits_); }
  Matrix<double> normals(Index rows, Index columns) {
    return Matrix<double>::NullaryExpr(rows, columns, [this] { return normal_(bits_); });
  }
  Matrix<double> positive(Index d) {
    const Matrix<double> factor = normals(d, d);
    return factor * factor.transpose() / static_cast<double>(d) + 0.2 * Matrix<double>::Identity(d, d);
  }

 private:
  std::mt19937 bits_;
  std::normal_distribution<double> normal_;
};

// Unequal rates of edges and gradients, unequal curvatures and centres, noise.
Case random_case(Dynamics dynamics, HeavyBall optimizer, Worker workers, Index dimension, unsigned seed) {
  Draws draws(seed);
  Case made{std::move(dynamics), {}, optimizer, ring(workers, 1), draws.normals(dimension, workers)};
  for (Edge& edge : made.edges) edge.rate = draws.uniform(0.2, 1);
  for (Worker i = 0; i < workers; ++i)
    made.quadratics.push_back(
        {draws.positive(dimension), draws.normals(dimension, 1), draws.uniform(0, 1), draws.uniform(0.5, 2)});
  return made;
}

// Step 0.02 of a fourth-order method at rates of some units: 1e-10 is left in 3 units of time, checked by halving.
void expect_equal_to_the_twin(const Case& made) {
  LinearMoments twin = made.twin();
  ExactMoments exact = made.moments();
  const std::vector<double> times = {0, 0.5, 1, 3};
  const std::vector<Expected> course = exact.at(times);
  double now = 0;
  for (std::size_t k = 0; k < times.size(); ++k) {
    twin.integrate(times[k] - now, 0.005);
    now = times[k];
    const Vector<double> origin = Vector<double>::Zero(made.dimension());
    EXPECT_NEAR(course[k].consensus, twin.consensus(), 1e-9 * (1e-3 + twin.consensus())) << "time " << now;
    EXPECT_NEAR(course[k].distance, twin.distance(origin), 1e-9 * (1e-3 + twin.distance(origin)))
        << "time " << now;
  }
}

Dynamics accelerated() { return a2cid2_dynamics({.eta = 0.3, .alpha = 0.5, .alpha_tilde = 1.2}); }

TEST(ExactMoments, EqualTheTwin) {
  const HeavyBall sgd{.learning_rate = 0.1};
  unsigned seed = 1;
  for (const auto& [name, dynamics] : std::vector<std::pair<std::string, Dynamics>>{
           {"async_gossip", async_gossip_dynamics({.alpha = 0.4})},
           {"a2cid2", accelerated()},
           {"ad_psgd, before", ad_psgd_dynamics(ReadTime::before_step)},
           {"ad_psgd, after", ad_psgd_dynamics(ReadTime::after_step)},
           {"swarm_sgd", swarm_sgd_dynamics(SwarmVariant::non_blocking)},
           {"gossip_tracking", gossip_tracking_dynamics()}}) {
    SCOPED_TRACE(name);
    expect_equal_to_the_twin(random_case(dynamics, sgd, 4, 1, ++seed));
    expect_equal_to_the_twin(random_case(dynamics, sgd, 3, 2, ++seed));
  }
}

TEST(ExactMoments, EqualTheTwinWithMomentumAndDecay) {
  for (const HeavyBall& optimizer :
       {HeavyBall{0.05, 0.8, 0, false}, HeavyBall{0.05, 0.8, 0.3, true}, HeavyBall{0.1, 0, 0.5, false}}) {
    expect_equal_to_the_twin(random_case(accelerated(), optimizer, 4, 1, 7));
    expect_equal_to_the_twin(random_case(async_gossip_dynamics({.alpha = 0.5}), optimizer, 3, 2, 8));
  }
}

TEST(ExactMoments, EqualTheTwinForDadao) {
  const Dynamics dadao = dadao_dynamics(dadao_parameters(0.5, 2, 1.5));
  expect_equal_to_the_twin(random_case(dadao, {.learning_rate = 1}, 3, 1, 9));
}

}  // namespace
}  // namespace acidsim::theory_test
