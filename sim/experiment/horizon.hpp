// How far a learning-rate schedule looks.
#pragma once

#include <algorithm>
#include <numeric>

#include "sim/experiment/counting.hpp"
#include "sim/experiment/plan.hpp"

namespace acidsim {

// Communications per unit time, by the rates of the experiment: those of a trace are what happened.
inline double communication_rate(const Plan& plan, const Schedule& schedule) {
  const bool of_file = plan.experiment.timing.model == TimingModel::trace;
  return of_file && !plan.dynamics.mixes_in_rounds() && !plan.dynamics.has_server()
             ? plan.network->rate_total
             : schedule.communication_rate();
}

// Gradients of all workers in a unit of a schedule's progress that is not a fraction of the run. `rate`: gradients of
// all workers per unit time.
inline double gradients_per_unit(const Plan& plan, ProgressUnit unit, double rate) {
  if (unit == ProgressUnit::time) return rate;
  return unit == ProgressUnit::epochs ? plan.epoch_gradients.value() : 1.0;
}

// The same of a live run, whose time is the worker's own steps; `end`: of the whole run.
inline double live_progress_unit(const Plan& plan, double end) {
  const ProgressUnit unit = plan.experiment.optimizer.learning_rate().unit;
  return unit == ProgressUnit::fraction ? end : gradients_per_unit(plan, unit, plan.workers());
}

// What is 1 in the progress of the learning rate's schedule, in simulated time or in gradients: the whole run where it
// counts in fractions of it, else an epoch, a gradient or a unit of time. The run's end follows from the stop rules. By the rates of the experiment, so that a trace of this
// very experiment gives the identical run; with the model `availability` as its first events go.
template <class Scalar>
void set_horizon(const Plan& plan, std::uint64_t seed, Simulation<Scalar>& simulation) {
  simulation.progress_clock = plan.experiment.optimizer.clock;
  if (plan.replays_live_run()) {
    simulation.progress_clock = ProgressClock::live_steps;
    simulation.horizon = live_progress_unit(plan, plan.experiment.timing.horizon);
    return;
  }
  const StopRules& stop = simulation.stop;
  const std::vector<double> rates = plan.gradient_rates(seed);
  double gradient_rate = std::accumulate(rates.begin(), rates.end(), 0.0);
  // Where workers wait for each other, or are away, the rates alone do not tell.
  const Timing& timing = plan.experiment.timing;
  if (gradient_rate == 0 || timing.model == TimingModel::availability || timing.churn)
    gradient_rate = simulation.schedule.gradient_rate();
  const bool in_steps = simulation.progress_clock == ProgressClock::local_steps;
  const ProgressUnit unit = plan.experiment.optimizer.learning_rate().unit;
  if (unit != ProgressUnit::fraction) {
    const double gradients = gradients_per_unit(plan, unit, gradient_rate);
    simulation.horizon = in_steps ? gradients : unit == ProgressUnit::time ? 1.0 : gradients / gradient_rate;
    return;
  }
  double horizon = stop.time;
  if (stop.gradients && gradient_rate > 0)
    horizon = std::min(horizon, static_cast<double>(*stop.gradients) / gradient_rate);
  if (stop.communications)
    horizon = std::min(
        horizon, static_cast<double>(*stop.communications) / communication_rate(plan, simulation.schedule));
  const Sending sending(plan.experiment, plan.dynamics, plan.workers(), simulation.kernel.dimension());
  horizon = std::min(
      horizon, sending.expected_end(simulation.schedule, communication_rate(plan, simulation.schedule)));
  simulation.horizon = in_steps ? horizon * gradient_rate : horizon;
}

}  // namespace acidsim
