// What events do to the states of one memory: shared by all backends.
#pragma once

#include <algorithm>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/engine/simulation.hpp"

namespace acidsim {

// What gradient events ask for, on one thread: ∇F_i(x, ξ), made a direction by the local optimizer, and its
// γ.
template <class Scalar>
class EventGradients final : public GradientSource<Scalar> {
 public:
  // run_workers: of the whole run, where the kernel holds a part of them, and its server.
  EventGradients(const Simulation<Scalar>& simulation, Worker run_workers)
      : simulation_(simulation),
        has_server_(simulation.schedule.has_server()),
        run_workers_(run_workers - Worker{has_server_}) {
    if (simulation.objective != nullptr) scratch_ = simulation.objective->scratch();
    if (simulation.losses != nullptr) scratch_->wants_loss = true;
  }

  // Forgets what was announced.
  void clear() {
    coming_.clear();
    next_ = 0;
  }
  // The next gradient that will be asked for, by its worker in the whole run and its number.
  void add(GradientAddress address) { coming_.push_back(address); }
  // Once all are added that will be asked for next.
  void announce() {
    if (!coming_.empty()) simulation_.objective->announce(coming_, *scratch_);
  }

  // The same for the gradients among `events` of a kernel that holds all workers, which are also counted
  // where they land. Threads may do so at the same time for disjoint workers: they write no common entry of
  // `counts`.
  void announce(std::span<const Event> events, Counts& counts) {
    coming_.resize(events.size());
    next_ = 0;
    std::size_t found = 0;  // verbs come at random: counted without a branch
    for (const Event& event : events) {
      std::uint64_t& count = counts.worker_gradients[event.i];
      coming_[found] = {event.i, count};
      found += begins_gradient(event.verb);
      count += lands_gradient(event.verb);
    }
    coming_.resize(found);
    announce();
  }

  double evaluate(const Event& event) override {
    ACIDSIM_CHECK(next_ < coming_.size());
    const auto [worker, index] = coming_[next_++];
    if (!has_server_) return compute(worker, index, event.i, event.time);
    const GradientShare share = simulation_.schedule.share_of(event);
    this->part = share.part;
    return compute(worker, index, event.i, event.time) * share.step;
  }
  bool is_separable() const override {
    return simulation_.objective != nullptr && simulation_.objective->is_separable() &&
           simulation_.optimizer->is_plain() && !simulation_.kernel.dual_gradients() && !has_server_;
  }
  BegunGradient begin(const Event& event) override {
    ACIDSIM_CHECK(next_ < coming_.size());
    const GradientAddress address = coming_[next_++];
    return {address, learning_rate_of(simulation_, address.index, run_workers_, event.time)};
  }
  void evaluate_part(const BegunGradient& gradient, Range range, const Scalar* x, Scalar* g) const override {
    simulation_.objective->gradient_part(gradient.address.worker, range, x, g);
  }
  // Gradient number `index` of a worker that is `place` in the kernel; see GradientSource.
  double compute(Worker worker, std::uint64_t index, Worker place, double time) {
    if (simulation_.kernel.dual_gradients()) {
      simulation_.objective->conjugate_gradient(worker, this->model, this->direction);
    } else {
      simulation_.objective->gradient(worker, index, this->model, this->direction, *scratch_);
      if (simulation_.losses != nullptr) simulation_.losses->add(worker, scratch_->loss);
      simulation_.optimizer->take_in(place, scratch_->statistics);
    }
    simulation_.optimizer->direction(place, this->model, this->direction);
    return learning_rate_of(simulation_, index, run_workers_, time);
  }

 private:
  const Simulation<Scalar>& simulation_;
  bool has_server_;
  Worker run_workers_;
  std::unique_ptr<GradientScratch> scratch_;  // null without an objective
  std::vector<GradientAddress> coming_;
  std::size_t next_ = 0;
};

// Where the message of a send or a publish goes, or what a receive or a mix lands. Empty for other verbs.
template <class Scalar>
struct Route {
  using Message = typename Mail<Scalar>::Message;
  Message out = {};     // send, publish
  Message letter = {};  // receive
  Message own = {};     // what the worker itself told: mix, and receive of a method that is not directed
  std::vector<Message> letters = {};     // mix: of the neighbours, ascending
  std::span<const double> weights = {};  // theirs
  std::optional<double> own_weight = {};
};

template <class Scalar>
void mix_letters(Kernel<Scalar>& kernel, const Event& event, const Route<Scalar>& route) {
  static thread_local std::vector<Letter<Scalar>> letters;  // kept: nothing is allocated
  letters.clear();
  for (std::size_t k = 0; k < route.letters.size(); ++k)
    letters.push_back({route.weights[k], *route.letters[k]});
  kernel.mix(event.i, event.number, event.time, {*route.own, letters, route.own_weight});
}

// The worker begins anew at x: as a run that starts there now, and with an optimizer that remembers nothing.
template <class Scalar>
void begin_anew(const Simulation<Scalar>& simulation, Worker place, double time, const Vector<Scalar>& x) {
  Kernel<Scalar>& kernel = simulation.kernel;
  std::vector<Scalar> stored(kernel.stored_size());
  kernel.initialise(place, x);
  kernel.save(place, stored);
  kernel.restore(place, time, stored);
  if (simulation.optimizer == nullptr || simulation.optimizer->memory().empty()) return;
  const std::span<std::byte> memory = simulation.optimizer->memory().bytes(place);
  std::fill(memory.begin(), memory.end(), std::byte{0});
}

// A restart whose donor the kernel holds too.
template <class Scalar>
void restart(const Simulation<Scalar>& simulation, const Event& event) {
  if (event.j == event.i)
    return begin_anew(simulation, event.i, event.time, simulation.initial_point(event.i));
  Vector<Scalar> x(simulation.kernel.dimension());
  simulation.kernel.model(event.j, event.time, {x.data(), static_cast<std::size_t>(x.size())});
  begin_anew(simulation, event.i, event.time, x);
}

// Applies `events`, none of them a round, in order; event.i and event.j are places in the kernel. `routes`
// has an entry for each event, or is empty where all are gradients and exchanges. Gradients must have been
// announced; without an objective they are skipped. Calls that name disjoint workers may run at the same
// time, each with gradients of its own.
template <class Scalar>
void apply_events(const Simulation<Scalar>& simulation, std::span<const Event> events,
                  std::span<const Route<Scalar>> routes, EventGradients<Scalar>& gradients,
                  UnderWay<Scalar>& under_way) {
  Kernel<Scalar>& kernel = simulation.kernel;
  const bool trains = simulation.objective != nullptr;
  for (std::size_t k = 0; k < events.size();) {
    const std::size_t first = k;
    while (k < events.size() && is_fused(events[k].verb)) ++k;
    if (k > first) kernel.apply(events.subspan(first, k - first), trains ? &gradients : nullptr);
    if (k == events.size()) return;
    const Event& event = events[k];
    const Worker i = event.i;
    switch (event.verb) {
      case Verb::read:
        if (trains) {
          gradients.model.resize(kernel.dimension());
          gradients.direction.resize(kernel.dimension());
          kernel.begin_gradient(i, event.time,
                                {gradients.model.data(), static_cast<std::size_t>(kernel.dimension())});
          auto& begun = under_way.begin(i);
          begun.learning_rate = gradients.evaluate(event);
          begun.direction = gradients.direction;
        }
        break;
      case Verb::step:
        if (const auto* landing = trains ? under_way.land(i) : nullptr)
          kernel.step(i, event.time, landing->learning_rate, landing->direction);
        break;
      case Verb::send:
        if (kernel.directed())
          kernel.send_along(event.clock, i, event.time, *routes[k].out);
        else
          kernel.tell_along(event.clock, i, event.time, *routes[k].out);
        break;
      case Verb::receive:
        if (kernel.directed())
          kernel.receive_along(event.clock, i, event.time, *routes[k].letter);
        else
          kernel.hear_along(event.clock, i, event.time, *routes[k].own, *routes[k].letter);
        break;
      case Verb::publish:
        kernel.tell_in_round(i, event.number, event.time, *routes[k].out);
        break;
      case Verb::mix:
        mix_letters(kernel, event, routes[k]);
        break;
      case Verb::restart:
        restart(simulation, event);
        break;
      default:  // the others change no state; rounds are not for here
        break;
    }
    ++k;
  }
}

// Before the first event: the gradient at x_0 of the methods that take one, counted as gradient 0 of its
// worker. `worker_of` turns a place in the kernel into a worker of the run.
template <class Scalar, class WorkerOf>
void take_gradients_at_start(const Simulation<Scalar>& simulation, EventGradients<Scalar>& gradients,
                             const WorkerOf& worker_of) {
  Kernel<Scalar>& kernel = simulation.kernel;
  gradients.model.resize(kernel.dimension());
  gradients.direction.resize(kernel.dimension());
  for (Worker place = 0; place < kernel.workers(); ++place) {
    kernel.model(place, 0.0, {gradients.model.data(), static_cast<std::size_t>(kernel.dimension())});
    const double learning_rate = gradients.compute(worker_of(place), 0, place, 0.0);
    kernel.land_at_start(place, learning_rate, gradients.direction);
  }
}

}  // namespace acidsim
