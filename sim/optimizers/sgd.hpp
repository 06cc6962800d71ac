// Stochastic gradient descent with clipping, weight decay and momentum.
#pragma once

#include <optional>

#include "sim/optimizers/optimizer.hpp"

namespace acidsim {

// Order of operations, as in the reference implementation (PyTorch's SGD after clip_grad_norm_):
//   g ← g·min(1, clip/‖g‖);   g ← g + weight_decay·x;   buffer ← momentum·buffer + g;   direction = buffer.
struct SgdParameters {
  LearningRate learning_rate = {};
  double momentum = 0.0;
  double weight_decay = 0.0;
  std::optional<double> clip_norm = {};
};

// Memory: the buffer, where there is momentum.
template <class Scalar>
class Sgd final : public Optimizer<Scalar> {
 public:
  Sgd(const SgdParameters& parameters, Worker workers, Index dimension);

 private:
  void transform(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) override;

  SgdParameters parameters_;
};

}  // namespace acidsim
