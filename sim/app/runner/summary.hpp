// What the user reads of a finished cell.
#pragma once

#include <string>
#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

// Its name with the final value of every metric, the median over the repeats; then a line for each thing that
// its repeats decided about their threads.
std::string summary_of(const Plan& plan, const std::vector<RepeatResult>& results,
                       const std::string& backend);

}  // namespace acidsim
