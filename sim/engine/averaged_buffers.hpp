// Averaging of what local optimizers remember, beside the models.
#pragma once

#include <memory>
#include <utility>

#include "sim/algorithms/kernel.hpp"
#include "sim/optimizers/worker_memory.hpp"

namespace acidsim {

// The kernel of a method whose workers exchange in pairs. An exchange of i and j lands as that of the method, and then
// their optimizers' vectors and scalars b (momentum; of Adam its averages and their corrections) are averaged:
// b_i ← b_i + ½(b_j − b_i), and likewise b_j. A message holds them after what the method tells.
template <class Scalar>
class AveragedBuffers final : public Kernel<Scalar> {
 public:
  // `memory`: of the kernel's workers, by their places; it must outlive this.
  AveragedBuffers(std::unique_ptr<Kernel<Scalar>> kernel, WorkerMemory<Scalar>& memory)
      : kernel_(std::move(kernel)), memory_(memory) {}

  Worker workers() const override { return kernel_->workers(); }
  Index dimension() const override { return kernel_->dimension(); }
  int vectors() const override { return kernel_->vectors(); }
  std::size_t message_size() const override { return kernel_->message_size() + memory_.numbers(); }
  void initialise(Worker worker, const Vector<Scalar>& x) override { kernel_->initialise(worker, x); }
  void read(Worker worker, int a, double time, std::span<Scalar> out) const override {
    kernel_->read(worker, a, time, out);
  }
  void model(Worker worker, double time, std::span<Scalar> out) const override {
    kernel_->model(worker, time, out);
  }
  void begin_gradient(Worker worker, double time, std::span<Scalar> out) override {
    kernel_->begin_gradient(worker, time, out);
  }
  void step(Worker worker, double time, double learning_rate, const Vector<Scalar>& direction) override {
    kernel_->step(worker, time, learning_rate, direction);
  }
  bool has_gradient_at_start() const override { return kernel_->has_gradient_at_start(); }
  void land_at_start(Worker worker, double learning_rate, const Vector<Scalar>& direction) override {
    kernel_->land_at_start(worker, learning_rate, direction);
  }

  void tell(Worker worker, double time, std::span<Scalar> out) const override {
    kernel_->tell(worker, time, out.first(kernel_->message_size()));
    memory_.save(worker, out.subspan(kernel_->message_size()));
  }
  void hear(Worker worker, double time, std::span<const Scalar> own, std::span<const Scalar> peer) override {
    const std::size_t method = kernel_->message_size();
    kernel_->hear(worker, time, own.first(method), peer.first(method));
    memory_.approach(worker, own.subspan(method), peer.subspan(method));
  }

  std::size_t stored_size() const override { return kernel_->stored_size(); }
  double save(Worker worker, std::span<Scalar> out) const override { return kernel_->save(worker, out); }
  void restore(Worker worker, double time, std::span<const Scalar> stored) override {
    kernel_->restore(worker, time, stored);
  }
  double bound() const override { return kernel_->bound(); }
  std::size_t bytes() const override { return kernel_->bytes(); }

 private:
  std::unique_ptr<Kernel<Scalar>> kernel_;
  WorkerMemory<Scalar>& memory_;
};

}  // namespace acidsim
