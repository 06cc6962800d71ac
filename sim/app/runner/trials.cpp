#include "sim/app/runner/trials.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <sstream>

#include "sim/system/durable_file.hpp"

namespace acidsim {
namespace {

constexpr double not_measured = std::numeric_limits<double>::quiet_NaN();

// When the metric fell to `level`, before the last record.
double crossing(const std::vector<RecordRow>& records, std::size_t metric, double level) {
  const RecordRow& after = records.back();
  if (records.size() < 2) return after.time;
  const RecordRow& before = records[records.size() - 2];
  const double from = before.metrics[metric], to = after.metrics[metric];
  if (!(from > level && level > to && to > 0)) return after.time;
  return before.time + (after.time - before.time) * std::log(from / level) / std::log(from / to);
}

}  // namespace

TuningTrial trial_of(const RepeatResult& result, const std::vector<std::string>& metrics,
                     const Json& settings) {
  const auto metric = static_cast<std::size_t>(
      std::find(metrics.begin(), metrics.end(), settings["metric"].get<std::string>()) - metrics.begin());
  const StopReason reason = result.outcome.reason;
  TuningTrial trial{name_of(reason), not_measured, false};
  if (result.records.empty() || reason == StopReason::diverged) return trial;
  const bool has_target = !settings["below"].is_null();
  const double last = result.records.back().metrics[metric];
  if (settings["by"] == "time_to_target") {
    if (reason == StopReason::target)
      trial.measured = crossing(result.records, metric, settings["below"].get<double>());
  } else {
    trial.measured = last;
  }
  trial.good = std::isfinite(trial.measured) &&
               (settings["by"] != "largest_stable" || !has_target || last < settings["below"].get<double>());
  return trial;
}

Score score_of(const std::vector<TuningTrial>& trials, const Json& settings) {
  Score score;
  double sum = 0;
  for (const TuningTrial& trial : trials) {
    score.failed += trial.good ? 0 : 1;
    if (trial.good) sum += trial.measured;
  }
  const auto good = static_cast<double>(trials.size() - score.failed);
  score.mean = good > 0 ? (settings["goal"] == "largest" ? -sum : sum) / good
                        : std::numeric_limits<double>::infinity();
  return score;
}

std::filesystem::path trial_log(const std::filesystem::path& folder) { return folder / ".tuning.csv"; }

TrialLog::TrialLog(const std::filesystem::path& folder) : file_(trial_log(folder)) {
  std::ifstream in(file_, std::ios::binary);
  for (std::string line; std::getline(in, line);) {
    cut_short_ = in.eof();
    std::istringstream fields(line);
    std::string key, outcome, good, measured;
    std::getline(fields, key, ',');
    std::getline(fields, outcome, ',');
    std::getline(fields, good, ',');
    if (cut_short_ || !std::getline(fields, measured)) continue;
    TuningTrial trial{outcome, not_measured, good == "1"};
    std::from_chars(measured.data(), measured.data() + measured.size(), trial.measured);
    known_[key] = std::move(trial);
  }
}

const TuningTrial* TrialLog::find(const std::string& key) const {
  const auto found = known_.find(key);
  return found == known_.end() ? nullptr : &found->second;
}

void TrialLog::add(const std::string& key, const TuningTrial& trial) {
  std::filesystem::create_directories(file_.parent_path());
  std::ofstream out(file_, std::ios::binary | std::ios::app);
  out << fmt::format("{}{},{},{},{}\n", cut_short_ ? "\n" : "", key, trial.outcome, int{trial.good},
                     trial.measured);
  out.close();
  if (!out) refuse_to_write(file_);
  cut_short_ = false;
  known_[key] = trial;
}

}  // namespace acidsim
