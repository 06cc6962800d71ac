// Normalisation layers: x̂ = (x − mean)/√(variance + ε), then scale and shift.
#pragma once

#include "sim/networks/layer.hpp"

namespace acidsim {

inline constexpr double normalisation_epsilon = 1e-5;  // PyTorch's default

// Mean and variance of each channel over the batch, or those of PassMode::statistics: of each
// channel the mean, then of each the variance [Ioffe and Szegedy 2015]. A batch's variance is divided by its numbers; in
// batch_statistics() by one less, as PyTorch's running variance.
template <class Scalar>
LayerPointer<Scalar> make_batch_norm(Extent extent);

// Mean and variance over a group of channels of one sample [Wu and He 2018]; scale and shift of each channel.
template <class Scalar>
LayerPointer<Scalar> make_group_norm(Extent extent, Index groups);

// Mean and variance over a sample [Ba et al. 2016]; scale and shift of each number.
template <class Scalar>
LayerPointer<Scalar> make_layer_norm(Extent extent);

}  // namespace acidsim
