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

// For every worker `vectors` vectors of d numbers, `scalars` doubles, and perhaps statistics, which are doubles too. All are
// zero at first. A worker's memory is one span of bytes, its statistics first, then its scalars, then its vectors: whoever
// copies, hashes, saves or sends it need not know what is in it.
template <class Scalar>
class WorkerMemory {
 public:
  WorkerMemory(Worker workers, Index dimension, int vectors, int scalars, Index statistics = 0)
      : workers_(workers),
        dimension_(static_cast<std::size_t>(dimension)),
        statistics_(static_cast<std::size_t>(statistics)),
        scalars_(static_cast<std::size_t>(scalars)),
        vectors_(static_cast<std::size_t>(vectors)),
        size_(doubles() + vectors_ * dimension_ * sizeof(Scalar)),
        stride_(doubles() > 0 ? (size_ + sizeof(double) - 1) / sizeof(double) * sizeof(double) : size_) {
    if (double(workers) * double(stride_) > double(std::numeric_limits<Index>::max() / 2))
      throw std::bad_alloc();
    memory_.resize(workers * stride_);
  }
  // One with so many statistics beside the same scalars and vectors; all are zero.
  WorkerMemory with_statistics(Index statistics) const {
    return {workers_, static_cast<Index>(dimension_), static_cast<int>(vectors_), static_cast<int>(scalars_),
            statistics};
  }

  // Vector a of the worker: d numbers.
  std::span<Scalar> vector(Worker worker, int a) {
    const std::size_t position = doubles() + static_cast<std::size_t>(a) * dimension_ * sizeof(Scalar);
    return {reinterpret_cast<Scalar*>(start(worker) + position), dimension_};
  }
  std::span<const Scalar> vector(Worker worker, int a) const {
    return const_cast<WorkerMemory&>(*this).vector(worker, a);
  }
  double& scalar(Worker worker, int b) {
    return reinterpret_cast<double*>(start(worker))[statistics_ + static_cast<std::size_t>(b)];
  }
  double scalar(Worker worker, int b) const { return const_cast<WorkerMemory&>(*this).scalar(worker, b); }

  std::span<double> statistics(Worker worker) {
    return {reinterpret_cast<double*>(start(worker)), statistics_};
  }

  // What is averaged where optimizers' memories are: scalars and vectors, numbers() of them.
  std::size_t numbers() const { return scalars_ + vectors_ * dimension_; }
  void save(Worker worker, std::span<Scalar> out) const {
    for (std::size_t b = 0; b < scalars_; ++b)
      out[b] = static_cast<Scalar>(scalar(worker, static_cast<int>(b)));
    if (vectors_ > 0) std::copy_n(all_vectors(worker), vectors_ * dimension_, out.data() + scalars_);
  }
  // Every one of them goes half the way from `own` to `peer`, which two workers have saved.
  void approach(Worker worker, std::span<const Scalar> own, std::span<const Scalar> peer) {
    for (std::size_t b = 0; b < scalars_; ++b)
      scalar(worker, static_cast<int>(b)) +=
          0.5 * (static_cast<double>(peer[b]) - static_cast<double>(own[b]));
    if (vectors_ == 0) return;
    Scalar* const kept = all_vectors(worker);
    for (std::size_t k = 0; k < vectors_ * dimension_; ++k)
      kept[k] += Scalar(0.5) * (peer[scalars_ + k] - own[scalars_ + k]);
  }

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

  Scalar* all_vectors(Worker worker) { return reinterpret_cast<Scalar*>(start(worker) + doubles()); }
  const Scalar* all_vectors(Worker worker) const {
    return const_cast<WorkerMemory&>(*this).all_vectors(worker);
  }
  // Bytes of a worker's statistics and scalars.
  std::size_t doubles() const { return (statistics_ + scalars_) * sizeof(double); }

  Worker workers_;
  std::size_t dimension_;
  std::size_t statistics_, scalars_, vectors_;
  std::size_t size_;    // bytes of one worker
  std::size_t stride_;  // bytes from one worker to the next: scalars stay aligned
  LargeArray<std::byte> memory_;
};

}  // namespace acidsim
