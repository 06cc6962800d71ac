#include "sim/app/runner/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <vector>

namespace acidsim {

std::string summary_of(const FinishedCell& finished) {
  const Experiment& experiment = finished.plan.experiment;
  const std::vector<std::string>& metrics = experiment.record.metrics;
  std::string text = finished.cell.name.empty() ? experiment.name : finished.cell.name;
  for (std::size_t m = 0; m < metrics.size(); ++m) {
    std::vector<double> finals;
    for (const RepeatResult& result : finished.repeats)
      if (!result.records.empty()) finals.push_back(result.records.back().metrics[m]);
    if (finals.empty()) continue;  // diverged before the first record
    std::sort(finals.begin(), finals.end());
    const std::size_t half = finals.size() / 2;
    const double median = finals.size() % 2 ? finals[half] : 0.5 * (finals[half - 1] + finals[half]);
    text += fmt::format("  {} {:.6g}", metrics[m], median);
  }
  text += "\n";
  std::set<std::string> decisions;
  for (const RepeatResult& result : finished.repeats)
    if (!result.outcome.decision.empty()) decisions.insert(result.outcome.decision);
  for (const std::string& decision : decisions) text += fmt::format("  {}: {}\n", finished.backend, decision);
  return text;
}

}  // namespace acidsim
