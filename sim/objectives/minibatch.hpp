// Which rows a gradient sees: a function of (seed, worker, index of the gradient) alone.
#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "sim/core/dataset.hpp"

namespace acidsim {

enum class Sampling {
  with_replacement,     // independent uniform draws
  without_replacement,  // distinct within a batch; all local rows if they are no more than batch_size
  epoch,                // walks through a permutation of the local set, a new one each epoch
};

struct Minibatch {
  Index batch_size = 32;  // 0 = all rows of the worker
  Sampling sampling = Sampling::with_replacement;
  std::uint64_t seed = 0;

  // out ← the rows of the worker's gradient number `index`. O(batch size) time, no memory but `out`.
  void rows(Worker worker, std::uint64_t index, const Partition& partition, Index samples,
            std::vector<std::uint32_t>& out) const;
};

// A keyed permutation of 0 … size − 1, evaluated point by point in O(1) time and memory: a Feistel network
// over Z_a × Z_b, a·b ≥ size, with cycle walking [Black and Rogaway, "Ciphers with arbitrary finite domains",
// CT-RSA 2002].
class Permutation {
 public:
  // Keyed by (seed, Purpose::minibatch, worker, epoch).
  Permutation(std::uint64_t size, std::uint64_t seed, Worker worker, std::uint64_t epoch);
  std::uint64_t operator()(std::uint64_t position) const;

 private:
  static constexpr int rounds = 8;
  std::uint64_t size_, left_, right_;  // left_ × right_ ≥ size_
  std::uint64_t keys_[rounds];
};

}  // namespace acidsim
