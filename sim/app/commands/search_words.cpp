#include "sim/app/commands/search_words.hpp"

#include <fmt/format.h>

#include "sim/app/runner/repeat_rule.hpp"

namespace acidsim {
namespace {

std::string goal_in_words(const Json& settings) {
  const std::string by = settings["by"], metric = settings["metric"];
  if (by == "time_to_target")
    return fmt::format("the time until {} is below {}", metric, settings["below"].dump());
  if (by == "largest_stable") return "the largest value at which the run stays finite";
  return fmt::format("the {} final {}", settings["goal"].get<std::string>(), metric);
}

}  // namespace

std::string repeats_in_words(const Json& config) {
  const std::optional<RepeatRule> rule = repeat_rule(config);
  if (!rule) return fmt::format("{} repeat(s)", config["repeats"].get<std::size_t>());
  return fmt::format("{} to {} repeats, until the 95 % interval of the mean final {} is ± {:g} % of it",
                     rule->at_least, rule->at_most, rule->metric, 100 * rule->relative_half_width);
}

std::vector<std::string> tuning_in_words(const Json& config) {
  std::vector<std::string> lines;
  for (const auto& [field, settings] : config["tune"].items()) {
    const bool log = !settings["log_range"].is_null();
    const Json& range = settings[log ? "log_range" : "range"];
    lines.push_back(fmt::format("{} within {} … {}{} for {}: {} search, {} run(s) for each value", field,
                                range[0].dump(), range[1].dump(), log ? " (by factors)" : "",
                                goal_in_words(settings), settings["method"].get<std::string>(),
                                settings["repeats"].dump()));
  }
  return lines;
}

}  // namespace acidsim
