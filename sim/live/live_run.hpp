// Asynchronous training in wall-clock time: every worker with its two loops, on one rank or several.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "sim/live/collected_states.hpp"
#include "sim/live/coordinator.hpp"
#include "sim/live/live_worker.hpp"

namespace acidsim {

template <class Scalar>
struct LiveRun {
  const LiveProtocol& protocol;
  Kernel<Scalar>& kernel;        // of this rank's workers alone, in order, initialised
  Optimizer<Scalar>& optimizer;  // likewise
  const Objective<Scalar>& objective;
  std::vector<double> gradient_seconds;  // per worker of all: a gradient takes at least this
  double horizon = 1;                    // of the learning rate: gradients of all workers
  bool average_at_start = true;
  LiveControl control = {};
  // Rank 0: the states at the start, after the average.
  std::function<void(const StateView<Scalar>&)> on_start = {};
};

// What rank 0 knows at the end.
template <class Scalar>
struct LiveResult {
  StopReason reason = StopReason::gradients;
  double wall_seconds = 0;
  LiveTrace trace;
  std::vector<double> idle_seconds;                 // per worker
  std::unique_ptr<CollectedStates<Scalar>> states;  // before the last average
  Vector<Scalar> mean;                              // of the models: what all workers hold after it
};

// Carries the protocol out. Every rank calls it; on ranks other than 0 the result is empty. The first
// exception of any loop is thrown again, once all loops have ended.
template <class Scalar>
LiveResult<Scalar> run_live(const LiveRun<Scalar>& run, LiveTransport& transport);

}  // namespace acidsim
