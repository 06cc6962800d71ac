// The runs of a configuration's cells, carried out: side by side, by OpenMP, or by all ranks together.
#pragma once

#include <cstdint>
#include <exception>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sim/app/output/pending_folder.hpp"
#include "sim/app/output/results.hpp"
#include "sim/app/runner/run_options.hpp"
#include "sim/experiment/checkpoint_folder.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

class ProgressDisplay;

// A cell on its way: its repeats finish in any order; the last one writes the folder.
struct Job {
  const Cell& cell;
  Plan plan;
  Json config;  // resolved
  Json inputs;  // SHA-256 of each file that it names
  std::filesystem::path folder;
  bool keeps_checkpoints = false;
  bool replaces = false;  // results of files that have changed since
  std::unique_ptr<CheckpointLock> lock;
  std::unique_ptr<PendingFolder> pending;
  std::vector<RepeatResult> results;
  std::size_t finished = 0;
  std::size_t kept = 0;  // the first repeats, whose results were there before
  bool interrupted = false;
  std::string failure;  // why there will be no results; empty: there will be
  Json repeating;       // what its rule for repeats says; null where there is none

  // The cell must outlive it.
  Job(const Cell& cell, Plan plan, Json inputs, std::filesystem::path folder);
  // The configuration with its inputs: all that says which run it is.
  Json description() const;
  // Takes over repeats that are finished; `read` is where their results are known.
  void keep(std::size_t repeats, std::vector<RepeatResult> read);
  // Makes its folders, where its first repeat begins.
  void begin();
  // Where the states of a repeat are until all repeats are done. After begin().
  std::filesystem::path states_part(int repeat) const;
};

FinishedCell finished_cell(const Job& job, const RunOptions& options, int threads);

class TaskRunner {
 public:
  // All that is given must outlive it.
  TaskRunner(const Configuration& configuration, const RunOptions& options, int threads, Resources& resources,
             const std::vector<std::unique_ptr<Job>>& jobs);

  // Carries out what is open of the jobs, until all is done, the user interrupts, or a run fails: then it throws what that
  // threw, but of a sweep's cell it notes the failure and goes on with the others. Collective where ranks share the runs.
  void run();
  std::uint64_t verified() const { return verified_; }  // events

 private:
  struct Task {
    Job* job;
    int repeat;
  };

  std::string headline() const;
  void work();
  void fail(Job& job);
  void work_together();  // one run after the other, each by all ranks
  Execution execution() const;
  RunControl control_of(const Task& task) const;
  void run_task(std::size_t k, ProgressDisplay& display);
  void write_states(const Job& job) const;
  void write(Job& job) const;

  const Configuration& configuration_;
  const RunOptions& options_;
  MpiWorld* world_;
  int threads_;
  Resources& resources_;
  std::vector<Task> tasks_;
  std::uint64_t verified_ = 0;
  std::mutex mutex_;
  std::exception_ptr error_;
  bool stopped_ = false;  // by a failure
};

}  // namespace acidsim
