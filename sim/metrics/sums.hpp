// Long sums, in double and in one fixed order.
#pragma once

#include "sim/core/types.hpp"
#include "sim/core/vector_math.hpp"

namespace acidsim {

// ‖a − b‖² over `size` entries, in eight interleaved partial sums: it vectorises, and the order of the
// additions depends neither on where a and b lie in memory nor on the vector length of the machine.
template <class A, class B>
double squared_distance(const A* a, const B* b, Index size) {
  constexpr Index lanes = 8;
  double partial[lanes] = {};
  Index k = 0;
  for (; k + lanes <= size; k += lanes) {
    for (Index l = 0; l < lanes; ++l) {
      const double difference = static_cast<double>(a[k + l]) - static_cast<double>(b[k + l]);
      partial[l] = multiply_add(difference, difference, partial[l]);
    }
  }
  for (; k < size; ++k) {
    const double difference = static_cast<double>(a[k]) - static_cast<double>(b[k]);
    partial[k % lanes] = multiply_add(difference, difference, partial[k % lanes]);
  }
  return ((partial[0] + partial[4]) + (partial[2] + partial[6])) +
         ((partial[1] + partial[5]) + (partial[3] + partial[7]));
}

}  // namespace acidsim
