// Asynchronous training in wall-clock time: every worker with its two loops, on one rank or several.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/live/collected_states.hpp"
#include "sim/live/coordinator.hpp"
#include "sim/live/live_worker.hpp"

namespace acidsim {

// Takes one worker's part of what is saved: the time its state stands at, its stored numbers and its optimizer's
// memory. Spans are valid during the call only.
template <class Scalar>
using LiveVisit =
    std::function<void(double time, std::span<const Scalar> stored, std::span<const std::byte> memory)>;

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
  // Where it goes on from: kernel and optimizer hold the states of there. On every rank, with the operations of its
  // own workers at least; all of them at rank 0. Absent: the start.
  std::optional<LiveHistory> before = {};
  // Rank 0: the states at the start, after the average.
  std::function<void(const StateView<Scalar>&)> on_start = {};
  // Set on all ranks or on none, called at rank 0: saves the run where it pauses, and where the user interrupts it.
  // `each_worker` calls its argument for every worker, in order; it is called once.
  std::function<void(const LiveHistory&, const std::function<void(const LiveVisit<Scalar>&)>& each_worker)>
      save = {};
};

// What rank 0 knows at the end: all that was done, before any pause too.
template <class Scalar>
struct LiveResult : LiveHistory {
  StopReason reason = StopReason::gradients;
  std::unique_ptr<CollectedStates<Scalar>> states;  // before the last average
  Vector<Scalar> mean;                              // of the models: what all workers hold after it
};

// Carries the protocol out, in segments where it is saved: all loops end, as they do at the end of the run, and
// begin again from the operations of before, in the same way as those of a run that was killed meanwhile. Walls do
// not count what passes in between. Every rank calls it; on ranks other than 0 the result has no states. The first
// exception of any loop is thrown again, once all loops have ended.
template <class Scalar>
LiveResult<Scalar> run_live(const LiveRun<Scalar>& run, LiveTransport& transport);

}  // namespace acidsim
