// The repeats of a finished run, read back from its folder: more can be added to them.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/experiment/run_data.hpp"

namespace acidsim {

// From run.json and metrics.csv; without what the tables of counts hold and the reports of ranks. `metrics`: names, in
// the order of the columns wanted. Throws InputError where the files are not what a run writes.
std::vector<RepeatResult> read_finished_repeats(const std::filesystem::path& folder,
                                                const std::vector<std::string>& metrics);

}  // namespace acidsim
