// Gradients that have begun and not landed yet: what a worker keeps between a read and its step.
#pragma once

#include <algorithm>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// At most one for each worker. Takes memory for the workers that ever have one under way. Threads may use it
// at the same time for different workers.
template <class Scalar>
class UnderWay {
 public:
  struct Gradient {
    Vector<Scalar> direction;
    double learning_rate = 0;
  };

  explicit UnderWay(Worker workers) : gradients_(workers), begun_(workers, 0) {}

  Gradient& begin(Worker worker) {
    begun_[worker] = 1;
    return gradients_[worker];
  }
  // The gradient that lands now. Null where none is under way.
  const Gradient* land(Worker worker) {
    if (begun_[worker] == 0) return nullptr;
    begun_[worker] = 0;
    return &gradients_[worker];
  }
  // For checkpoints; null where none is under way.
  const Gradient* find(Worker worker) const { return begun_[worker] == 0 ? nullptr : &gradients_[worker]; }
  void clear() { std::fill(begun_.begin(), begun_.end(), char{0}); }

 private:
  std::vector<Gradient> gradients_;
  std::vector<char> begun_;
};

}  // namespace acidsim
