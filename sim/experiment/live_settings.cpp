#include "sim/experiment/live_settings.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"
#include "sim/experiment/chi_choice.hpp"
#include "sim/experiment/horizon.hpp"

namespace acidsim {

std::vector<std::string> check_live(const Plan& plan) {
  const auto refuse = [&](const std::string& where, const std::string& why, const std::string& value,
                          const std::string& hint) {
    throw InputError(where, why, value, hint).within(plan.place());
  };
  const Experiment& experiment = plan.experiment;
  const StopRules& stop = experiment.stop.rules;
  if (!experiment.objective.has_gradients())
    refuse("/objective/name", "a live run trains: it needs gradients", "none", "for example quadratic");
  if (!stop.gradients && !stop.communications && !stop.wall_seconds)
    refuse("/stop", "a live run has no simulated time to stop at", fmt::format("time {}", stop.time),
           "give stop.gradients, stop.communications or stop.wall_seconds");
  if (stop.bytes)
    refuse("/stop/bytes", "a live run does not count bytes on its way", fmt::format("{}", *stop.bytes),
           "give stop.communications: each sends the messages of two workers");
  if (experiment.stop.target)
    refuse("/stop/target", "a live run makes no records on its way", experiment.stop.target->metric,
           "its replay makes them; leave the target out");
  const std::vector<std::string>& metrics = experiment.record.metrics;
  if (std::find(metrics.begin(), metrics.end(), "minibatch_loss") != metrics.end())
    refuse("/record/metrics", "a live run keeps no losses of minibatches", "minibatch_loss",
           "its replay does; leave the metric out");
  if (plan.dynamics.mixes_in_rounds())
    refuse("/algorithm/name", "works in synchronous rounds, and a live run is asynchronous",
           plan.algorithm().name, "another backend, or an algorithm of pairwise averagings");
  if (plan.dynamics.has_server())
    refuse("/algorithm/name", "has a server, and a live run has none: its workers average in pairs",
           plan.algorithm().name, "another backend, or an algorithm of pairwise averagings");
  if (plan.dynamics.gradient.point.size() > 0)
    refuse("/algorithm/name",
           "adds staleness to simulated gradients; those of a live run are stale by themselves",
           plan.algorithm().name, "async_gossip, which is this method in a live run");
  if (plan.dynamics.dual)
    refuse("/algorithm/name", "has no gradient events, and a live run is paced by them",
           plan.algorithm().name, "another backend, or another algorithm");
  if (experiment.algorithm.compression)
    refuse("/algorithm/compression",
           "a live run sends whole vectors; public copies for each edge are kept in simulated time alone",
           plan.algorithm().name, "leave it out, or take another backend");
  if (experiment.optimizer.average_buffers)
    refuse("/optimizer/average_buffers", "the optimizer of a live run is at work while its worker averages",
           "true", "false, or another backend");
  if (experiment.timing.messages.any())
    refuse("/timing/messages", "a live run loses no message", "", "leave it out, or take another backend");
  if (plan.dynamics.send.running_sums)
    refuse("/algorithm/running_sums", "running sums are kept in simulated time alone", "true",
           "false, or another backend");
  if (chosen_chi(plan) == "re_estimated")
    refuse("/algorithm/chi", "what a live run will exchange is not known before it", "\"re_estimated\"",
           "\"mean\"");
  if (plan.network->changes())
    refuse("/topology", "a live run needs a graph that does not change", plan.network->graph.name,
           "a fixed graph without failures");
  if (plan.network->directed())
    refuse("/topology", "a live run pairs workers, and this graph is directed", plan.network->graph.name,
           "an undirected graph");
  if (experiment.timing.model != TimingModel::poisson)
    refuse("/timing/model", "a live run makes its own times", "", "leave timing.model out");
  if (experiment.timing.churn)
    refuse("/timing/churn", "the workers of a live run are there from its start to its end", "",
           "leave it out");
  if (experiment.repeats != 1)
    refuse("/repeats", "a live run is never the same twice, and runs once",
           fmt::format("{}", experiment.repeats), "--set repeats=1");
  const double rate = plan.communication_rate;
  if (rate != 0 && (rate < AveragingLaw::smallest_rate || rate > AveragingLaw::largest_rate))
    refuse("/timing/communication_rate", "is out of the range of live runs", fmt::format("{:g}", rate),
           fmt::format("0, or {:g} to {:g}", AveragingLaw::smallest_rate, AveragingLaw::largest_rate));
  const LearningRate& schedule = experiment.optimizer.learning_rate();
  if (!stop.gradients && schedule.needs_end())
    refuse("/optimizer/schedule", "this schedule needs to know how many gradients there will be",
           fmt::format("\"{}\"", name_of(schedule.kind)),
           "give stop.gradients, or milestones_in another unit than fractions of the run");
  const auto* seconds = std::get_if<std::vector<double>>(&experiment.live.gradient_seconds);
  if (seconds && seconds->size() != plan.workers())
    refuse("/live/gradient_seconds",
           fmt::format("has {} entries for {} workers", seconds->size(), plan.workers()), "",
           "one for each worker, or one number");
  std::vector<std::string> notices;
  if (std::isfinite(stop.time))
    notices.push_back(
        fmt::format("{}/stop/time: is simulated time; a live run does not look at it", plan.place()));
  return notices;
}

LiveProtocol live_protocol(const Plan& plan, std::uint64_t seed) {
  const Experiment& experiment = plan.experiment;
  LiveProtocol protocol;
  protocol.workers = plan.workers();
  for (const Edge& edge : plan.averaging_edges()) protocol.edges.push_back({edge.i, edge.j});
  protocol.rate = plan.communication_rate;
  if (experiment.live.deterministic_neighbor) protocol.pairing = PairingRule::fixed;
  if (experiment.live.deterministic_averagings) protocol.averagings = AveragingCount::deterministic;
  protocol.seed = seed;
  protocol.gradients = experiment.stop.rules.gradients;
  protocol.communications = experiment.stop.rules.communications;
  protocol.wall_seconds = experiment.stop.rules.wall_seconds;
  return protocol;
}

std::vector<double> least_gradient_seconds(const Plan& plan) {
  const auto& seconds = plan.experiment.live.gradient_seconds;
  if (const auto* list = std::get_if<std::vector<double>>(&seconds)) return *list;
  return std::vector<double>(plan.workers(), std::get<double>(seconds));
}

double live_horizon(const Plan& plan) {
  return live_progress_unit(plan, static_cast<double>(plan.experiment.stop.rules.gradients.value_or(1)));
}

}  // namespace acidsim
