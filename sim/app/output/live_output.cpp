#include "sim/app/output/live_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/app/output/files.hpp"
#include "sim/experiment/live_settings.hpp"

namespace acidsim {
namespace {

constexpr const char* trace_file = "trace.csv";

// The experiment that carries the trace out again, in the folder of the results.
Json replay_of(Json config, const Plan& plan, const LiveTrace& trace) {
  const std::vector<LiveStep> steps = merged(trace, trace_file);
  const double end = steps.empty() ? 0.0 : steps.back().wall;
  config["name"] = plan.experiment.name + "_replay";
  config["timing"] = {{"model", "live_trace"},
                      {"file", trace_file},
                      {"horizon", live_horizon(plan)},
                      {"communication_rate", plan.experiment.timing.communication_rate}};
  config["stop"] = {{"time", end}, {"diverged_above", plan.experiment.stop.rules.diverged_above}};
  config["record"]["every"] = std::max(end / 200, 1e-3);
  config.erase("checkpoint");
  config.erase("mpi");
  return config;
}

struct RankSums {
  std::uint64_t gradients = 0, communications = 0;
  double idle_seconds = 0;
};
RankSums sums(const LiveReport& report, const LiveReport::Rank& rank) {
  RankSums sum;
  for (Worker worker = rank.first; worker < rank.first + rank.workers; ++worker) {
    sum.gradients += report.course.gradients[worker];
    sum.communications += report.course.averagings[worker];
    sum.idle_seconds += report.course.idle[worker];
  }
  return sum;
}

}  // namespace

Json live_facts(const LiveReport& report) {
  Json facts = {{"wall_seconds", report.wall_seconds},
                {"idle_share", report.course.idle_share()},
                {"ranks", Json::array()},
                {"workers", Json::array()}};
  for (std::size_t r = 0; r < report.ranks.size(); ++r) {
    const LiveReport::Rank& rank = report.ranks[r];
    const RankSums sum = sums(report, rank);
    facts["ranks"].push_back({{"rank", r},
                              {"host", rank.host},
                              {"workers", rank.workers},
                              {"gradients", sum.gradients},
                              {"communications", sum.communications},
                              {"idle_seconds", sum.idle_seconds},
                              {"wall_seconds", report.wall_seconds}});
  }
  for (std::size_t worker = 0; worker < report.course.idle.size(); ++worker)
    facts["workers"].push_back({{"gradients", report.course.gradients[worker]},
                                {"communications", report.course.averagings[worker]},
                                {"idle_seconds", report.course.idle[worker]}});
  return facts;
}

std::string live_table(const LiveReport& report) {
  std::size_t widest = 4;
  for (const LiveReport::Rank& rank : report.ranks) widest = std::max(widest, rank.host.size());
  std::string text =
      fmt::format("rank  {:{}}  workers   gradients  communications    idle\n", "host", widest);
  for (std::size_t r = 0; r < report.ranks.size(); ++r) {
    const LiveReport::Rank& rank = report.ranks[r];
    const RankSums sum = sums(report, rank);
    text += fmt::format("{:4}  {:{}}  {:7}  {:10}  {:14}  {:4.1f} %\n", r, rank.host, widest, rank.workers,
                        sum.gradients, sum.communications,
                        100 * sum.idle_seconds / std::max(report.wall_seconds * rank.workers, 1e-12));
  }
  return text;
}

void write_live(const std::filesystem::path& folder, const Json& config, const Plan& plan,
                const RepeatResult& result) {
  std::ostringstream trace;
  write_live_trace(result.live->trace, trace);
  write_file(folder / trace_file, std::move(trace).str());
  write_file(folder / "replay.json", replay_of(config, plan, result.live->trace).dump(1) + "\n");
}

}  // namespace acidsim
