// What every event left behind, as hashes: two runs that should be equal are compared event by event.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sim/algorithms/kernel.hpp"
#include "sim/optimizers/optimizer.hpp"

namespace acidsim {

// The state of a worker after an event that it took part in.
struct StateHash {
  std::uint64_t event = 0;  // position in the schedule, from the start of the run
  Worker worker = 0;
  std::uint64_t hash = 0;

  friend bool operator==(const StateHash&, const StateHash&) = default;
};

template <class Scalar>
class StateHasher {
 public:
  // Of the stored state, the time it stands at, and the optimizer's memory. `place`: the worker's index in
  // kernel and optimizer; the optimizer may be null.
  std::uint64_t operator()(const Kernel<Scalar>& kernel, const Optimizer<Scalar>* optimizer, Worker place);

 private:
  std::vector<Scalar> stored_;
};

// Where two runs part: the first event after which a worker's state differs, or that only one of them has.
// Both in order of event and worker.
struct StateDifference {
  std::uint64_t event = 0;
  Worker worker = 0;
};
std::optional<StateDifference> first_difference(std::span<const StateHash> a, std::span<const StateHash> b);

}  // namespace acidsim
