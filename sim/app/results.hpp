// Result folders: written beside their place and renamed into it, so that they appear whole or not at all.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/app/plan.hpp"
#include "sim/app/repeat.hpp"

namespace acidsim {

// A field of a CSV file, quoted where it must be.
std::string csv_text(const std::string& text);

// Writes a file whole or not at all: a temporary neighbour, fsync, rename. Throws std::runtime_error.
void write_file(const std::filesystem::path& file, const std::string& content);

// A folder under construction. It takes its place at commit(); destroyed before that, it leaves nothing
// behind.
class PendingFolder {
 public:
  // Throws InputError if `target` cannot be created or is there already with something in it, unless that may
  // be replaced: then the caller holds it (CheckpointLock), and what a killed run left beside it is cleared
  // away.
  explicit PendingFolder(std::filesystem::path target, bool may_replace = false);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;

  const std::filesystem::path& path() const { return pending_; }
  // Takes the place of what is there in one step where the system can exchange two folders. Where it cannot,
  // or is told not to, the files replace those of the same name one by one, run.json goes first and comes
  // last, and other files of the target stay.
  void commit(bool may_exchange = true);

 private:
  void keep_further_files();
  void replace_files();

  std::filesystem::path target_, pending_;
  bool committed_ = false;
};

// The tables of one repeat's counts, for communication_counts.csv and worker_counts.csv; kept beside the
// others' until write_run() puts them together. They are written as soon as the repeat is done, so that its
// counts need not be kept.
void write_counts(const std::filesystem::path& folder, const Plan& plan, int repeat,
                  const RepeatResult& result);

// run.json, metrics.csv and, when asked, communication_counts.csv and worker_counts.csv of one experiment.
// Throws std::runtime_error.
void write_run(const std::filesystem::path& folder, const Plan& plan,
               const std::vector<RepeatResult>& repeats, const std::string& backend, int threads);

// sweep.json: fields, cells with their values, the configuration as given.
void write_sweep(const std::filesystem::path& folder, const Configuration& configuration);
// The tidy metrics.csv over all cells, from the cells' own tables; a column per swept field.
void write_sweep_metrics(const std::filesystem::path& folder, const Configuration& configuration);

// The configuration that a result folder was made from, with "auto" where the run found a number for it; null
// if the folder holds no finished run.
Json finished_configuration(const std::filesystem::path& folder);

}  // namespace acidsim
