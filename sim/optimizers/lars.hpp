// LARS: SGD with a trust ratio for every layer.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/core/parameter_block.hpp"
#include "sim/optimizers/gradient_steps.hpp"
#include "sim/optimizers/optimizer.hpp"

namespace acidsim {

// LARS [You, Gitman and Ginsburg 2017] in the order of timm's implementation, clipping first. In every layer that
// weight decay takes (with always_adapt in every layer):
//   q = trust·‖x‖/(‖g‖ + weight_decay·‖x‖ + epsilon), or 1 where ‖x‖ or ‖g‖ is 0;   g ← q·(g + weight_decay·x).
// Then buffer ← momentum·buffer + g, and the direction is as in Sgd. Without weight decay and always_adapt this is Sgd.
struct LarsParameters {
  LearningRate learning_rate = {};
  double momentum = 0.9;
  double weight_decay = 5e-4;
  double trust = 1e-3;
  double epsilon = 1e-8;
  bool always_adapt = false;
  std::optional<double> clip_norm = {};
  double clip_epsilon = 0.0;
  bool nesterov = false;
  std::vector<BlockRole> decay_excludes = {};
};

// Memory: the buffer, where there is momentum.
template <class Scalar>
class Lars final : public Optimizer<Scalar> {
 public:
  // `blocks`: the layers; none: the whole model is one.
  Lars(const LarsParameters& parameters, Worker workers, Index dimension,
       std::span<const ParameterBlock> blocks = {});

 private:
  struct Layer {
    Range part;
    double weight_decay;
  };

  void transform(Worker worker, const Vector<Scalar>& x, Vector<Scalar>& gradient) override;
  void adapt(const Layer& layer, const Vector<Scalar>& x, Vector<Scalar>& gradient) const;

  LarsParameters parameters_;
  std::vector<Layer> layers_;  // that are adapted
};

}  // namespace acidsim
