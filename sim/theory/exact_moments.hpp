// Exact expectations of a linear method on quadratics: over time, in the limit, and how fast they get there.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/theory/krylov.hpp"
#include "sim/theory/second_moments.hpp"

namespace acidsim {

// Of models x_i in R^D, seen from the point where the equations have their origin, x̄ their mean:
struct Expected {
  double consensus = 0;      // E (1/n) Σ_i ‖x_i − x̄‖²
  double distance = 0;       // E ‖x̄‖²
  double suboptimality = 0;  // ½ E x̄ᵀ Ā x̄

  double mean_distance() const { return consensus + distance; }  // E (1/n) Σ_i ‖x_i‖²
};

// Second moments of what the workers start from, y_i = (x_0, u) in R^Q for each: entry (a, b) of all E[y_i y_jᵀ] is an
// array over pairs, number a Q + b. Moments add up over coordinates that have the same equations.
class StartMoments {
 public:
  StartMoments(Index numbers, const Pairs& pairs)
      : numbers_(numbers), pairs_(pairs), moments_(Vector<double>::Zero(numbers * numbers * pairs.size())) {}

  // Adds those of known y: n × Q.
  void add(const Matrix<double>& known);
  // Adds own[a, b] where i = j, and common[a, b] for all pairs: Q × Q, symmetric.
  void add(const Matrix<double>& own, const Matrix<double>& common);

  Index numbers() const { return numbers_; }
  const double* of(Index a, Index b) const { return moments_.data() + (a * numbers_ + b) * pairs_.size(); }

 private:
  double* at(Index a, Index b) { return moments_.data() + (a * numbers_ + b) * pairs_.size(); }

  Index numbers_;
  const Pairs& pairs_;
  Vector<double> moments_;
};

class ExactMoments {
 public:
  // Which of the numbers of a state never changes and has the sum 0 over all workers, such as pulls towards centres seen from
  // the minimiser; or none.
  static constexpr Index nothing_centred = -1;

  // curvature: Ā, D × D. Pairs by difference: all workers have the same equations; starts are averaged over
  // translations then, which changes none of what is expected here.
  ExactMoments(const MomentEquations& equations, std::shared_ptr<const Pairs> pairs,
               const StartMoments& start, const Matrix<double>& curvature, Index centred = nothing_centred);

  // At ascending times ≥ 0. Truncated Taylor series of exp(t L), L the operator of SecondMoments [Al-Mohy, Higham 2011], to
  // rounding relative to the moments at that time; infinite from where they overflow.
  std::vector<Expected> at(std::span<const double> times);
  // What they tend to, by a linear system; infinite where they grow, and 0 where that is what rounding leaves of it.
  Expected limit();
  // How fast they tend to it: −max Re λ over the eigenvalues λ ≠ 0 of L that can be seen in each of them, whatever the
  // start (but for what is centred); negative where they grow, infinite where nothing moves. That of mean_distance() is the smaller one.
  Expected rates();
  double mean_distance_rate();

  // Of all pairs: E[u x_i] of every worker in the limit, along one coordinate, u the last of the numbers that never change
  // and the same for all workers; with u = 1 the mean models.
  Vector<double> limiting_means(Index coordinate);

 private:
  struct Weights {
    Matrix<double> diagonal, all;  // V × V: of (1/n) Σ_i C_ii and of (1/n²) Σ_ij C_ij
  };
  Weights of_consensus() const;
  Weights of_distance(const Matrix<double>& curvature) const;
  double seen(const Weights& weights, const Vector<double>& moments) const;
  Expected seen(const Vector<double>& moments) const;
  Vector<double> functional(const Weights& weights) const;
  double rate(const Weights& weights);
  void centre(Vector<double>& weights) const;
  double scale();
  bool factorises() const;
  const Vector<double>& limiting_moments();

  MomentEquations equations_;
  std::shared_ptr<const Pairs> pairs_;
  SecondMoments moments_;
  Matrix<double> curvature_;
  Vector<double> start_, limit_;
  Index centred_;
  double scale_ = 0;
  std::optional<Expected> rates_;
};

}  // namespace acidsim
