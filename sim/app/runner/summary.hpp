// What the user reads of a finished cell.
#pragma once

#include <string>

#include "sim/app/output/results.hpp"

namespace acidsim {

// Its name with the final value of every metric, the median over the repeats; then a line for each thing that
// its repeats decided about their threads.
std::string summary_of(const FinishedCell& finished);

}  // namespace acidsim
