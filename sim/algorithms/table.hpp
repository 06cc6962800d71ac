// Every method that a configuration can choose.
#pragma once

#include <span>

#include "sim/algorithms/row.hpp"

namespace acidsim {

// In the order in which they are listed.
std::span<const AlgorithmRow> all_algorithms();

}  // namespace acidsim
