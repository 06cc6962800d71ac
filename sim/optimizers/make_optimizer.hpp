// The optimizers there are, as one value, and how one is made of it.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "sim/optimizers/adam.hpp"
#include "sim/optimizers/lars.hpp"
#include "sim/optimizers/sgd.hpp"

namespace acidsim {

using OptimizerParameters = std::variant<SgdParameters, AdamParameters, LarsParameters>;

// "sgd", "adam", "adamw", "lars".
std::string name_of(const OptimizerParameters& parameters);
const LearningRate& learning_rate_of(const OptimizerParameters& parameters);
LearningRate& learning_rate_of(OptimizerParameters& parameters);
const std::vector<BlockRole>& decay_excludes_of(const OptimizerParameters& parameters);
// How many vectors it keeps for each worker.
int memory_vectors(const OptimizerParameters& parameters);
// And how many single numbers.
int memory_scalars(const OptimizerParameters& parameters);

// `blocks`: the pieces of the model; empty where nothing tells them apart.
template <class Scalar>
std::unique_ptr<Optimizer<Scalar>> make_optimizer(const OptimizerParameters& parameters, Worker workers,
                                                  Index dimension, std::span<const ParameterBlock> blocks);

}  // namespace acidsim
