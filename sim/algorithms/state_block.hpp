// The memory of all worker states: one aligned block, worker by worker, vector by vector.
#pragma once

#include <algorithm>
#include <bit>
#include <limits>
#include <new>
#include <span>
#include <type_traits>

#include "sim/core/large_array.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// workers × vectors × dimension numbers, zero at first. Vectors follow each other without a gap where they
// are short; from 128 numbers on each starts on a cache line, at a cost of less than 12 % of the state. Long
// ones are staggered, so that the same coordinates of many vectors fall into different sets of a cache.
template <class Scalar>
class StateBlock {
 public:
  StateBlock(Worker workers, int vectors, Index dimension) : vectors_(vectors), stride_(padded(dimension)) {
    const double wanted = double(workers) * double(vectors) * double(stride_) * double(sizeof(Scalar));
    if (wanted > double(std::numeric_limits<Index>::max() / 2)) throw std::bad_alloc();
    states_.resize(static_cast<std::size_t>(workers) * static_cast<std::size_t>(vectors * stride_));
  }

  Scalar* vector(Worker worker, int a) { return states_.data() + position(worker, a); }
  const Scalar* vector(Worker worker, int a) const { return states_.data() + position(worker, a); }
  std::size_t bytes() const { return states_.size() * sizeof(Scalar); }
  Index stride() const { return stride_; }

  // The worker's vectors one after another, without the gaps between them: vectors × dimension numbers.
  void copy_out(Worker worker, std::span<Scalar> out) const {
    const std::size_t dimension = out.size() / static_cast<std::size_t>(vectors_);
    for (Index a = 0; a < vectors_; ++a)
      std::copy_n(vector(worker, static_cast<int>(a)), dimension,
                  out.data() + static_cast<std::size_t>(a) * dimension);
  }
  void copy_in(Worker worker, std::span<const Scalar> in) {
    const std::size_t dimension = in.size() / static_cast<std::size_t>(vectors_);
    for (Index a = 0; a < vectors_; ++a)
      std::copy_n(in.data() + static_cast<std::size_t>(a) * dimension, dimension,
                  vector(worker, static_cast<int>(a)));
  }

  // The largest |number|; infinity or NaN where one is not finite.
  double largest() const {
    // Without its sign a number compares like its bits, and NaN is above infinity.
    using Bits = std::conditional_t<sizeof(Scalar) == 8, std::int64_t, std::int32_t>;
    constexpr Bits all_but_sign = std::numeric_limits<Bits>::max();
    Bits found = 0;
    for (const Scalar state : states_)
      found = std::max(found, static_cast<Bits>(std::bit_cast<Bits>(state) & all_but_sign));
    return static_cast<double>(std::bit_cast<Scalar>(found));
  }

 private:
  static Index padded(Index dimension) {
    constexpr Index per_line = LargeAllocator<Scalar>::line / sizeof(Scalar);
    if (dimension < 128) return dimension;
    Index lines = (dimension + per_line - 1) / per_line;
    constexpr Index few = 4096;  // lines: from here on the gap of at most 63 more is below 2 %
    if (lines >= few) lines += (33 - lines % 64 + 64) % 64;
    return lines * per_line;
  }
  Index position(Worker worker, int a) const { return (static_cast<Index>(worker) * vectors_ + a) * stride_; }

  Index vectors_, stride_;
  LargeArray<Scalar> states_;
};

}  // namespace acidsim
