#include "sim/optimizers/sgd.hpp"

#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

bool is_plain(const SgdParameters& parameters) {
  return !parameters.clip_norm && parameters.weight_decay == 0.0 && parameters.momentum == 0.0;
}

}  // namespace

template <class Scalar>
Sgd<Scalar>::Sgd(const SgdParameters& parameters, Worker workers, Index dimension)
    : Optimizer<Scalar>(parameters.learning_rate, is_plain(parameters),
                        {workers, dimension, parameters.momentum == 0.0 ? 0 : 1, 0}),
      parameters_(parameters) {}

template <class Scalar>
void Sgd<Scalar>::transform(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) {
  if (parameters_.clip_norm) {
    const double norm =
        gradient.template cast<double>().norm();  // in double: squares of floats overflow early
    if (norm > *parameters_.clip_norm) gradient *= static_cast<Scalar>(*parameters_.clip_norm / norm);
  }
  if (parameters_.weight_decay != 0.0) gradient += static_cast<Scalar>(parameters_.weight_decay) * x;
  if (parameters_.momentum != 0.0) {
    const auto momentum = static_cast<Scalar>(parameters_.momentum);
    Scalar* __restrict buffer = this->memory().vector(worker, 0).data();
    Scalar* __restrict g = gradient.data();
    for (Index k = 0; k < gradient.size(); ++k) g[k] = buffer[k] = multiply_add(momentum, buffer[k], g[k]);
  }
}

template class Sgd<float>;
template class Sgd<double>;

}  // namespace acidsim
