// What a backend is to the course of a run (run_loop.hpp).
#pragma once

#include <fmt/format.h>

#include <bit>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "sim/engine/kernel_states.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/metrics/largest_coordinate.hpp"

namespace acidsim {

struct Stop {
  StopReason reason;
  std::string detail = {};
};

// A backend that runs in one memory overrides apply() alone. Collective where several processes run together:
// every rank calls each method with equal arguments (but for those documented as local) and receives the same
// result.
template <class Scalar>
class Executor {
 public:
  explicit Executor(const Simulation<Scalar>& simulation) : simulation_(simulation) {}
  virtual ~Executor() = default;
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // Carries out the next events of the schedule and counts gradients per worker. Where a piece ends is local.
  virtual void apply(std::span<const Event> piece, Counts& counts) = 0;

  // Before the first event of a run that does not go on from a checkpoint: the gradients that the method
  // takes at the start. Returns whether there were any.
  virtual bool start() = 0;

  // How many events the next piece may hold at most.
  virtual std::size_t max_piece() const { return std::numeric_limits<std::size_t>::max(); }

  // Shows the states at `time` to the observer; true: the target is reached.
  virtual bool record(double time, const Counts& counts) {
    return simulation_.observe.on_record &&
           simulation_.observe.on_record(
               {time, counts, KernelStates<Scalar>(simulation_.kernel, times_at(time), simulation_.optimizer),
                weight_under_way()});
  }

  // Where workers have clocks of their own: the time of each worker's last event, kept by the run loop.
  void use_worker_times(std::span<const double> times) { worker_times_ = times; }

  // Called at the start, at the end (`last`) and every 16·n events, so that the event at which divergence is
  // detected depends neither on recording nor on timing.
  virtual std::optional<Stop> check_divergence(double time, [[maybe_unused]] bool last) {
    if (simulation_.kernel.bound() <= simulation_.stop.diverged_above) return {};
    return divergence(largest_coordinate(KernelStates<Scalar>(simulation_.kernel, times_at(time))), time);
  }

  // The user, and the clock on the wall. Called after every piece; the time is local.
  virtual std::optional<Stop> asked_to_stop(double wall_seconds) {
    if (simulation_.observe.interrupt != nullptr &&
        simulation_.observe.interrupt->load(std::memory_order_relaxed))
      return Stop{StopReason::interrupted};
    if (simulation_.stop.wall_seconds && wall_seconds > *simulation_.stop.wall_seconds)
      return Stop{StopReason::wall_seconds};
    return {};
  }

  // Called after every piece; the time since the last checkpoint is local.
  virtual bool checkpoint_is_due(double wall_seconds) {
    return wall_seconds > simulation_.checkpoints.every_seconds;
  }
  virtual void checkpoint(const Position& position, const Counts& counts) {
    simulation_.checkpoints.write(position, counts, mail());
  }

 protected:
  // The messages under way; where several processes run together at the first of them.
  virtual std::vector<Parcel<Scalar>> mail() = 0;

  // The weights in the messages under way, once for each time that they will land; 0 where nobody asks.
  double weight_under_way() {
    double sum = 0;
    if (!simulation_.observe.weighs_mail) return sum;
    for (const Parcel<Scalar>& parcel : mail())
      sum += std::popcount(parcel.needed) * static_cast<double>(parcel.values.back());
    return sum;
  }

  // The stop that the largest coordinate calls for, if any.
  std::optional<Stop> divergence(const LargestCoordinate& found, double time) const {
    const double allowed = simulation_.stop.diverged_above;
    if (found.finite && found.largest <= allowed) return {};
    const std::string excess = found.finite ? fmt::format(" > {:g}", allowed) : "";
    return Stop{StopReason::diverged, fmt::format("worker {}: |x| = {:.2g}{} at time {:g}", found.worker,
                                                  found.largest, excess, time)};
  }

  ReadTimes times_at(double time) const { return {time, worker_times_}; }

  const Simulation<Scalar>& simulation_;
  std::span<const double> worker_times_;
};

}  // namespace acidsim
