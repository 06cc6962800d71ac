// What optimizers share: clipping, weight decay and momentum.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include "sim/core/parameter_block.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// Clipping of the whole gradient: where limit/(‖g‖ + epsilon) is below 1, g is multiplied by it. PyTorch's
// clip_grad_norm_ has the epsilon 1e-6; with 0 a gradient that is clipped has the norm `limit` itself.
struct Clipping {
  std::optional<double> limit;
  double epsilon = 0.0;
};
template <class Scalar>
void clip(const Clipping& clipping, Vector<Scalar>& gradient);

// The stretches of a model that weight decay takes: all of it but the blocks of the excluded roles. Throws
// std::logic_error where roles are excluded and there are no blocks.
std::vector<Range> decayed_parts(Index dimension, std::span<const ParameterBlock> blocks,
                                 std::span<const BlockRole> excluded);

// g ← g + decay·x on these parts.
template <class Scalar>
void add_decay(double decay, std::span<const Range> parts, const Vector<Scalar>& x, Vector<Scalar>& gradient);

// buffer ← momentum·buffer + g;   g ← buffer, or with Nesterov's momentum g + momentum·buffer.
template <class Scalar>
void add_momentum(double momentum, bool nesterov, std::span<Scalar> buffer, Vector<Scalar>& gradient);

}  // namespace acidsim
