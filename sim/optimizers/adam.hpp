// Adam and AdamW.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/core/parameter_block.hpp"
#include "sim/optimizers/gradient_steps.hpp"
#include "sim/optimizers/optimizer.hpp"

namespace acidsim {

// Adam [Kingma and Ba 2015] and AdamW [Loshchilov and Hutter 2019], in PyTorch's order, clipping first:
//   g ← g + weight_decay·x, unless decoupled;   m ← β1·m + (1 − β1)·g;   v ← β2·v + (1 − β2)·g²;
//   direction = m̂/(√v̂ + epsilon), with m̂ = m/(1 − β1^t), v̂ = v/(1 − β2^t), t the worker's steps;
//   direction ← direction + weight_decay·x, where decoupled.
struct AdamParameters {
  LearningRate learning_rate = {};
  double beta_1 = 0.9;
  double beta_2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0.0;
  bool decoupled = false;  // AdamW
  std::optional<double> clip_norm = {};
  double clip_epsilon = 0.0;
  std::vector<BlockRole> decay_excludes = {};
};

// Memory: m and v, and as scalars 1 − β1^t and 1 − β2^t, each by a product per step: the same on every machine.
template <class Scalar>
class Adam final : public Optimizer<Scalar> {
 public:
  // `blocks`: the pieces of the model, for decay_excludes.
  Adam(const AdamParameters& parameters, Worker workers, Index dimension,
       std::span<const ParameterBlock> blocks = {});

 private:
  void transform(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) override;

  AdamParameters parameters_;
  std::vector<Range> decayed_;
};

}  // namespace acidsim
