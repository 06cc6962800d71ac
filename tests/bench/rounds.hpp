// Methods of rounds on a ring of workers, for benchmarks.
#pragma once

#include "sim/algorithms/generic_kernel.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/objectives/quadratic.hpp"
#include "sim/optimizers/sgd.hpp"
#include "sim/timing/round_schedule.hpp"

namespace acidsim {

// Rounds of one gradient, on quadratics with their minimum at 0 and without noise, and a mixing with both neighbours at weights of a third.
class RingRounds {
 public:
  RingRounds(Worker workers, Index dimension)
      : schedule_(1, std::vector<double>(workers, 1.0), {{Verb::gradient}, {Verb::round}}, {{ring(workers)}}),
        objective_(make_quadratic<double>(
            {.dimension = dimension, .curvature_min = 0.5, .curvature_max = 1, .heterogeneity = 1}, workers,
            1, 1)) {}

  // What `clock` says that so many rounds take, the last mixing left out; on run_serial where threads = 1.
  template <class Clock>
  double seconds(const Dynamics& dynamics, std::uint64_t rounds, int threads, const Clock& clock,
                 std::string* decision = nullptr) const {
    const Worker workers = objective_->workers();
    const auto kernel = make_generic_kernel<double>(dynamics, workers, objective_->dimension());
    for (Worker i = 0; i < workers; ++i)
      kernel->initialise(i, Vector<double>::Constant(kernel->dimension(), i));
    Sgd<double> optimizer({.learning_rate = {.base = 0.01}}, workers, kernel->dimension());
    Simulation<double> simulation{schedule_, *kernel};
    simulation.objective = objective_.get();
    simulation.optimizer = &optimizer;
    simulation.edges = workers;
    simulation.stop.gradients = rounds * workers;
    simulation.observe.every = infinity;
    const double start = clock();
    const Outcome outcome = threads == 1 ? run_serial(simulation) : run_openmp(simulation, threads);
    if (decision != nullptr) *decision = outcome.decision;
    return clock() - start;
  }

 private:
  static Group ring(Worker workers) {
    Group group{.first = {0}};
    for (Worker i = 0; i < workers; ++i) {
      group.members.push_back(i);
      const auto [left, right] = std::minmax({(i + workers - 1) % workers, (i + 1) % workers});
      group.neighbours.insert(group.neighbours.end(), {left, right});
      group.weights.insert(group.weights.end(), 2, 1.0 / 3);
      group.first.push_back(static_cast<std::uint32_t>(group.neighbours.size()));
      group.edges.push_back(i);
    }
    return group;
  }

  RoundSchedule schedule_;
  std::unique_ptr<Objective<double>> objective_;
};

}  // namespace acidsim
