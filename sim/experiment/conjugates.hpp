// The objective as dual methods ask for it.
#pragma once

#include <vector>

#include "sim/algorithms/dual_oracle.hpp"
#include "sim/objectives/objective.hpp"

namespace acidsim {

// `own`: the workers that the kernel holds, where it does not hold all; null: it does. Both must outlive it.
template <class Scalar>
class Conjugates final : public DualOracle<Scalar> {
 public:
  Conjugates(const Objective<Scalar>* objective, const std::vector<Worker>* own)
      : objective_(objective), own_(own) {}

  void conjugate_gradient(Worker place, const Vector<Scalar>& z, Vector<Scalar>& x) const override {
    objective_->conjugate_gradient(own_ != nullptr ? (*own_)[place] : place, z, x);
  }

 private:
  const Objective<Scalar>* objective_;
  const std::vector<Worker>* own_;
};

}  // namespace acidsim
