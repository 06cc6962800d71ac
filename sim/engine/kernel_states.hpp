// The states that a kernel holds, seen at one time.
#pragma once

#include <cstddef>
#include <cstring>
#include <functional>
#include <span>
#include <vector>

#include "sim/algorithms/kernel.hpp"
#include "sim/core/states.hpp"
#include "sim/optimizers/optimizer.hpp"

namespace acidsim {

// The times that states are read at: one for all workers, or each worker its own.
struct ReadTimes {
  double common = 0;
  std::span<const double> own = {};  // by worker of the run; empty: the common one

  double of(Worker worker) const { return own.empty() ? common : own[worker]; }
};

// StateView::weight() of a worker whose state is stored as Kernel::save() gives it.
template <class Scalar>
double weight_of(const Kernel<Scalar>& kernel, std::span<const Scalar> stored);

// What observers see of a kernel that holds all workers, at times that do not lie before their last events.
template <class Scalar>
class KernelStates final : public StateView<Scalar> {
 public:
  // optimizer: whose memory has the statistics of the workers; null where nobody asks for them.
  KernelStates(const Kernel<Scalar>& kernel, const ReadTimes& times,
               const Optimizer<Scalar>* optimizer = nullptr)
      : kernel_(kernel), times_(times), optimizer_(optimizer) {}
  KernelStates(const Kernel<Scalar>& kernel, double time) : KernelStates(kernel, ReadTimes{time}) {}
  Worker workers() const override { return kernel_.workers(); }
  Index dimension() const override { return kernel_.dimension(); }
  int vectors() const override { return kernel_.vectors(); }
  void read(Worker worker, int vector, std::span<Scalar> out) const override {
    if (vector == the_model)
      kernel_.model(worker, times_.of(worker), out);
    else
      kernel_.read(worker, vector, times_.of(worker), out);
  }
  double weight(Worker worker) const override {
    std::vector<Scalar> stored(kernel_.stored_size());
    kernel_.save(worker, stored);
    return weight_of<Scalar>(kernel_, stored);
  }
  void statistics(Worker worker, std::span<double> out) const override {
    if (optimizer_ == nullptr) return StateView<Scalar>::statistics(worker, out);
    std::memcpy(out.data(), optimizer_->memory().bytes(worker).data(), out.size_bytes());
  }

 private:
  const Kernel<Scalar>& kernel_;
  ReadTimes times_;
  const Optimizer<Scalar>* optimizer_;
};

// Takes one part of the states. The span is valid during the call only.
using StateVisit = std::function<void(std::span<const std::byte>)>;

// The states in canonical order, as the digest takes them: worker by worker, each its m vectors of d entries,
// its weights if the method has any, and then the memory of the optimizer (which may be null), if it has any.
template <class Scalar>
void for_each_state_vector(const Kernel<Scalar>& kernel, const Optimizer<Scalar>* optimizer,
                           const ReadTimes& times, const StateVisit& visit);

}  // namespace acidsim
