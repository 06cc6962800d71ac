// The memory of all worker states: one aligned block, worker by worker, vector by vector.
#pragma once

#include <algorithm>
#include <cstdlib>
#include <limits>
#include <memory>
#include <new>

#include "sim/core/types.hpp"

namespace acidsim {

// workers × vectors × dimension numbers, zero at first. Vectors follow each other without a gap where they
// are short; from 128 numbers on each starts on a cache line, at a cost of less than 12 % of the state.
template <class Scalar>
class StateBlock {
 public:
  StateBlock(Worker workers, int vectors, Index dimension) : vectors_(vectors), stride_(padded(dimension)) {
    const double wanted = double(workers) * double(vectors) * double(stride_) * double(sizeof(Scalar));
    if (wanted > double(std::numeric_limits<Index>::max() / 2)) throw std::bad_alloc();
    const auto count = static_cast<std::size_t>(workers) * static_cast<std::size_t>(vectors * stride_);
    bytes_ = (count * sizeof(Scalar) + line - 1) / line * line;
    data_.reset(static_cast<Scalar*>(std::aligned_alloc(line, bytes_)));
    if (!data_) throw std::bad_alloc();
    std::fill_n(data_.get(), bytes_ / sizeof(Scalar), Scalar{0});
  }

  Scalar* vector(Worker worker, int a) { return data_.get() + position(worker, a); }
  const Scalar* vector(Worker worker, int a) const { return data_.get() + position(worker, a); }
  std::size_t bytes() const { return bytes_; }

 private:
  struct Free {
    void operator()(void* memory) const { std::free(memory); }
  };
  static constexpr std::size_t line = 64;

  static Index padded(Index dimension) {
    constexpr Index per_line = line / sizeof(Scalar);
    return dimension < 128 ? dimension : (dimension + per_line - 1) / per_line * per_line;
  }
  Index position(Worker worker, int a) const { return (static_cast<Index>(worker) * vectors_ + a) * stride_; }

  Index vectors_, stride_;
  std::size_t bytes_;
  std::unique_ptr<Scalar, Free> data_;
};

}  // namespace acidsim
