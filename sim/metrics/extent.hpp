// How large the states are: the test for divergence.
#pragma once

#include "sim/core/states.hpp"

namespace acidsim {

struct Extent {
  double largest =
      0;  // largest |coordinate| over all workers and vectors; NaN or infinity where one is not finite
  Worker worker = 0;   // who holds it
  bool finite = true;  // every coordinate of every worker is finite
};

// One pass over all states, O(d) scratch. A non-finite coordinate counts as the largest; of equals the first
// worker.
template <class Scalar>
Extent extent(const StateView<Scalar>& states);

}  // namespace acidsim
