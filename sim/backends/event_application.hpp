// What one event does to the states: shared by all backends that run in one memory.
#pragma once

#include <algorithm>
#include <span>

#include "sim/backends/simulation.hpp"

namespace acidsim {

// Scratch of one thread.
template <class Scalar>
struct GradientScratch {
  Vector<Scalar> model, direction;
  Workspace<Scalar> workspace;
};

// A gradient event: read the model, evaluate ∇F_i(x, ξ) number worker_gradients[i], let the local optimizer
// make a direction of it, and let the algorithm land the step.
template <class Scalar>
void apply_gradient(const Simulation<Scalar>& simulation, const Event& event, Counts& counts,
                    GradientScratch<Scalar>& scratch) {
  const Worker i = event.i;
  Kernel<Scalar>& kernel = simulation.kernel;
  scratch.model.resize(kernel.dimension());
  scratch.direction.resize(kernel.dimension());
  const std::uint64_t count = counts.worker_gradients[i]++;

  kernel.read(i, 0, event.time, {scratch.model.data(), static_cast<std::size_t>(scratch.model.size())});
  simulation.objective->gradient(i, count, scratch.model, scratch.direction, scratch.workspace);
  simulation.optimizer->direction(i, scratch.model, scratch.direction);
  const double done = simulation.local_steps ? static_cast<double>(count) * kernel.workers() : event.time;
  const double rate = simulation.optimizer->learning_rate(event.time, done / simulation.horizon);
  kernel.step(i, event.time, rate, scratch.direction);
}

// Applies `events` in order, each stretch of communications as one call. Calls that name disjoint workers may
// run at the same time, each with its own scratch: they write no common entry of `counts`. Without an
// objective gradient events are skipped.
template <class Scalar>
void apply_in_order(const Simulation<Scalar>& simulation, std::span<const Event> events, Counts& counts,
                    GradientScratch<Scalar>& scratch) {
  const auto is_gradient = [](const Event& event) { return event.kind == EventKind::gradient; };
  auto at = events.begin();
  while (at != events.end()) {
    const auto next = std::find_if(at, events.end(), is_gradient);
    if (next != at) simulation.kernel.communicate({at, next});
    if (next == events.end()) break;
    if (simulation.objective != nullptr) apply_gradient(simulation, *next, counts, scratch);
    at = next + 1;
  }
}

}  // namespace acidsim
