// The named pieces that a model's parameters are made of.
#pragma once

#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// What a piece is for, as far as optimizers care: biases and the scales and shifts of normalisation layers are often
// left out of weight decay.
enum class BlockRole { weight, bias, norm };

// The coordinates offset … offset + size() − 1 of a model, an array of this shape in row-major order.
struct ParameterBlock {
  std::string name;  // "2.weight"
  Index offset = 0;
  std::vector<Index> shape = {};
  BlockRole role = BlockRole::weight;

  Index size() const {
    Index product = 1;
    for (const Index extent : shape) product *= extent;
    return product;
  }
};

}  // namespace acidsim
