// Drawing a random graph again where it is not connected.
#pragma once

#include <cstdint>

namespace acidsim {

struct Redraws {
  std::uint32_t most = 0;  // each with draws of its own, which the seed and its number give
  std::uint32_t made = 0;
};

}  // namespace acidsim
