// Passes of training that draw nothing.
#pragma once

#include "sim/core/types.hpp"

namespace acidsim {

// A training pass of this worker takes the statistics of its batch, as all do, but nothing is dropped at random: where
// statistics are recomputed, and where a mean over all rows is taken.
inline constexpr Worker draws_nothing = 0xffffffff;

}  // namespace acidsim
