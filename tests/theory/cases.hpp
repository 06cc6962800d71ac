// Methods on quadratics, for the fast theory and for its slow twins.
#pragma once

#include <random>
#include <string>

#include "sim/theory/exact_moments.hpp"
#include "tests/reference/linear_moments.hpp"

namespace acidsim::theory_test {

using reference::HeavyBall;
using reference::LinearMoments;
using reference::NoisyQuadratic;

inline std::vector<Edge> ring(Worker workers, double rate) {
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
inline Case random_case(Dynamics dynamics, HeavyBall optimizer, Worker workers, Index dimension,
                        unsigned seed) {
  Draws draws(seed);
  Case made{std::move(dynamics), {}, optimizer, ring(workers, 1), draws.normals(dimension, workers)};
  for (Edge& edge : made.edges) edge.rate = draws.uniform(0.2, 1);
  for (Worker i = 0; i < workers; ++i)
    made.quadratics.push_back(
        {draws.positive(dimension), draws.normals(dimension, 1), draws.uniform(0, 1), draws.uniform(0.5, 2)});
  return made;
}

}  // namespace acidsim::theory_test
