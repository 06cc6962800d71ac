// Pooling: one number for each window of an image's channel.
#pragma once

#include "sim/networks/layer.hpp"

namespace acidsim {

// Square windows, `stride` apart.
struct Window {
  Index size = 2, stride = 2;
  Index padding = 0;  // of a maximum: rows and columns that no maximum is found in
};

// The largest number; of equal ones the first.
template <class Scalar>
LayerPointer<Scalar> make_max_pool(Extent input, Window window);
template <class Scalar>
LayerPointer<Scalar> make_average_pool(Extent input, Window window);
// The average over each whole channel.
template <class Scalar>
LayerPointer<Scalar> make_global_average_pool(Extent input);

}  // namespace acidsim
