#include "sim/app/runner/forecast.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>

#include "sim/app/output/progress.hpp"

namespace acidsim {
namespace {

// Runs that a tuning begins with; how many it takes in all depends on what they give.
double first_trials(const Json& config) {
  double runs = 0;
  for (const Json& settings : config["tune"].is_object() ? config["tune"] : Json::object()) {
    const Json& range = settings[settings["range"].is_null() ? "log_range" : "range"];
    runs += range[2].get<double>() * settings["repeats"].get<double>();
  }
  return runs;
}

std::string bytes_text(double bytes) { return with_unit(bytes) + "B"; }

}  // namespace

std::string forecast_of(const std::vector<std::unique_ptr<Job>>& jobs, std::size_t runs_at_once) {
  if (jobs.empty()) return "";
  std::size_t widest = 5;
  for (const auto& job : jobs) widest = std::max(widest, job->cell.name.size());
  std::string text = fmt::format("{:<{}}  {:>7}  {:>10}  {:>10}  {:>12}\n", "cell", widest, "runs", "events",
                                 "memory", "time");
  const auto line = [&](const std::string& name, const std::string& runs, double events, double bytes,
                        double seconds) {
    text += fmt::format("{:<{}}  {:>7}  {:>10}  {:>10}  {:>12}\n", name, widest, runs, with_unit(events),
                        bytes_text(bytes), duration_text(seconds));
  };
  double all_runs = 0, all_events = 0, all_seconds = 0, data = 0;
  std::vector<double> own;
  bool more = false;
  for (const auto& job : jobs) {
    const Estimate& expected = job->plan.expected;
    const double runs = static_cast<double>(job->results.size() - job->kept) + first_trials(job->cell.config);
    const double events = runs * (expected.gradients + expected.communications),
                 seconds = runs * expected.cost();
    const bool open_end = job->cell.config["repeats"].is_object() || job->cell.config["tune"].is_object();
    line(job->cell.name.empty() ? job->plan.experiment.name : job->cell.name,
         fmt::format("{}{:.0f}", open_end ? "≥ " : "", runs), events,
         expected.own_bytes + expected.data_bytes, seconds);
    all_runs += runs;
    all_events += events;
    all_seconds += seconds;
    data = std::max(data, expected.data_bytes);
    more |= open_end;
    own.insert(own.end(), static_cast<std::size_t>(std::min(runs, static_cast<double>(runs_at_once))),
               expected.own_bytes);
  }
  const std::size_t at_once = std::min(runs_at_once, own.size());
  std::partial_sort(own.begin(), own.begin() + static_cast<std::ptrdiff_t>(at_once), own.end(),
                    std::greater<>());
  double bytes = data;
  for (std::size_t k = 0; k < at_once; ++k) bytes += own[k];
  line("all", fmt::format("{}{:.0f}", more ? "≥ " : "", all_runs), all_events, bytes, all_seconds);
  return text +
         fmt::format("times are nominal, of one core; {} run(s) at once take about {}\n", at_once,
                     duration_text(all_seconds / static_cast<double>(std::max<std::size_t>(at_once, 1))));
}

}  // namespace acidsim
