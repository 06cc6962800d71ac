// Every method that a configuration can choose.
#pragma once

#include <deque>

#include "sim/algorithms/row.hpp"

namespace acidsim {

// In the order in which they are listed. Rows stay where they are when others are added.
const std::deque<AlgorithmRow>& all_algorithms();

// Behind the others, under a name that is new and with `dynamics`. Not while somebody reads the table.
void add_algorithm(AlgorithmRow row);

}  // namespace acidsim
