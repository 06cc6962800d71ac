// What a convolution looks like.
#pragma once

#include "sim/core/types.hpp"

namespace acidsim {

struct ConvolutionShape {
  Index channels = 16;  // of the output
  Index kernel = 3;     // rows and columns of a filter
  Index stride = 1;
  Index padding = 0;  // rows and columns of zeros on each side
  bool bias = true;
};

}  // namespace acidsim
