#include "sim/optimizers/sgd.hpp"

namespace acidsim {
namespace {

bool is_plain(const SgdParameters& parameters) {
  return !parameters.clip_norm && parameters.weight_decay == 0.0 && parameters.momentum == 0.0;
}

}  // namespace

template <class Scalar>
Sgd<Scalar>::Sgd(const SgdParameters& parameters, Worker workers, Index dimension,
                 std::span<const ParameterBlock> blocks)
    : Optimizer<Scalar>(parameters.learning_rate, is_plain(parameters),
                        {workers, dimension, parameters.momentum == 0.0 ? 0 : 1, 0}),
      parameters_(parameters),
      decayed_(decayed_parts(dimension, blocks, parameters.decay_excludes)) {}

template <class Scalar>
void Sgd<Scalar>::transform(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) {
  clip({parameters_.clip_norm, parameters_.clip_epsilon}, gradient);
  add_decay(parameters_.weight_decay, decayed_, x, gradient);
  if (parameters_.momentum != 0.0)
    add_momentum(parameters_.momentum, parameters_.nesterov, this->memory().vector(worker, 0), gradient);
}

template class Sgd<float>;
template class Sgd<double>;

}  // namespace acidsim
