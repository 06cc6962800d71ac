// The samples of a minibatch, side by side.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "sim/core/dataset.hpp"

namespace acidsim {

// out ← the features of these rows, one sample after another: features × rows.size() numbers.
template <class Scalar>
void gather(const Dataset<Scalar>& data, std::span<const std::uint32_t> rows, Scalar* out) {
  const Index features = data.features.rows();
  for (const std::uint32_t row : rows)
    out = std::copy_n(data.features.col(static_cast<Index>(row)).data(), features, out);
}

}  // namespace acidsim
