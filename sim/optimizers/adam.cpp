#include "sim/optimizers/adam.hpp"

#include <cmath>

#include "sim/core/vector_math.hpp"

namespace acidsim {

template <class Scalar>
Adam<Scalar>::Adam(const AdamParameters& parameters, Worker workers, Index dimension,
                   std::span<const ParameterBlock> blocks)
    : Optimizer<Scalar>(parameters.learning_rate, false, {workers, dimension, 2, 2}),
      parameters_(parameters),
      decayed_(decayed_parts(dimension, blocks, parameters.decay_excludes)) {}

template <class Scalar>
void Adam<Scalar>::transform(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) {
  const double beta_1 = parameters_.beta_1, beta_2 = parameters_.beta_2;
  clip({parameters_.clip_norm, parameters_.clip_epsilon}, gradient);
  if (!parameters_.decoupled) add_decay(parameters_.weight_decay, decayed_, x, gradient);

  WorkerMemory<Scalar>& memory = this->memory();
  // 1 − β^(t+1) = β·(1 − β^t) + (1 − β)
  double& total_1 = memory.scalar(worker, 0);
  double& total_2 = memory.scalar(worker, 1);
  total_1 = multiply_add(beta_1, total_1, 1.0 - beta_1);
  total_2 = multiply_add(beta_2, total_2, 1.0 - beta_2);

  const auto kept_1 = static_cast<Scalar>(beta_1), new_1 = static_cast<Scalar>(1.0 - beta_1);
  const auto kept_2 = static_cast<Scalar>(beta_2), new_2 = static_cast<Scalar>(1.0 - beta_2);
  const auto scale = static_cast<Scalar>(1.0 / total_1);
  const auto root_scale = static_cast<Scalar>(1.0 / std::sqrt(total_2));
  const auto epsilon = static_cast<Scalar>(parameters_.epsilon);
  Scalar* __restrict m = memory.vector(worker, 0).data();
  Scalar* __restrict v = memory.vector(worker, 1).data();
  Scalar* __restrict g = gradient.data();
  for (Index k = 0; k < gradient.size(); ++k) {
    m[k] = multiply_add(kept_1, m[k], new_1 * g[k]);
    v[k] = multiply_add(kept_2, v[k], new_2 * (g[k] * g[k]));
    g[k] = scale * m[k] / multiply_add(std::sqrt(v[k]), root_scale, epsilon);
  }
  if (parameters_.decoupled) add_decay(parameters_.weight_decay, decayed_, x, gradient);
}

template class Adam<float>;
template class Adam<double>;

}  // namespace acidsim
