// What runs leave in their result folders: run.json, metrics.csv, tables of counts, sweep.json.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/app/json/configuration.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

// The cell's configuration with the numbers that the plan found for "auto".
Json resolved(const Cell& cell, const Plan& plan);

// A cell whose repeats are done, and what ran them.
struct FinishedCell {
  const Cell& cell;
  const Plan& plan;
  const std::vector<RepeatResult>& repeats;
  const Json& inputs;  // SHA-256 of each file that the configuration names
  std::string backend;
  int threads;
  const std::filesystem::path& place;  // of the finished folder
  // The first repeats are those of results that are there already, and so are their rows in the tables of counts.
  std::size_t kept;
};
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
