// Fully connected layers.
#pragma once

#include "sim/networks/layer.hpp"

namespace acidsim {

// out = W in + b; W: outputs × inputs, row by row.
template <class Scalar>
LayerPointer<Scalar> make_dense(Extent input, Index outputs, bool bias);

// in: a list of symbols 0 … symbols − 1, as numbers; out: their rows of a table, symbols × width, one after another.
// The table starts at N(0, 1). There is no in_slope.
template <class Scalar>
LayerPointer<Scalar> make_embedding(Extent input, Index symbols, Index width);

}  // namespace acidsim
