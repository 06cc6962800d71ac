// The runs of a tuning: what each gave, and where that is kept until the cell is finished.
#pragma once

#include <filesystem>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "sim/app/runner/search.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

// One run with one value.
struct TuningTrial {
  std::string outcome;  // a stop reason, or "refused": the experiment cannot be with this value
  double measured = 0;  // final value, or time to the target; not a number where there is none
  bool good = false;    // it counts
};

// What the run says about the value, by an entry of `tune`. A time to a target lies between two records: the metric is
// taken to fall exponentially there.
TuningTrial trial_of(const RepeatResult& result, const std::vector<std::string>& metrics,
                     const Json& settings);

// Of all runs of one value.
Score score_of(const std::vector<TuningTrial>& trials, const Json& settings);

// CELL/.tuning.csv: a row for each run that is done, written at once, so that an interrupted tuning goes on after it.
class TrialLog {
 public:
  // Reads what is there; a last row that was cut short is void.
  explicit TrialLog(const std::filesystem::path& folder);
  // `key` says all about the run. Null pointer where it is not done.
  const TuningTrial* find(const std::string& key) const;
  // Throws std::runtime_error where it cannot be written.
  void add(const std::string& key, const TuningTrial& trial);

 private:
  std::filesystem::path file_;
  std::map<std::string, TuningTrial> known_;
  bool cut_short_ = false;
};

// The file of a TrialLog in a cell's folder.
std::filesystem::path trial_log(const std::filesystem::path& folder);

}  // namespace acidsim
