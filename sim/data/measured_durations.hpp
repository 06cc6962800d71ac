// Durations of gradients that were measured.
#pragma once

#include <string>
#include <vector>

#include "sim/data/worker_table.hpp"

namespace acidsim {

// From a CSV file with the columns `worker` (name or number) and `duration`: a list for each worker, in the order of the
// file. With the column `duration` alone, or without a header one number in each line: one list for all. Of the trace of
// a live run (trace.csv): for each worker the seconds from each read to its step. Durations are positive, and every worker
// that has a list has one entry at least. Throws InputError.
std::vector<std::vector<double>> read_durations(const std::string& path, Worker workers,
                                                std::span<const std::string> names);

}  // namespace acidsim
