// What dual methods ask of the objective: the point where a worker's gradient has a given value.
#pragma once

#include "sim/core/types.hpp"

namespace acidsim {

// The gradients of the conjugates f_i*: x = ∇f_i*(z) solves ∇f_i(x) = z.
template <class Scalar>
class DualOracle {
 public:
  virtual ~DualOracle() = default;
  // x ← ∇f_i*(z) of the worker at this place in the kernel; d numbers each. Threads may ask at the same time.
  virtual void conjugate_gradient(Worker place, const Vector<Scalar>& z, Vector<Scalar>& x) const = 0;
};

}  // namespace acidsim
