// What a member of a round makes of the messages that it hears, some coordinates at a time.
#pragma once

#include <algorithm>

#include "sim/algorithms/kernel.hpp"

namespace acidsim {

// Coordinates start … start + count − 1 of vector r of messages of d = `dimension` numbers per vector.
struct MessagePart {
  Index r, start, count, dimension;

  template <class Scalar>
  const Scalar* of(std::span<const Scalar> message) const {
    return message.data() + r * dimension + start;
  }
};

// sum ← Σ_j w_j (own − message of j).
template <class Scalar>
void add_differences(const Letters<Scalar>& letters, const MessagePart& part, double* sum) {
  const Scalar* const mine = part.of(letters.own);
  std::fill_n(sum, part.count, 0.0);
  for (const Letter<Scalar>& letter : letters.others) {
    const Scalar* const theirs = part.of(letter.message);
    for (Index k = 0; k < part.count; ++k)
      sum[k] += letter.weight * (static_cast<double>(mine[k]) - static_cast<double>(theirs[k]));
  }
}

// sum ← the mixed message. A neighbour of weight 1, the mean over all for example, is taken as it is.
template <class Scalar>
void mix_messages(const Letters<Scalar>& letters, const MessagePart& part, double* sum) {
  const Scalar* const mine = part.of(letters.own);
  if (letters.own_weight) {
    for (Index k = 0; k < part.count; ++k) sum[k] = *letters.own_weight * static_cast<double>(mine[k]);
    for (const Letter<Scalar>& letter : letters.others) {
      const Scalar* const theirs = part.of(letter.message);
      for (Index k = 0; k < part.count; ++k) sum[k] += letter.weight * static_cast<double>(theirs[k]);
    }
  } else if (letters.others.size() == 1 && letters.others[0].weight == 1.0) {
    std::copy_n(part.of(letters.others[0].message), part.count, sum);
  } else {
    add_differences(letters, part, sum);
    for (Index k = 0; k < part.count; ++k) sum[k] = static_cast<double>(mine[k]) - sum[k];
  }
}

// The weight of a weighted method, the last number of each message, after the round.
template <class Scalar>
Scalar mixed_weight(const Letters<Scalar>& letters) {
  const auto own = static_cast<double>(letters.own.back());
  double mixed = letters.own_weight ? *letters.own_weight * own : own;
  for (const Letter<Scalar>& letter : letters.others) {
    const auto other = static_cast<double>(letter.message.back());
    mixed += letter.weight * (letters.own_weight ? other : other - own);
  }
  return static_cast<Scalar>(mixed);
}

}  // namespace acidsim
