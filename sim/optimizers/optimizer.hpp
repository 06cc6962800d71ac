// The local optimizer: what a worker makes of its gradient before the step lands.
#pragma once

#include <span>
#include <utility>

#include "sim/optimizers/learning_rate.hpp"
#include "sim/optimizers/worker_memory.hpp"

namespace acidsim {

// The step is x ← x − γ·direction, whatever the optimizer: all vectors of a method that gradients land on take the
// same one. All that an optimizer remembers of past gradients is in its memory, which is zero before the first: a run
// goes on alike with an optimizer into which that memory is copied. Calls that name different workers may run at the
// same time.
template <class Scalar>
class Optimizer {
 public:
  virtual ~Optimizer() = default;

  // Turns the gradient at x into the direction, in place.
  void direction(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) {
    if (!is_plain_) transform(worker, x, gradient);
  }
  // The direction is the gradient.
  bool is_plain() const { return is_plain_; }
  // γ at a time, when progress is done/all.
  double learning_rate(double time, double done, double all) const {
    return learning_rate_.is_constant() ? learning_rate_.base : learning_rate_.at(time, done / all);
  }

  // Keeps running statistics of what gradients report beside themselves, `size` numbers for each worker
  // (Objective::running_statistics()).
  void keep_statistics(Index size) { memory_ = memory_.with_statistics(size); }
  // statistics ← 0.9·statistics + 0.1·reported, as PyTorch's batch normalisation does by default.
  void take_in(Worker worker, std::span<const double> reported) {
    const std::span<double> kept = memory_.statistics(worker);
    for (std::size_t k = 0; k < reported.size(); ++k) kept[k] += 0.1 * (reported[k] - kept[k]);
  }

  WorkerMemory<Scalar>& memory() { return memory_; }
  const WorkerMemory<Scalar>& memory() const { return memory_; }

 protected:
  Optimizer(LearningRate learning_rate, bool is_plain, WorkerMemory<Scalar> memory)
      : learning_rate_(std::move(learning_rate)), is_plain_(is_plain), memory_(std::move(memory)) {}
  Optimizer(const Optimizer&) = default;
  Optimizer(Optimizer&&) = default;

  virtual void transform(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) = 0;

 private:
  LearningRate learning_rate_;
  bool is_plain_;
  WorkerMemory<Scalar> memory_;
};

}  // namespace acidsim
