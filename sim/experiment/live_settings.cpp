#include "sim/experiment/live_settings.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <sstream>

#include "sim/core/error.hpp"
#include "sim/mpi/ownership.hpp"

namespace acidsim {

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
  for (const Edge& edge : plan.averaging_edges()) protocol.edges.push_back({edge.i, edge.j});
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

}  // namespace acidsim
