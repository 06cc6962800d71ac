#include "sim/app/live_plan.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <numeric>
#include <set>
#include <sstream>

#include "sim/app/repeat.hpp"
#include "sim/app/results.hpp"
#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr const char* trace_file = "trace.csv";

std::vector<Edge> meeting_edges(const Plan& plan) {
  if (!plan.dynamics.communicates()) return {};
  std::vector<Edge> edges = plan.network->edges.list();
  std::erase_if(edges, [](const Edge& edge) { return edge.rate == 0; });
  return edges;
}

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

}  // namespace

void check_live(const Plan& plan) {
  const auto refuse = [&](const std::string& where, const std::string& why, const std::string& value,
                          const std::string& hint) {
    throw InputError(where, why, value, hint).within(plan.place);
  };
  const Json& config = plan.config();
  const Json& stop = config["stop"];
  if (!plan.objective().has_gradients)
    refuse("/objective/name", "a live run trains: it needs gradients", "none", "for example quadratic");
  if (stop["gradients"].is_null() && stop["wall_seconds"].is_null())
    refuse("/stop", "a live run has no simulated time to stop at", shown(stop),
           "give stop.gradients or stop.wall_seconds");
  if (!stop["target"].is_null())
    refuse("/stop/target", "a live run makes no records on its way", shown(stop["target"]),
           "its replay makes them; leave the target out");
  if (plan.dynamics.mixes_in_rounds())
    refuse("/algorithm/name", "works in synchronous rounds, and a live run is asynchronous",
           plan.algorithm().name, "another backend, or an algorithm of pairwise averagings");
  if (plan.network->changes())
    refuse("/topology", "a live run needs a graph that does not change", shown(config["topology"]),
           "a fixed graph without failures");
  if (config["timing"]["model"] != "poisson")
    refuse("/timing/model", "a live run makes its own times", shown(config["timing"]["model"]),
           "leave timing.model out");
  if (config["repeats"] != 1)
    refuse("/repeats", "a live run is never the same twice, and runs once", shown(config["repeats"]),
           "--set repeats=1");
  const double rate = config["timing"]["communication_rate"].get<double>();
  if (rate != 0 && (rate < AveragingCounts::smallest_rate || rate > AveragingCounts::largest_rate))
    refuse("/timing/communication_rate", "is out of the range of live runs", fmt::format("{:g}", rate),
           fmt::format("0, or {:g} to {:g}", AveragingCounts::smallest_rate, AveragingCounts::largest_rate));
  if (stop["gradients"].is_null() && config["optimizer"]["schedule"]["name"] != "constant")
    refuse("/optimizer/schedule", "this schedule needs to know how many gradients there will be",
           shown(config["optimizer"]["schedule"]["name"]), "give stop.gradients");
  const Json& seconds = config["live"]["gradient_seconds"];
  if (seconds.is_array() && seconds.size() != plan.workers())
    refuse("/live/gradient_seconds",
           fmt::format("has {} entries for {} workers", seconds.size(), plan.workers()), "",
           "one for each worker, or one number");
  if (!stop["time"].is_null())
    spdlog::warn("{}/stop/time: is simulated time; a live run does not look at it", plan.place);
  for (const char* cadence : {"every", "every_seconds"})
    if (!config["checkpoint"][cadence].is_null())
      spdlog::warn("{}/checkpoint/{}: live runs keep no checkpoints", plan.place, cadence);
}

LiveProtocol live_protocol(const Plan& plan, std::uint64_t seed) {
  const Node live = plan.node("live");
  const Json& stop = plan.config()["stop"];
  LiveProtocol protocol;
  protocol.workers = plan.workers();
  for (const Edge& edge : meeting_edges(plan)) protocol.edges.push_back({edge.i, edge.j});
  protocol.rate = plan.config()["timing"]["communication_rate"].get<double>();
  protocol.deterministic_neighbor = live.flag("deterministic_neighbor");
  protocol.deterministic_averagings = live.flag("deterministic_averagings");
  protocol.seed = seed;
  if (!stop["gradients"].is_null()) protocol.gradients = stop["gradients"].get<std::uint64_t>();
  if (!stop["wall_seconds"].is_null()) protocol.wall_seconds = stop["wall_seconds"].get<double>();
  return protocol;
}

std::vector<double> least_gradient_seconds(const Plan& plan) {
  const Json& seconds = plan.config()["live"]["gradient_seconds"];
  if (seconds.is_array()) return seconds.get<std::vector<double>>();
  return std::vector<double>(plan.workers(), seconds.get<double>());
}

double live_horizon(const Plan& plan) {
  const Json& gradients = plan.config()["stop"]["gradients"];
  return gradients.is_null() ? 1.0 : gradients.get<double>();
}

std::unique_ptr<LiveSchedule> live_schedule(const Plan& plan, const LiveTrace& trace,
                                            std::string_view place) {
  return std::make_unique<LiveSchedule>(trace, plan.network->edges.list(), place);
}

bool is_live_replay(const Plan& plan) { return plan.config()["timing"]["model"] == "live_trace"; }

LiveTrace trace_of(const Plan& plan) {
  const std::vector<Edge> edges = meeting_edges(plan);
  return at_field("/timing/file",
                  [&] { return read_live_trace(plan.node("timing").file("file"), plan.workers(), edges); });
}

double replay_horizon(const Plan& plan) { return plan.node("timing").number("horizon"); }

std::vector<LiveReport::Rank> live_ranks(MpiWorld* world, Worker workers) {
  if (world == nullptr) return {{"", 0, workers}};
  std::vector<LiveReport::Rank> ranks;
  const Ownership ownership = own_blocks(workers, world->size(), world->rank());
  const std::string own = fmt::format("{} {} {}", ownership.own.front(), ownership.own.size(), world->host());
  for (const std::string& text : world->gather(own)) {
    std::istringstream words(text);
    LiveReport::Rank& rank = ranks.emplace_back();
    words >> rank.first >> rank.workers >> rank.host;
  }
  return ranks;
}

namespace {

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
