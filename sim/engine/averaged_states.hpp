// What is left when all models are averaged at the end of a run.
#pragma once

#include <functional>
#include <span>
#include <vector>

#include "sim/engine/kernel_states.hpp"

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

// x̄ of the models, in order of worker.
template <class Scalar>
Vector<Scalar> mean_model(const StateView<Scalar>& states) {
  OrderedMean<Scalar> sum(states.dimension());
  std::vector<Scalar> x(static_cast<std::size_t>(states.dimension()));
  for (Worker worker = 0; worker < states.workers(); ++worker) {
    states.read(worker, the_model, x);
    sum.add(x);
  }
  return sum.mean();
}

// Visits what a live run ends with, in canonical order: worker by worker its m vectors, all of them the mean
// after the last average, then its optimizer's memory if there is any.
template <class Scalar>
void for_each_averaged_vector(const Vector<Scalar>& mean, int vectors, Worker workers,
                              const std::function<std::span<const std::byte>(Worker)>& memory,
                              const StateVisit& visit) {
  const std::span<const Scalar> shared{mean.data(), static_cast<std::size_t>(mean.size())};
  for (Worker worker = 0; worker < workers; ++worker) {
    for (int a = 0; a < vectors; ++a) visit(std::as_bytes(shared));
    if (const auto own = memory(worker); !own.empty()) visit(own);
  }
}

}  // namespace acidsim
