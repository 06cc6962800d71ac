// What one event does to the states: shared by all backends that run in one memory.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sim/engine/simulation.hpp"

namespace acidsim {

// What gradient events ask for, on one thread: ∇F_i(x, ξ) number worker_gradients[i], made a direction by the
// local optimizer.
template <class Scalar>
class EventGradients final : public GradientSource<Scalar> {
 public:
  explicit EventGradients(const Simulation<Scalar>& simulation) : simulation_(simulation) {
    if (simulation.objective != nullptr) scratch_ = simulation.objective->scratch();
  }

  // Counts and announces the gradient events among `events`, which are evaluated next. Threads may do so at
  // the same time for disjoint workers: they write no common entry of `counts`.
  void announce(std::span<const Event> events, Counts& counts) {
    coming_.resize(events.size());
    next_ = 0;
    std::size_t found = 0;  // kinds come at random: counted without a branch
    for (const Event& event : events) {
      const bool is_gradient = event.verb == Verb::gradient;
      std::uint64_t& count = counts.worker_gradients[event.i];
      coming_[found] = {event.i, count};
      count += is_gradient;
      found += is_gradient;
    }
    coming_.resize(found);
    simulation_.objective->announce(coming_, *scratch_);
  }

  double evaluate(const Event& event) override {
    const auto [i, count] = coming_[next_++];
    simulation_.objective->gradient(i, count, this->model, this->direction, *scratch_);
    simulation_.optimizer->direction(i, this->model, this->direction);
    const double done =
        simulation_.local_steps ? static_cast<double>(count) * simulation_.kernel.workers() : event.time;
    return simulation_.optimizer->learning_rate(event.time, done, simulation_.horizon);
  }

 private:
  const Simulation<Scalar>& simulation_;
  std::unique_ptr<GradientScratch> scratch_;  // null without an objective
  std::vector<GradientAddress> coming_;
  std::size_t next_ = 0;
};

// Applies `events` in order. Calls that name disjoint workers may run at the same time, each with gradients
// of its own. Without an objective gradient events are skipped.
template <class Scalar>
void apply_in_order(const Simulation<Scalar>& simulation, std::span<const Event> events, Counts& counts,
                    EventGradients<Scalar>& gradients) {
  if (simulation.objective == nullptr) return simulation.kernel.communicate(events);
  gradients.announce(events, counts);
  simulation.kernel.apply(events, &gradients);
}

}  // namespace acidsim
