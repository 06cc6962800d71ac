// The states of all workers, as rank 0 sees them while every rank holds its own.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <stdexcept>

#include "sim/algorithms/kernel.hpp"
#include "sim/engine/kernel_states.hpp"
#include "sim/engine/under_way.hpp"
#include "sim/mpi/ownership.hpp"
#include "sim/mpi/world.hpp"
#include "sim/optimizers/optimizer.hpp"

namespace acidsim {

// Thrown on the others where rank 0 failed.
struct RootFailed : std::runtime_error {
  RootFailed() : std::runtime_error("rank 0 failed") {}
};

// Rank 0 asks the owners for what it needs, as it needs it, and asks ahead for the workers that follow; short
// vectors of many workers come together. It keeps a few of them at a time, never all.
template <class Scalar>
class SharedStates {
 public:
  // Collective, as is the end. `kernel`, `optimizer` and `under_way` (these may be null) hold the rank's own
  // workers; all must outlive this.
  SharedStates(const Kernel<Scalar>& kernel, const Optimizer<Scalar>* optimizer, MpiWorld& world,
               const Ownership& ownership, const UnderWay<Scalar>* under_way = nullptr);
  ~SharedStates();
  SharedStates(const SharedStates&) = delete;
  SharedStates& operator=(const SharedStates&) = delete;

  // Collective: runs `act` on rank 0, which may use the calls below; the others answer until it returns.
  // Gives all ranks its answer. Where it throws, rank 0 throws on, and the others RootFailed.
  bool at_root(const std::function<bool()>& act);

  // For rank 0 in at_root(), about any worker:
  // out ← vector a of the worker, or its model (the_model), flowed to `time`; d numbers.
  void read(Worker worker, int a, double time, std::span<Scalar> out);
  // out ← the optimizer's memory of the worker, all of it. Only where the optimizer has some.
  void memory(Worker worker, std::span<std::byte> out);
  // out ← the gradient that the worker has under way, as UnderWay::save() gives it.
  void under_way(Worker worker, std::span<std::byte> out);
  // As Kernel::save(): stored_size() numbers, and the time that the state stands at.
  double save(Worker worker, std::span<Scalar> out);

  // Collective: as for_each_state_vector() of kernel_states.hpp, of all workers; visits at rank 0 alone.
  void for_each_state_vector(const ReadTimes& times, const StateVisit& visit);
  // Collective: the same after the mean of all models has taken the place of every vector
  // (averaged_states.hpp).
  void for_each_averaged_vector(const ReadTimes& times, const StateVisit& visit);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace acidsim
