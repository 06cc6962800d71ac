// States brought together from where they live.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <vector>

#include "sim/engine/averaged_states.hpp"

namespace acidsim {

// All workers' vectors, and their optimizers' memory, each as it stood at the time of its worker.
template <class Scalar>
class CollectedStates final : public StateView<Scalar> {
 public:
  CollectedStates(Worker workers, int vectors, Index dimension)
      : vectors_(vectors), dimension_(dimension), states_(workers), memory_(workers) {}

  Worker workers() const override { return static_cast<Worker>(states_.size()); }
  Index dimension() const override { return dimension_; }
  int vectors() const override { return vectors_; }
  void read(Worker worker, int vector, std::span<Scalar> out) const override {
    const std::size_t d = out.size();
    const auto position = static_cast<std::size_t>(vector == the_model ? vectors_ : vector);
    std::copy_n(states_[worker].data() + position * d, d, out.data());
  }
  void statistics(Worker worker, std::span<double> out) const override {
    std::memcpy(out.data(), memory_[worker].data(), out.size_bytes());
  }
  std::vector<Scalar>& state(Worker worker) { return states_[worker]; }  // m vectors, then the model
  std::vector<std::byte>& memory(Worker worker) { return memory_[worker]; }
  const std::vector<std::byte>& memory(Worker worker) const { return memory_[worker]; }

 private:
  int vectors_;
  Index dimension_;
  std::vector<std::vector<Scalar>> states_;
  std::vector<std::vector<std::byte>> memory_;
};

}  // namespace acidsim
