// The least that an objective of one's own has to say.
#pragma once

#include <string>

#include "sim/objectives/objective.hpp"

namespace acidsim {

// An objective that tells f_i and ∇f_i: f and ∇f are their means over the workers, gradients are exact unless gradient() is
// overridden, and there is no closed form of a minimiser. Whatever else Objective offers can be overridden too.
template <class Scalar>
class SimpleObjective : public Objective<Scalar> {
 public:
  SimpleObjective(Index dimension, Worker workers) : dimension_(dimension), workers_(workers) {}

  double worker_loss(Worker worker, const Vector<Scalar>& x) const override = 0;
  // g ← ∇f_i(x), without noise.
  virtual void worker_gradient(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& g) const = 0;

  Index dimension() const override { return dimension_; }
  Worker workers() const override { return workers_; }
  void gradient(Worker worker, std::uint64_t, const Vector<Scalar>& x, Vector<Scalar>& g,
                GradientScratch&) const override {
    worker_gradient(worker, x, g);
  }
  double loss(const Vector<Scalar>& x) const override {
    double sum = 0;
    for (Worker i = 0; i < workers_; ++i) sum += worker_loss(i, x);
    return sum / workers_;
  }
  void full_gradient(const Vector<Scalar>& x, Vector<Scalar>& g) const override {
    Vector<Scalar> one(dimension_);
    g.setZero(dimension_);
    for (Worker i = 0; i < workers_; ++i) {
      worker_gradient(i, x, one);
      g += one;
    }
    g /= static_cast<Scalar>(workers_);
  }
  std::string no_minimiser_reason() const override { return "has no closed form of its minimiser"; }
  const Minimiser& minimiser() const override { throw InputError("objective", no_minimiser_reason()); }

 private:
  Index dimension_;
  Worker workers_;
};

}  // namespace acidsim
