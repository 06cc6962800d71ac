// Schedules and runs for the tests of backends.
#pragma once

#include <cstring>
#include <memory>
#include <vector>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/core/random.hpp"
#include "sim/engine/averaged_states.hpp"
#include "sim/engine/kernel_states.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/objectives/quadratic.hpp"
#include "sim/optimizers/sgd.hpp"

namespace acidsim {

// The given events, handed out in blocks.
class ListSchedule final : public Schedule {
 public:
  explicit ListSchedule(std::vector<Event> events, std::size_t block = 3)
      : events_(std::move(events)), block_(block) {}
  std::unique_ptr<EventCursor> from(double) const override { return std::make_unique<Cursor>(*this); }
  double gradient_rate() const override { return 1; }
  double communication_rate() const override { return 1; }
  std::span<const Group> groups() const override { return groups_; }
  void set_groups(std::vector<Group> groups) { groups_ = std::move(groups); }

 private:
  struct Cursor final : EventCursor {
    explicit Cursor(const ListSchedule& list) : rest(list.events_), block(list.block_) {}
    std::span<const Event> next() override {
      const auto given = rest.first(std::min(block, rest.size()));
      rest = rest.subspan(given.size());
      return given;
    }
    std::span<const Event> rest;
    std::size_t block;
  };
  std::vector<Event> events_;
  std::size_t block_;
  std::vector<Group> groups_;
};

inline Event gradient_event(double time, Worker i) { return {time, i, i, i, Verb::gradient}; }
// Edge e of a graph of `workers`.
inline Event communication_event(double time, Worker i, Worker j, Worker workers, std::uint32_t e = 0) {
  return {time, i, j, workers + e, Verb::exchange};
}

// The cycle with rate 1 per worker.
inline std::vector<Edge> ring_edges(Worker workers) {
  std::vector<Edge> edges;
  for (Worker i = 0; i + 1 < workers; ++i) edges.push_back({i, i + 1, 0.5});
  edges.push_back({0, workers - 1, 0.5});
  return edges;
}

// Gradient clocks of rate 1.
inline std::vector<double> ones(Worker workers) { return std::vector<double>(workers, 1.0); }

// Adds the numbers of a part of the states, as StateVisit is given it.
template <class Scalar>
void append(std::span<const std::byte> part, std::vector<Scalar>& to) {
  const std::size_t before = to.size();
  to.resize(before + part.size() / sizeof(Scalar));
  std::memcpy(to.data() + before, part.data(), part.size());
}

// A kernel, an optimizer and an objective, ready to run from normal initial states.
template <class Scalar>
struct OwnedRun {
  std::unique_ptr<Kernel<Scalar>> kernel;
  std::unique_ptr<Objective<Scalar>> objective;
  Sgd<Scalar> optimizer;

  OwnedRun(std::unique_ptr<Kernel<Scalar>> k, std::unique_ptr<Objective<Scalar>> f,
           const SgdParameters& parameters)
      : kernel(std::move(k)),
        objective(std::move(f)),
        optimizer(parameters, kernel->workers(), kernel->dimension()) {
    Vector<Scalar> x(kernel->dimension());
    for (Worker i = 0; i < kernel->workers(); ++i) {
      Stream(5, Purpose::initial_state, i).normals<Scalar>(0, {x.data(), static_cast<std::size_t>(x.size())});
      kernel->initialise(i, x);
    }
  }

  Simulation<Scalar> on(const Schedule& schedule, StopRules stop, double record_every = 1.0) {
    return {.schedule = schedule,
            .kernel = *kernel,
            .objective = objective.get(),
            .optimizer = &optimizer,
            .stop = stop,
            .observe = {.every = record_every}};
  }

  // All states in canonical order.
  std::vector<Scalar> states(double time) const {
    std::vector<Scalar> all;
    for_each_state_vector<Scalar>(*kernel, &optimizer, ReadTimes{time},
                                  [&](std::span<const std::byte> part) { append(part, all); });
    return all;
  }
};

inline StopRules until(double time) {
  StopRules stop;
  stop.time = time;
  return stop;
}

// The final states of a replay of a live run, on any backend: `run` carries the simulation out.
template <class Scalar, class Run>
Outcome replay_live(Simulation<Scalar> simulation, double horizon, const Run& run, const StateVisit& visit) {
  Kernel<Scalar>& kernel = simulation.kernel;
  const Vector<Scalar> start = mean_model(KernelStates<Scalar>(kernel, 0.0));
  for (Worker worker = 0; worker < kernel.workers(); ++worker) kernel.initialise(worker, start);
  simulation.progress_clock = ProgressClock::live_steps;
  simulation.horizon = horizon;
  const Outcome outcome = run(simulation);
  const ReadTimes times{outcome.time, outcome.worker_times};
  if (outcome.schedule_ended)
    for_each_averaged_vector<Scalar>(
        mean_model(KernelStates<Scalar>(kernel, times)), kernel.vectors(), kernel.workers(),
        [&](Worker worker) {
          return std::span<const std::byte>(simulation.optimizer->memory().bytes(worker));
        },
        visit);
  else
    for_each_state_vector<Scalar>(kernel, simulation.optimizer, times, visit);
  return outcome;
}

}  // namespace acidsim
