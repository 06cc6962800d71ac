// Layers that act on every number by itself.
#pragma once

#include "sim/networks/layer.hpp"

namespace acidsim {

// gelu: x Φ(x) with Φ in the form of [Hendrycks and Gimpel 2016], ½(1 + tanh(√(2/π)(x + 0.044715 x³))).
enum class Activation { relu, tanh, gelu };

template <class Scalar>
LayerPointer<Scalar> make_activation(Activation kind, Extent extent);

// Where a pass has draws each number is 0 with this chance, else divided by 1 − chance; elsewhere nothing happens. The
// draws are addressed by (seed, worker, gradient, number of the layer).
template <class Scalar>
LayerPointer<Scalar> make_dropout(double chance, Extent extent, std::uint32_t number);

// The same numbers, as a plain vector.
template <class Scalar>
LayerPointer<Scalar> make_flatten(Extent extent);

}  // namespace acidsim
