// Read-only view of the states of all workers at one time, for observers.
#pragma once

#include <span>

#include "sim/core/types.hpp"

namespace acidsim {

// The states of all workers at one time t. Each worker holds vectors() vectors in R^d; vector 0 is the model
// x. Reading evaluates the state at t and changes nothing.
template <class Scalar>
class StateView {
 public:
  virtual ~StateView() = default;
  virtual Worker workers() const = 0;
  virtual Index dimension() const = 0;
  virtual int vectors() const = 0;
  virtual void read(Worker worker, int vector, std::span<Scalar> out) const = 0;  // out: d
};

}  // namespace acidsim
