#include "sim/app/output/live_output.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "sim/app/output/files.hpp"
#include "sim/experiment/live_settings.hpp"

namespace acidsim {
namespace {

constexpr const char* trace_file = "trace.csv";

// Paths that are relative to the experiment's folder, as absolute ones: the replay lies in another folder.
void make_absolute(Json& value, const std::filesystem::path& directory) {
  static const std::set<std::string> paths = {"file",   "directory",   "images",
                                              "labels", "test_images", "test_labels"};
  if (value.is_object()) {
    for (auto& [key, inner] : value.items())
      if (inner.is_string() && paths.contains(key))
        inner = std::filesystem::absolute(directory / inner.get<std::string>()).lexically_normal().string();
      else
        make_absolute(inner, directory);
  } else if (value.is_array()) {
    for (Json& inner : value) make_absolute(inner, directory);
  }
}

Json replay_of(const Plan& plan, const LiveTrace& trace) {
  const std::vector<LiveStep> steps = merged(trace, trace_file);
  const double end = steps.empty() ? 0.0 : steps.back().wall;
  Json config = plan.config();
  config["name"] = plan.config()["name"].get<std::string>() + "_replay";
  make_absolute(config["topology"], plan.directory);
  make_absolute(config["objective"], plan.directory);
  config["timing"] = {{"model", "live_trace"},
                      {"file", trace_file},
                      {"horizon", live_horizon(plan)},
                      {"communication_rate", plan.config()["timing"]["communication_rate"]}};
  config["stop"] = {{"time", end}, {"diverged_above", plan.config()["stop"]["diverged_above"]}};
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
    sum.idle_seconds += report.idle_seconds[worker];
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
  for (std::size_t worker = 0; worker < report.idle_seconds.size(); ++worker)
    facts["workers"].push_back({{"gradients", report.course.gradients[worker]},
                                {"communications", report.course.averagings[worker]},
                                {"idle_seconds", report.idle_seconds[worker]}});
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

void write_live(const std::filesystem::path& folder, const Plan& plan, const RepeatResult& result) {
  std::ostringstream trace;
  write_live_trace(result.live->trace, trace);
  write_file(folder / trace_file, std::move(trace).str());
  write_file(folder / "replay.json", replay_of(plan, result.live->trace).dump(1) + "\n");
}

}  // namespace acidsim
