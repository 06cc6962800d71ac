// Gradients that have begun and not landed yet: what a worker keeps between a read and its step.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <limits>
#include <mutex>
#include <span>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// At most one for each worker. Takes memory once the first has begun. Threads may use it
// at the same time for different workers.
template <class Scalar>
class UnderWay {
 public:
  struct Gradient {
    Vector<Scalar> direction;
    double learning_rate = 0;
  };

  explicit UnderWay(Worker workers) : workers_(workers) {}

  Gradient& begin(Worker worker) {
    std::call_once(allocated_, [this] { allocate(); });
    begun_[worker] = 1;
    return gradients_[worker];
  }
  // The gradient that lands now. Null where none is under way.
  const Gradient* land(Worker worker) {
    if (begun_.empty() || begun_[worker] == 0) return nullptr;
    begun_[worker] = 0;
    return &gradients_[worker];
  }

  // For checkpoints: bytes() of a worker, its learning rate (NaN if nothing is under way) and its direction.
  static std::size_t bytes(Index dimension) {
    return sizeof(double) + static_cast<std::size_t>(dimension) * sizeof(Scalar);
  }
  void save(Worker worker, std::span<std::byte> out) const {
    const bool begun = !begun_.empty() && begun_[worker] != 0;
    const double rate = begun ? gradients_[worker].learning_rate : std::numeric_limits<double>::quiet_NaN();
    std::memcpy(out.data(), &rate, sizeof(rate));
    const std::span<std::byte> direction = out.subspan(sizeof(rate));
    if (begun)
      std::memcpy(direction.data(), gradients_[worker].direction.data(), direction.size());
    else
      std::fill(direction.begin(), direction.end(), std::byte{0});
  }
  void restore(Worker worker, std::span<const std::byte> saved) {
    double rate = 0;
    std::memcpy(&rate, saved.data(), sizeof(rate));
    if (std::isnan(rate)) return;
    const std::span<const std::byte> direction = saved.subspan(sizeof(rate));
    Gradient& gradient = begin(worker);
    gradient.learning_rate = rate;
    gradient.direction.resize(static_cast<Index>(direction.size() / sizeof(Scalar)));
    std::memcpy(gradient.direction.data(), direction.data(), direction.size());
  }
  void clear() { std::fill(begun_.begin(), begun_.end(), char{0}); }

 private:
  void allocate() {
    gradients_.resize(workers_);
    begun_.assign(workers_, 0);
  }

  Worker workers_;
  std::once_flag allocated_;
  std::vector<Gradient> gradients_;
  std::vector<char> begun_;
};

}  // namespace acidsim
