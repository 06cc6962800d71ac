// One run: a schedule applied to a kernel, with an objective's gradients, observed at records, until a rule
// stops it.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/algorithms/kernel.hpp"
#include "sim/engine/in_flight.hpp"
#include "sim/engine/minibatch_losses.hpp"
#include "sim/engine/staleness.hpp"
#include "sim/engine/state_hash.hpp"
#include "sim/engine/tally.hpp"
#include "sim/objectives/objective.hpp"
#include "sim/optimizers/optimizer.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

enum class StopReason {
  time,
  gradients,
  communications,
  rounds,
  bytes,
  target,
  wall_seconds,
  diverged,
  interrupted,
  schedule_end
};
std::string name_of(StopReason reason);
std::optional<StopReason> stop_reason_named(const std::string& name);

struct StopRules {
  double time = infinity;                       // events of time ≤ this happen
  std::optional<std::uint64_t> gradients = {};  // total over all workers
  // Total over all edges. Those of a round happen together: the run ends with the round that reaches it.
  std::optional<std::uint64_t> communications = {};
  std::optional<std::uint64_t> rounds = {};  // of a method that works in rounds
  // Sent by all workers. The run ends with the exchange, the message or the round that reaches it.
  std::optional<std::uint64_t> bytes = {};
  std::optional<double> wall_seconds = {};
  double diverged_above = 1e12;  // largest allowed |coordinate|
};

struct Counts : Tally {
  std::vector<std::uint64_t> worker_gradients;     // per worker; empty without an objective
  std::vector<std::uint64_t> edge_communications;  // per edge
  Staleness staleness;
};

// Where a run stands between two events. With the counts and the states of that moment it is all that it
// takes to go on: no generator has a state.
struct Position {
  double time = 0;            // simulated
  std::uint64_t events = 0;   // carried out
  double last_time = -1;      // of the last of them; −1: none yet
  std::uint64_t ties = 0;     // how many of them happened at that very time
  std::uint64_t records = 0;  // made on the cadence; the next one is due at records × record_every
  double recorded_at = -1;    // simulated time of the last record; −1: none yet
  std::uint64_t events_since_check = 0;  // events since the last look for divergence
  double wall_seconds = 0;               // spent

  friend bool operator==(const Position&, const Position&) = default;
};

// What the learning-rate schedule counts progress in. `time`: simulated time. `local_steps`: the worker's own
// steps × workers, as the reference implementation of A²CiD² counts. `live_steps`: likewise, and the time
// that an inverse_time schedule sees is the worker's own steps.
enum class ProgressClock { time, local_steps, live_steps };

// What a record sees. Return true to stop the run: the target is reached.
template <class Scalar>
struct Record {
  double time;
  const Counts& counts;
  const StateView<Scalar>& states;
  double weight_under_way = 0;  // see Observation::weighs_mail
};

// Whoever watches a run. What they see does not depend on how often they look, and changes nothing.
template <class Scalar>
struct Observation {
  double every = 1.0;  // simulated time between records; the first is at 0
  std::function<bool(const Record<Scalar>&)> on_record = {};         // also called once at the end
  std::function<void(double time, const Counts&)> on_progress = {};  // now and then, between events
  // Every event, in order; times of the run where they are not the events' own, else empty.
  std::function<void(std::span<const Event>, std::span<const double> times)> on_events = {};
  // Where set, run_serial and run_mpi carry out one event at a time, and after each they give the hash of the
  // states of its workers; run_mpi gives those of the rank's own workers. Slow; for --verify.
  std::function<void(const StateHash&)> on_state = {};
  // Records tell the weights in the messages under way, of a method that sends weights.
  bool weighs_mail = false;
  const std::atomic<bool>* interrupt = nullptr;
};

// Where a run goes on from.
struct Resumption {
  const Position* position = nullptr;  // null: the start. Else kernel and optimizer hold the states of there
  const Counts* counts = nullptr;
  // Brings kernel, optimizer and all that the callbacks have gathered back to the start. MPI ranks learn of a
  // divergence late; they then restart the run and stop at the right event.
  std::function<void()> restart = {};
};

// When a run is saved, and how.
template <class Scalar>
struct Checkpoints {
  double every = infinity;  // simulated time; events at the time of a checkpoint come before it
  double every_seconds = infinity;
  // Where set: at the times above, when the user interrupts, and where a run ends by the clocks or by its
  // counts, before the record of the end and the last look for divergence, so that it can be extended.
  // `mail`: the messages under way; gradients under way are in `in_flight`.
  std::function<void(const Position&, const Counts&, const std::vector<Parcel<Scalar>>& mail)> write = {};
};

template <class Scalar>
struct Simulation {
  const Schedule& schedule;
  Kernel<Scalar>& kernel;
  const Objective<Scalar>* objective = nullptr;  // null: no gradient events occur
  Optimizer<Scalar>* optimizer = nullptr;
  InFlight<Scalar>* in_flight = nullptr;  // null: the run makes its own, for a run without checkpoints
  MinibatchLosses* losses = nullptr;      // null: they are not asked for; cleared after every record
  Index edges = 0;
  Worker workers = 0;  // of the whole run, where the kernel holds a part of them; 0: those of the kernel
  // x_0 of a place in the kernel, for restarts. Threads may ask at the same time.
  std::function<Vector<Scalar>(Worker place)> initial_point = {};
  Meter meter = {};  // of what the method sends
  StopRules stop = {};
  double horizon = 1.0;  // of the learning-rate schedule: progress is 1 there
  ProgressClock progress_clock = ProgressClock::time;
  Observation<Scalar> observe = {};
  Resumption resume = {};
  Checkpoints<Scalar> checkpoints = {};
};

struct Outcome {
  StopReason reason = StopReason::time;
  double time = 0;  // simulated time at the end
  Counts counts;
  Staleness::Summary staleness;
  std::uint64_t events = 0;  // of the schedule, gone through
  double wall_seconds = 0;
  bool schedule_ended = false;  // where workers have clocks of their own: no event is left
  std::vector<double>
      worker_times;      // of the states at the end, where workers have clocks of their own; else empty
  std::string detail;    // divergence: what, where, when
  std::string decision;  // run_openmp: how it shared the work, and why
};

// γ of gradient number `index` of a worker, at the time of its event.
template <class Scalar>
double learning_rate_of(const Simulation<Scalar>& simulation, std::uint64_t index, Worker run_workers,
                        double time) {
  const auto steps = static_cast<double>(index);
  switch (simulation.progress_clock) {
    case ProgressClock::local_steps:
      return simulation.optimizer->learning_rate(time, steps * run_workers, simulation.horizon);
    case ProgressClock::live_steps:
      return simulation.optimizer->learning_rate(steps, steps * run_workers, simulation.horizon);
    case ProgressClock::time:
      break;
  }
  return simulation.optimizer->learning_rate(time, time, simulation.horizon);
}

// Applies every event in order on the calling thread: the definition of correct.
template <class Scalar>
Outcome run_serial(const Simulation<Scalar>& simulation);

// When run_openmp shares events out: where it pays by what it measures in the run itself, or always.
enum class Sharing { where_it_pays, always };

// The same result, bit for bit, on up to `threads` OpenMP threads: events of disjoint workers run side by
// side, and long stretches of communications are cut along the dimension. Outcome::decision tells what it
// did.
template <class Scalar>
Outcome run_openmp(const Simulation<Scalar>& simulation, int threads,
                   Sharing sharing = Sharing::where_it_pays);

}  // namespace acidsim
