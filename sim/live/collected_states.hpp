// States brought together from where they live, and their mean.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <vector>

#include "sim/core/states.hpp"

namespace acidsim {

// x̄ of vectors that are added in order, summed in double: the same bits wherever it is computed.
template <class Scalar>
class OrderedMean {
 public:
  explicit OrderedMean(Index dimension) : sum_(Vector<double>::Zero(dimension)) {}
  void add(std::span<const Scalar> x) {
    for (Index k = 0; k < sum_.size(); ++k) sum_[k] += static_cast<double>(x[static_cast<std::size_t>(k)]);
    ++count_;
  }
  Vector<Scalar> mean() const { return (sum_ / static_cast<double>(count_)).template cast<Scalar>(); }

 private:
  Vector<double> sum_;
  std::size_t count_ = 0;
};

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
    std::copy_n(states_[worker].data() + static_cast<std::size_t>(vector) * d, d, out.data());
  }
  std::vector<Scalar>& state(Worker worker) { return states_[worker]; }  // m·d
  std::vector<std::byte>& memory(Worker worker) { return memory_[worker]; }
  const std::vector<std::byte>& memory(Worker worker) const { return memory_[worker]; }

 private:
  int vectors_;
  Index dimension_;
  std::vector<std::vector<Scalar>> states_;
  std::vector<std::vector<std::byte>> memory_;
};

// Visits what a live run ends with, in canonical order: worker by worker its m vectors, all of them the mean
// after the last average, then its optimizer's memory if there is any.
template <class Scalar>
void for_each_averaged_vector(const Vector<Scalar>& mean, int vectors, Worker workers,
                              const std::function<std::span<const std::byte>(Worker)>& memory,
                              const std::function<void(std::span<const std::byte>)>& visit) {
  const std::span<const Scalar> shared{mean.data(), static_cast<std::size_t>(mean.size())};
  for (Worker worker = 0; worker < workers; ++worker) {
    for (int a = 0; a < vectors; ++a) visit(std::as_bytes(shared));
    if (const auto own = memory(worker); !own.empty()) visit(own);
  }
}

}  // namespace acidsim
