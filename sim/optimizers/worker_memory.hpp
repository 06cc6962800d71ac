// What a method keeps for each worker beside the worker's state.
#pragma once

#include <algorithm>
#include <cstddef>
#include <limits>
#include <new>
#include <span>

#include "sim/core/large_array.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// For every worker `vectors` vectors of d numbers and `scalars` doubles, zero at first. A worker's memory is one
// span of bytes, its scalars before its vectors: whoever copies, hashes, saves or sends it need not know what is in
// it.
template <class Scalar>
class WorkerMemory {
 public:
  WorkerMemory(Worker workers, Index dimension, int vectors, int scalars)
      : dimension_(static_cast<std::size_t>(dimension)),
        scalar_bytes_(static_cast<std::size_t>(scalars) * sizeof(double)),
        size_(scalar_bytes_ + static_cast<std::size_t>(vectors) * dimension_ * sizeof(Scalar)),
        stride_(scalars > 0 ? (size_ + sizeof(double) - 1) / sizeof(double) * sizeof(double) : size_) {
    if (double(workers) * double(stride_) > double(std::numeric_limits<Index>::max() / 2))
      throw std::bad_alloc();
    memory_.resize(workers * stride_);
  }

  // Vector a of the worker: d numbers.
  std::span<Scalar> vector(Worker worker, int a) {
    const std::size_t position = scalar_bytes_ + static_cast<std::size_t>(a) * dimension_ * sizeof(Scalar);
    return {reinterpret_cast<Scalar*>(start(worker) + position), dimension_};
  }
  std::span<const Scalar> vector(Worker worker, int a) const {
    return const_cast<WorkerMemory&>(*this).vector(worker, a);
  }
  double& scalar(Worker worker, int b) { return reinterpret_cast<double*>(start(worker))[b]; }
  double scalar(Worker worker, int b) const { return const_cast<WorkerMemory&>(*this).scalar(worker, b); }

  // All of a worker's memory: size() bytes.
  std::span<std::byte> bytes(Worker worker) { return {start(worker), size_}; }
  std::span<const std::byte> bytes(Worker worker) const {
    return const_cast<WorkerMemory&>(*this).bytes(worker);
  }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }

  // Everything is zero again.
  void clear() { std::fill(memory_.begin(), memory_.end(), std::byte{0}); }
  std::size_t allocated() const { return memory_.size(); }  // bytes, of all workers

 private:
  std::byte* start(Worker worker) { return memory_.data() + worker * stride_; }

  std::size_t dimension_;
  std::size_t scalar_bytes_, size_;  // of one worker
  std::size_t stride_;               // bytes from one worker to the next: scalars stay aligned
  LargeArray<std::byte> memory_;
};

}  // namespace acidsim
