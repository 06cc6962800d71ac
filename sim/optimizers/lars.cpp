#include "sim/optimizers/lars.hpp"

#include <algorithm>
#include <stdexcept>

namespace acidsim {

template <class Scalar>
Lars<Scalar>::Lars(const LarsParameters& parameters, Worker workers, Index dimension,
                   std::span<const ParameterBlock> blocks)
    : Optimizer<Scalar>(parameters.learning_rate, false,
                        {workers, dimension, parameters.momentum == 0.0 ? 0 : 1, 0}),
      parameters_(parameters) {
  const std::vector<BlockRole>& excluded = parameters.decay_excludes;
  if (blocks.empty() && !excluded.empty())
    throw std::logic_error("weight decay: nothing tells the pieces of the model apart");
  const auto add = [&](const Range& part, double weight_decay) {
    if (weight_decay != 0.0 || parameters.always_adapt) layers_.push_back({part, weight_decay});
  };
  if (blocks.empty()) add({0, dimension}, parameters.weight_decay);
  for (const ParameterBlock& block : blocks) {
    const bool decays = std::ranges::find(excluded, block.role) == excluded.end();
    add({block.offset, block.size()}, decays ? parameters.weight_decay : 0.0);
  }
}

template <class Scalar>
void Lars<Scalar>::transform(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) {
  clip({parameters_.clip_norm, parameters_.clip_epsilon}, gradient);
  for (const Layer& layer : layers_) adapt(layer, x, gradient);
  if (parameters_.momentum != 0.0)
    add_momentum(parameters_.momentum, parameters_.nesterov, this->memory().vector(worker, 0), gradient);
}

template <class Scalar>
void Lars<Scalar>::adapt(const Layer& layer, const Vector<Scalar>& x, Vector<Scalar>& gradient) const {
  const auto& [part, weight_decay] = layer;
  const auto weights = x.segment(part.first, part.count);
  auto g = gradient.segment(part.first, part.count);
  const double weight_norm = weights.template cast<double>().norm();
  const double gradient_norm = g.template cast<double>().norm();
  const double ratio = weight_norm > 0.0 && gradient_norm > 0.0
                           ? parameters_.trust * weight_norm /
                                 (gradient_norm + weight_norm * weight_decay + parameters_.epsilon)
                           : 1.0;
  g = static_cast<Scalar>(ratio) * (g + static_cast<Scalar>(weight_decay) * weights);
}

template class Lars<float>;
template class Lars<double>;

}  // namespace acidsim
