// The states that a kernel holds, seen at one time.
#pragma once

#include <cstddef>
#include <functional>
#include <span>

#include "sim/algorithms/kernel.hpp"
#include "sim/optimizers/optimizer.hpp"
#include "sim/core/states.hpp"

namespace acidsim {

// What observers see of a kernel at `time`, which must not lie before the last event applied.
template <class Scalar>
class KernelStates final : public StateView<Scalar> {
 public:
  KernelStates(const Kernel<Scalar>& kernel, double time) : kernel_(kernel), time_(time) {}
  Worker workers() const override { return kernel_.workers(); }
  Index dimension() const override { return kernel_.dimension(); }
  int vectors() const override { return kernel_.vectors(); }
  void read(Worker worker, int vector, std::span<Scalar> out) const override {
    kernel_.read(worker, vector, time_, out);
  }

 private:
  const Kernel<Scalar>& kernel_;
  double time_;
};

// Takes one part of the states. The span is valid during the call only.
using StateVisit = std::function<void(std::span<const std::byte>)>;

// The states at `time` in canonical order, as the digest takes them: worker by worker, each its m vectors of
// d entries and then the memory of the optimizer (which may be null), if it has any.
template <class Scalar>
void for_each_state_vector(const Kernel<Scalar>& kernel, const Optimizer<Scalar>* optimizer, double time,
                           const StateVisit& visit);

}  // namespace acidsim
