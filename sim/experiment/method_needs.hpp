// What single methods ask of the optimizer and the objective. Checks throw InputError where it is not there.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sim/algorithms/row.hpp"
#include "sim/experiment/experiment.hpp"
#include "sim/experiment/network.hpp"
#include "sim/objectives/objective.hpp"
#include "sim/optimizers/make_optimizer.hpp"

namespace acidsim {

// That the optimizer changes nothing: for methods whose constants are their step sizes.
void check_plain_steps(const AlgorithmRow& method, const OptimizerParameters& optimizer);

// That L and μ > 0 are known: for methods whose theory's constants follow from them.
void check_constants(const std::string& objective_name, const std::optional<ObjectiveConstants>& constants);

// That the barrier is one that the method can have: rounds wait for somebody, and a worker can wait for its neighbours
// alone where it mixes with them alone, on a graph that does not change.
void check_barrier(const AlgorithmRow& method, const Dynamics& dynamics, const Timing& timing,
                   bool graph_changes);

// That the final states may be replaced by the average of all models: they are nothing but models.
void check_averaged_end(const AlgorithmRow& method, const Dynamics& dynamics, const StopSettings& stop);

// That rounds can do without the gradients of backup workers: one gradient each, then the mean over all workers, whole.
// That there are buffers to average, by exchanges of pairs.
void check_averaged_buffers(const AlgorithmRow& method, const Dynamics& dynamics,
                            const Experiment& experiment);

void check_backups(const AlgorithmRow& method, const Dynamics& dynamics, const Experiment& experiment,
                   Worker workers);

// That the graph is a tree that does not change.
void check_tree(const AlgorithmRow& method, const Network& network);

// That all workers start at one point, for this reason. `points` may be null.
void check_common_start(const std::string& reason, const InitialSettings& initial,
                        const Matrix<double>* points);

// Adds a notice where the experiment gives initial points to a method that starts at 0 whatever they are.
void note_unused_start(const AlgorithmRow& method, const Dynamics& dynamics, const Experiment& experiment,
                       std::vector<std::string>& notices);

// That a dual method finds the gradients of conjugates. `objective` may be null.
template <class Scalar>
void check_conjugates(const AlgorithmRow& method, const std::string& objective_name,
                      const Objective<Scalar>* objective);

}  // namespace acidsim
