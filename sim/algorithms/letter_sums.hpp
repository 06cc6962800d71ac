// Sums over the messages that a worker hears, in double.
#pragma once

#include <algorithm>

#include "sim/algorithms/kernel.hpp"

namespace acidsim {

// sum ← Σ_j w_j (own − message of j), of the numbers start … start + count − 1 of the messages.
template <class Scalar>
void add_differences(const Letters<Scalar>& letters, Index start, Index count, double* sum) {
  const Scalar* const mine = letters.own.data() + start;
  std::fill_n(sum, count, 0.0);
  for (const Letter<Scalar>& letter : letters.others) {
    const Scalar* const theirs = letter.message.data() + start;
    for (Index k = 0; k < count; ++k)
      sum[k] += letter.weight * (static_cast<double>(mine[k]) - static_cast<double>(theirs[k]));
  }
}

// sum ← the mixed message. A neighbour of weight 1, the mean over all for example, is taken as it is.
template <class Scalar>
void mix_messages(const Letters<Scalar>& letters, Index start, Index count, double* sum) {
  const Scalar* const mine = letters.own.data() + start;
  if (letters.own_weight) {
    for (Index k = 0; k < count; ++k) sum[k] = *letters.own_weight * static_cast<double>(mine[k]);
    for (const Letter<Scalar>& letter : letters.others) {
      const Scalar* const theirs = letter.message.data() + start;
      for (Index k = 0; k < count; ++k) sum[k] += letter.weight * static_cast<double>(theirs[k]);
    }
  } else if (letters.others.size() == 1 && letters.others[0].weight == 1.0) {
    std::copy_n(letters.others[0].message.data() + start, count, sum);
  } else {
    add_differences(letters, start, count, sum);
    for (Index k = 0; k < count; ++k) sum[k] = static_cast<double>(mine[k]) - sum[k];
  }
}

}  // namespace acidsim
