// Where the workers of a run start.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "sim/algorithms/kernel.hpp"
#include "sim/core/random.hpp"
#include "sim/engine/averaged_states.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/optimizers/make_optimizer.hpp"

namespace acidsim {

// The x_0 of each worker of the run, as it is given or by draws that are addressed: any rank can make them. The plan
// and the objective (null for pure gossip) must outlive it.
template <class Scalar>
class InitialStates {
 public:
  InitialStates(const Plan& plan, const Objective<Scalar>* objective, std::uint64_t seed, Index dimension)
      : kind_(kind_of(plan.experiment.initial.kind, objective)),
        common_(plan.experiment.initial.common),
        objective_(objective),
        scale_(static_cast<Scalar>(plan.experiment.initial.scale)),
        seed_(seed),
        points_(plan.initial_points.get()),
        x_(Vector<Scalar>::Zero(dimension)) {
    if (kind_ == InitialKind::points) x_ = points_->col(0).template cast<Scalar>();
    if (kind_ == InitialKind::common_normal) draw(0, 0);
    if (kind_ == InitialKind::network && common_) objective_->start(seed_, 0, x_);
  }
  const Vector<Scalar>& of(Worker worker) {
    if (kind_ == InitialKind::normal) draw(worker, 1);
    if (kind_ == InitialKind::network && !common_) objective_->start(seed_, worker, x_);
    if (kind_ == InitialKind::points && points_->cols() > 1)
      x_ = points_->col(worker).template cast<Scalar>();
    return x_;
  }

 private:
  static InitialKind kind_of(InitialKind asked, const Objective<Scalar>* objective) {
    if (asked != InitialKind::automatic) return asked;
    return objective != nullptr && objective->has_start() ? InitialKind::network : InitialKind::zero;
  }
  void draw(Worker entity, std::uint64_t index) {
    Stream(seed_, Purpose::initial_state, entity)
        .normals<Scalar>(index, {x_.data(), static_cast<std::size_t>(x_.size())});
    x_ *= scale_;
  }

  InitialKind kind_;
  bool common_;
  const Objective<Scalar>* objective_;
  Scalar scale_;
  std::uint64_t seed_;
  const Matrix<double>* points_;
  Vector<Scalar> x_;
};

// Where the workers of a run start, the average of their points among it, which is found on first use. Threads may ask at the
// same time. Plan and objective (null for pure gossip) must outlive it.
template <class Scalar>
class Start {
 public:
  Start(const Plan& plan, const Objective<Scalar>* objective, std::uint64_t seed, Index dimension)
      : plan_(plan), objective_(objective), seed_(seed), dimension_(dimension) {}

  InitialStates<Scalar> points() const { return {plan_, objective_, seed_, dimension_}; }
  const Vector<Scalar>& average() {
    std::call_once(averaged_, [this] { average_ = compute_average(); });
    return average_;
  }

  // Where worker `worker` of the run begins anew.
  Vector<Scalar> of(Worker worker) {
    return plan_.experiment.initial.average ? average() : points().of(worker);
  }

  // `own`: the workers that the kernel holds, where it does not hold all. A replay of a live run starts as that
  // did: at the average of the initial states. So do the model of a server and the workers' copies of it, and all
  // where that is asked for.
  void initialise(const std::vector<Worker>* own, Kernel<Scalar>& kernel, Optimizer<Scalar>& optimizer) {
    const InitialSettings& initial = plan_.experiment.initial;
    if (plan_.replays_live_run() || plan_.dynamics.has_server() || initial.average) {
      for (Worker place = 0; place < kernel.workers(); ++place) kernel.initialise(place, average());
    } else {
      InitialStates<Scalar> each = points();
      for (Worker place = 0; place < kernel.workers(); ++place)
        kernel.initialise(place, each.of(own != nullptr ? (*own)[place] : place));
    }
    if (!initial.step_before) return;
    FirstStep step(*objective_);
    InitialStates<Scalar> each = points();
    for (Worker place = 0; place < kernel.workers(); ++place) {
      const Worker worker = own != nullptr ? (*own)[place] : place;
      step.take(worker, place, each.of(worker), optimizer);
    }
  }

 private:
  // The step before the average; a batch of its own, which no counted gradient has.
  struct FirstStep {
    explicit FirstStep(const Objective<Scalar>& of) : objective(of), scratch(of.scratch()) {}
    // direction ← the optimizer's at x.
    void take(Worker worker, Worker place, const Vector<Scalar>& x, Optimizer<Scalar>& optimizer) {
      constexpr std::uint64_t uncounted = 1ULL << 40;
      objective.gradient(worker, uncounted, x, direction, *scratch);
      optimizer.take_in(place, scratch->statistics);
      optimizer.direction(place, x, direction);
    }
    const Objective<Scalar>& objective;
    std::unique_ptr<GradientScratch> scratch;
    Vector<Scalar> direction;
  };

  Vector<Scalar> compute_average() const {
    InitialStates<Scalar> each = points();
    OrderedMean<Scalar> mean(dimension_);
    for (Worker worker = 0; worker < plan_.workers(); ++worker) {
      Vector<Scalar> x = each.of(worker);
      if (plan_.experiment.initial.step_before) step_from(worker, x);
      mean.add({x.data(), static_cast<std::size_t>(x.size())});
    }
    return mean.mean();
  }
  void step_from(Worker worker, Vector<Scalar>& x) const {
    const auto optimizer = make_optimizer<Scalar>(plan_.optimizer(), 1, dimension_, objective_->blocks());
    optimizer->keep_statistics(objective_->running_statistics().size);
    FirstStep step(*objective_);
    step.take(worker, 0, x, *optimizer);
    x -= static_cast<Scalar>(optimizer->learning_rate(0, 0, 1)) * step.direction;
  }

  const Plan& plan_;
  const Objective<Scalar>* objective_;
  std::uint64_t seed_;
  Index dimension_;
  std::once_flag averaged_;
  Vector<Scalar> average_;
};

}  // namespace acidsim
