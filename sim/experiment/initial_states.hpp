// Where the workers of a run start.
#pragma once

#include <functional>
#include <vector>

#include "sim/algorithms/kernel.hpp"
#include "sim/core/random.hpp"
#include "sim/engine/averaged_states.hpp"
#include "sim/experiment/plan.hpp"

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

// The average of the points of all workers.
template <class Scalar>
Vector<Scalar> average_start(const Plan& plan, const Objective<Scalar>* objective, std::uint64_t seed,
                             Index dimension) {
  InitialStates<Scalar> initial(plan, objective, seed, dimension);
  OrderedMean<Scalar> mean(dimension);
  for (Worker worker = 0; worker < plan.workers(); ++worker) {
    const Vector<Scalar>& x = initial.of(worker);
    mean.add({x.data(), static_cast<std::size_t>(x.size())});
  }
  return mean.mean();
}

// Where a worker at some place of the kernel begins anew; threads may ask at the same time. `own`: as below; the plan and
// it must outlive what is returned.
template <class Scalar>
std::function<Vector<Scalar>(Worker place)> initial_points(const Plan& plan,
                                                           const Objective<Scalar>* objective,
                                                           std::uint64_t seed, Index dimension,
                                                           const std::vector<Worker>* own) {
  if (plan.experiment.initial.average)
    return [mean = average_start<Scalar>(plan, objective, seed, dimension)](Worker) { return mean; };
  return [&plan, objective, seed, dimension, own](Worker place) {
    return InitialStates<Scalar>(plan, objective, seed, dimension).of(own != nullptr ? (*own)[place] : place);
  };
}

// `own`: the workers that the kernel holds, where it does not hold all. A replay of a live run starts as that
// did: at the average of the initial states. So do the model of a server and the workers' copies of it, and all where
// that is asked for.
template <class Scalar>
void initialise(const Plan& plan, const Objective<Scalar>* objective, std::uint64_t seed,
                const std::vector<Worker>* own, Kernel<Scalar>& kernel) {
  if (plan.replays_live_run() || plan.dynamics.has_server() || plan.experiment.initial.average) {
    const Vector<Scalar> mean = average_start<Scalar>(plan, objective, seed, kernel.dimension());
    for (Worker place = 0; place < kernel.workers(); ++place) kernel.initialise(place, mean);
    return;
  }
  InitialStates<Scalar> initial(plan, objective, seed, kernel.dimension());
  for (Worker place = 0; place < kernel.workers(); ++place)
    kernel.initialise(place, initial.of(own != nullptr ? (*own)[place] : place));
}

}  // namespace acidsim
