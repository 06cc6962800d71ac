// Read-only view of the states of all workers at one time, for observers.
#pragma once

#include <span>
#include <stdexcept>

#include "sim/core/types.hpp"

namespace acidsim {

// Instead of the number of a vector: the model, which gradients are taken at. Of most methods it is vector 0.
inline constexpr int the_model = -1;

// The states of all workers at one time t. Each worker holds vectors() vectors in R^d. Reading evaluates the
// state at t and changes nothing.
template <class Scalar>
class StateView {
 public:
  virtual ~StateView() = default;
  virtual Worker workers() const = 0;
  virtual Index dimension() const = 0;
  virtual int vectors() const = 0;
  // out ← a vector of the worker, 0 … vectors() − 1 or the_model; d numbers.
  virtual void read(Worker worker, int vector, std::span<Scalar> out) const = 0;
  // Of the total weight of a method that has weights, what the worker holds; and where it keeps running sums, what it has
  // put on its edges less what it has seen come along them.
  virtual double weight(Worker) const { return 1; }
  // out ← the running statistics that the worker keeps beside its state, in a run that has them.
  virtual void statistics(Worker, std::span<double> /*out*/) const {
    throw std::logic_error("states: they come without statistics");
  }
};

// One of them alone.
template <class Scalar>
class OneWorker final : public StateView<Scalar> {
 public:
  OneWorker(const StateView<Scalar>& all, Worker which) : all_(all), which_(which) {}
  Worker workers() const override { return 1; }
  Index dimension() const override { return all_.dimension(); }
  int vectors() const override { return all_.vectors(); }
  void read(Worker, int vector, std::span<Scalar> out) const override { all_.read(which_, vector, out); }
  void statistics(Worker, std::span<double> out) const override { all_.statistics(which_, out); }

 private:
  const StateView<Scalar>& all_;
  Worker which_;
};

}  // namespace acidsim
