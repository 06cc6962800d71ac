// Tuning: each cell's own values of the fields that `tune` names, found before its repeats.
#pragma once

#include <list>
#include <map>
#include <mutex>
#include <string>

#include "sim/app/json/configuration.hpp"
#include "sim/app/runner/run_options.hpp"
#include "sim/app/runner/trials.hpp"

namespace acidsim {

class ProgressDisplay;

// Puts winners that were found before into the cell: `tuning` as it is in its run.json.
void adopt_tuning(Cell& cell, const Json& tuning);

// Searches all cells side by side: in rounds, each with the runs that all of them ask for. Runs of a tuning have a seed of
// their own, so that the reported repeats are fresh; values of one search share their seeds.
class Tuner {
 public:
  // All must outlive it.
  Tuner(const Configuration& configuration, const RunOptions& options, int threads, Resources& resources)
      : configuration_(configuration), options_(options), threads_(threads), resources_(resources) {}

  // A cell with something to tune, as it is planned with the values that are given; `folder` is that of its results.
  void add(Cell& cell, const Plan& plan, const Json& inputs, const std::filesystem::path& folder);
  // Puts the winners into the cells, which then have nothing to tune but `tuning`, how they were found. Returns early,
  // with cells as they were, when the user interrupts.
  void run();
  // Why cells have no winner.
  const std::map<const Cell*, std::string>& failures() const { return failures_; }

 private:
  struct Task;
  struct Searching {
    Cell& cell;
    Estimate expected;
    Json inputs;
    TrialLog log;
    Json config;  // with the winners so far, and nothing to tune
    std::size_t next_field = 0;
    std::string field = {};
    Json settings = {};
    std::optional<Search> search = {};
    Json found = Json::object(), trials = Json::array();
    bool over = false;
  };

  void begin_field(Searching& cell);
  void end_field(Searching& cell);
  void fail(Searching& cell, const std::string& why);
  Json config_with(const Searching& cell, double value) const;
  std::string key_of(const Searching& cell, double value, int repeat) const;
  std::vector<Task> missing();
  void carry_out(const std::vector<Task>& tasks);
  void run_trial(const Task& task, std::size_t number, ProgressDisplay& display);
  bool take_in(Searching& cell);

  const Configuration& configuration_;
  const RunOptions& options_;
  int threads_;
  Resources& resources_;
  std::list<Searching> cells_;
  std::map<const Cell*, std::string> failures_;
  std::mutex mutex_;
};

}  // namespace acidsim
