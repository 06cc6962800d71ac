// What a dry run tells: events, memory and time of each cell and of all.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/app/runner/task_runner.hpp"

namespace acidsim {

// A table of the jobs, with a line for all. Times are nominal: by a fixed model of one core, not of this machine.
std::string forecast_of(const std::vector<std::unique_ptr<Job>>& jobs, std::size_t runs_at_once);

}  // namespace acidsim
