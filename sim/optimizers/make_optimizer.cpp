#include "sim/optimizers/make_optimizer.hpp"

#include <type_traits>

namespace acidsim {
namespace {

template <class Scalar>
std::unique_ptr<Optimizer<Scalar>> made(const SgdParameters& parameters, Worker workers, Index dimension,
                                        std::span<const ParameterBlock> blocks) {
  return std::make_unique<Sgd<Scalar>>(parameters, workers, dimension, blocks);
}
template <class Scalar>
std::unique_ptr<Optimizer<Scalar>> made(const AdamParameters& parameters, Worker workers, Index dimension,
                                        std::span<const ParameterBlock> blocks) {
  return std::make_unique<Adam<Scalar>>(parameters, workers, dimension, blocks);
}
template <class Scalar>
std::unique_ptr<Optimizer<Scalar>> made(const LarsParameters& parameters, Worker workers, Index dimension,
                                        std::span<const ParameterBlock> blocks) {
  return std::make_unique<Lars<Scalar>>(parameters, workers, dimension, blocks);
}

}  // namespace

std::string name_of(const OptimizerParameters& parameters) {
  if (const auto* adam = std::get_if<AdamParameters>(&parameters)) return adam->decoupled ? "adamw" : "adam";
  return std::holds_alternative<LarsParameters>(parameters) ? "lars" : "sgd";
}

const LearningRate& learning_rate_of(const OptimizerParameters& parameters) {
  return std::visit([](const auto& held) -> const LearningRate& { return held.learning_rate; }, parameters);
}
LearningRate& learning_rate_of(OptimizerParameters& parameters) {
  return std::visit([](auto& held) -> LearningRate& { return held.learning_rate; }, parameters);
}

const std::vector<BlockRole>& decay_excludes_of(const OptimizerParameters& parameters) {
  return std::visit(
      [](const auto& held) -> const auto& { return held.decay_excludes; }, parameters);
}

int memory_vectors(const OptimizerParameters& parameters) {
  return std::visit(
      [](const auto& held) {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, AdamParameters>)
          return 2;
        else
          return held.momentum == 0.0 ? 0 : 1;
      },
      parameters);
}

int memory_scalars(const OptimizerParameters& parameters) {
  return std::holds_alternative<AdamParameters>(parameters) ? 2 : 0;
}

template <class Scalar>
std::unique_ptr<Optimizer<Scalar>> make_optimizer(const OptimizerParameters& parameters, Worker workers,
                                                  Index dimension, std::span<const ParameterBlock> blocks) {
  return std::visit([&](const auto& held) { return made<Scalar>(held, workers, dimension, blocks); },
                    parameters);
}

template std::unique_ptr<Optimizer<float>> make_optimizer(const OptimizerParameters&, Worker, Index,
                                                          std::span<const ParameterBlock>);
template std::unique_ptr<Optimizer<double>> make_optimizer(const OptimizerParameters&, Worker, Index,
                                                           std::span<const ParameterBlock>);

}  // namespace acidsim
