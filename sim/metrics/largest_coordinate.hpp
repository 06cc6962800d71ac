// How large the states are: the test for divergence.
#pragma once

#include "sim/core/states.hpp"

namespace acidsim {

struct LargestCoordinate {
  // The largest |coordinate| over all workers and vectors; NaN or infinity if one is not finite.
  double largest = 0;
  Worker worker = 0;   // who holds it
  bool finite = true;  // every coordinate of every worker is finite
};

// One pass over all states, O(d) scratch. A coordinate that is not finite counts as the largest; among equals
// the first worker is taken.
template <class Scalar>
LargestCoordinate largest_coordinate(const StateView<Scalar>& states);

}  // namespace acidsim
