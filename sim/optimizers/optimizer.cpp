#include "sim/optimizers/optimizer.hpp"

#include <algorithm>

#include "sim/core/vector_math.hpp"

namespace acidsim {
namespace {

// factor^(milestones passed); a product rather than a power, so that it is the same on every machine.
double decayed(const LearningRate& rate, double progress) {
  double product = 1.0;
  for (const double milestone : rate.milestones) {
    if (progress >= milestone) product *= rate.factor;
  }
  return product;
}

}  // namespace

double LearningRate::at(double time, double progress) const {
  progress = std::clamp(progress, 0.0, 1.0);
  switch (kind) {
    case Kind::constant:
      break;
    case Kind::inverse_time:
      return base / (1.0 + decay * time);
    case Kind::step:
      return base * decayed(*this, progress);
    case Kind::cosine: {
      double sine, cosine;
      fast_sincos_turns(progress / 2, sine, cosine);
      return base * (final_fraction + (1.0 - final_fraction) * (1.0 + cosine) / 2);
    }
    case Kind::goyal: {
      const double risen = progress < warmup ? progress / warmup : 1.0;
      return base * (1.0 + (scale - 1.0) * risen) * decayed(*this, progress);
    }
  }
  return base;
}

template <class Scalar>
Optimizer<Scalar>::Optimizer(const OptimizerParameters& parameters, Worker workers, Index dimension)
    : parameters_(parameters) {
  if (has_buffers()) buffers_ = Matrix<Scalar>::Zero(dimension, workers);
}

template <class Scalar>
void Optimizer<Scalar>::transform(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) {
  if (parameters_.clip_norm) {
    const double norm =
        gradient.template cast<double>().norm();  // in double: squares of floats overflow early
    if (norm > *parameters_.clip_norm) gradient *= static_cast<Scalar>(*parameters_.clip_norm / norm);
  }
  if (parameters_.weight_decay != 0.0) gradient += static_cast<Scalar>(parameters_.weight_decay) * x;
  if (has_buffers()) {
    const auto momentum = static_cast<Scalar>(parameters_.momentum);
    Scalar* __restrict buffer = buffers_.data() + static_cast<Index>(worker) * buffers_.rows();
    Scalar* __restrict g = gradient.data();
    for (Index k = 0; k < gradient.size(); ++k) g[k] = buffer[k] = multiply_add(momentum, buffer[k], g[k]);
  }
}

template <class Scalar>
std::span<const Scalar> Optimizer<Scalar>::buffer(Worker worker) const {
  if (!has_buffers()) return {};
  const auto rows = static_cast<std::size_t>(buffers_.rows());
  return {buffers_.data() + worker * rows, rows};
}

template <class Scalar>
void Optimizer<Scalar>::restore(Worker worker, std::span<const Scalar> buffer) {
  std::copy(buffer.begin(), buffer.end(), buffers_.data() + static_cast<Index>(worker) * buffers_.rows());
}

template class Optimizer<float>;
template class Optimizer<double>;

}  // namespace acidsim
