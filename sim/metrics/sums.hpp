// Long sums, in double and in one fixed order.
#pragma once

#include "sim/core/types.hpp"

namespace acidsim {

// Eight partial sums; entry k is added to sum k mod 8. They fill vector registers, and the order of the
// additions depends neither on the address of the numbers nor on the vector length of the machine.
using Lanes = Eigen::Array<double, 8, 1>;
inline double squared(double x) { return x * x; }
template <class A>
auto eight(const A* a) {
  return Eigen::Map<const Eigen::Array<A, 8, 1>>(a).template cast<double>();
}
inline double total(const Lanes& of) {
  return ((of[0] + of[4]) + (of[2] + of[6])) + ((of[1] + of[5]) + (of[3] + of[7]));
}

// Calls add(k, lanes) for k = 0, 8, 16, … while k + 8 ≤ size, and returns the sum of the eight lanes. The
// caller adds the last size mod 8 entries.
template <class Add>
double sum_of_eights(Index size, Add add) {
  if (size < 8) return 0;  // short vectors are common, and setting up the lanes would cost them most
  Lanes lanes = Lanes::Zero();
  for (Index k = 0; k + 8 <= size; k += 8) add(k, lanes);
  return total(lanes);
}

// ‖a − b‖² over `size` entries.
template <class A, class B>
double squared_distance(const A* a, const B* b, Index size) {
  double sum = sum_of_eights(
      size, [=](Index k, Lanes& squares) { squares += (eight(a + k) - eight(b + k)).square(); });
  for (Index k = size / 8 * 8; k < size; ++k)
    sum += squared(static_cast<double>(a[k]) - static_cast<double>(b[k]));
  return sum;
}

// sum ← sum + (a − b), and returns ‖a − b‖².
template <class A>
double add_difference(const A* __restrict a, const double* __restrict b, double* __restrict sum, Index size) {
  double squares = sum_of_eights(size, [=](Index k, Lanes& partial) {
    const Lanes difference = eight(a + k) - eight(b + k);
    Eigen::Map<Lanes>(sum + k) += difference;
    partial += difference.square();
  });
  for (Index k = size / 8 * 8; k < size; ++k) {
    const double difference = static_cast<double>(a[k]) - b[k];
    sum[k] += difference;
    squares += squared(difference);
  }
  return squares;
}

}  // namespace acidsim
