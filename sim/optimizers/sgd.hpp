// Stochastic gradient descent with clipping, weight decay and momentum.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/core/parameter_block.hpp"
#include "sim/optimizers/gradient_steps.hpp"
#include "sim/optimizers/optimizer.hpp"

namespace acidsim {

// Order of operations, as in the reference implementation (PyTorch's SGD after clip_grad_norm_):
//   g ← g·min(1, clip/(‖g‖ + clip_epsilon));   g ← g + weight_decay·x;   buffer ← momentum·buffer + g;
//   direction = buffer, or with Nesterov's momentum g + momentum·buffer.
struct SgdParameters {
  LearningRate learning_rate = {};
  double momentum = 0.0;
  double weight_decay = 0.0;
  std::optional<double> clip_norm = {};
  double clip_epsilon = 0.0;
  bool nesterov = false;
  std::vector<BlockRole> decay_excludes = {};  // what weight decay leaves alone
};

// Memory: the buffer, where there is momentum.
template <class Scalar>
class Sgd final : public Optimizer<Scalar> {
 public:
  // `blocks`: the pieces of the model, for decay_excludes.
  Sgd(const SgdParameters& parameters, Worker workers, Index dimension,
      std::span<const ParameterBlock> blocks = {});

 private:
  void transform(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) override;

  SgdParameters parameters_;
  std::vector<Range> decayed_;
};

}  // namespace acidsim
