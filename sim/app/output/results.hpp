// What runs leave in their result folders: run.json, metrics.csv, tables of counts.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/app/output/finished_cell.hpp"

namespace acidsim {

// The cell's configuration with the numbers that the plan found for "auto", and of repeats.
Json resolved(const Cell& cell, const Plan& plan);

// run.json, metrics.csv and, when asked, communication_counts.csv and worker_counts.csv of one experiment.
// `directory`: where the paths of the configuration start from. Throws std::runtime_error.
void write_run(const std::filesystem::path& folder, const FinishedCell& finished,
               const std::filesystem::path& directory);

// What a result folder was made from: the configuration, with "auto" where the run found a number for it, what was tuned,
// and "inputs" beside its fields; null if the folder holds no finished run.
Json finished_description(const std::filesystem::path& folder);
// The time between records of the run in such a folder.
double finished_cadence(const std::filesystem::path& folder);
// How the values of its tuned fields were found; null where none were.
Json finished_tuning(const std::filesystem::path& folder);
// The final value of a metric in each of its repeats; not a number where that diverged.
std::vector<double> finished_finals(const std::filesystem::path& folder, const std::string& metric);
// Whether such a folder holds a finished live run.
bool finished_live(const std::filesystem::path& folder);

}  // namespace acidsim
