// What runs leave in their result folders: run.json, metrics.csv, tables of counts, sweep.json.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/app/output/finished_cell.hpp"

namespace acidsim {

// The cell's configuration with the numbers that the plan found for "auto".
Json resolved(const Cell& cell, const Plan& plan);

// run.json, metrics.csv and, when asked, communication_counts.csv and worker_counts.csv of one experiment.
// `directory`: where the paths of the configuration start from. Throws std::runtime_error.
void write_run(const std::filesystem::path& folder, const FinishedCell& finished,
               const std::filesystem::path& directory);

// sweep.json: fields, cells with their values, the configuration as given.
void write_sweep(const std::filesystem::path& folder, const Configuration& configuration);
// The tidy metrics.csv over all cells, from the cells' own tables; a column per swept field.
void write_sweep_metrics(const std::filesystem::path& folder, const Configuration& configuration);

// What a result folder was made from: the configuration, with "auto" where the run found a number for it, and "inputs"
// beside its fields; null if the folder holds no finished run.
Json finished_description(const std::filesystem::path& folder);
// The time between records of the run in such a folder.
double finished_cadence(const std::filesystem::path& folder);
// Whether such a folder holds a finished live run.
bool finished_live(const std::filesystem::path& folder);

}  // namespace acidsim
