#include "sim/experiment/servers.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/algorithms/server_async_sgd.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/pace.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "sim/timing/server_schedule.hpp"
#include "sim/timing/trace_schedule.hpp"

namespace acidsim {
namespace {

// The gradients of a trace. It may be the schedule of such a run: its exchanges with the server are left out, for they
// follow from the gradients.
std::unique_ptr<Schedule> traced_gradients(const Plan& plan) {
  const Worker server = plan.workers();
  std::vector<Edge> links;
  for (Worker i = 0; i < server; ++i) links.push_back({i, server, 1});
  const std::filesystem::path& file = plan.experiment.timing.trace;
  return with_error_path("/timing/file", [&] {
    const TraceSchedule trace = read_trace(file, plan.nodes(), links);
    const std::string name = fmt::format("\"{}\"", file.string());
    if (trace.has_reads())
      throw InputError("/timing/file",
                       "a worker of a server reads its model when its gradient before has come in", name,
                       "a trace of gradients, without reads and steps");
    std::vector<Event> gradients;
    for (const Event& event : trace.events()) {
      if (event.verb != Verb::gradient) continue;
      if (event.i == server)
        throw InputError("/timing/file", fmt::format("no such worker as {}", server), name,
                         fmt::format("there are {} workers, counted from 0", server));
      gradients.push_back(event);
    }
    if (gradients.empty())
      throw InputError("/timing/file", "the trace has no gradients", name, "a server waits for some");
    return std::make_unique<TraceSchedule>(std::move(gradients));
  });
}

std::unique_ptr<Schedule> drawn_gradients(const Plan& plan, std::uint64_t seed) {
  const std::vector<double> rates = plan.gradient_rates(seed);
  if (std::all_of(rates.begin(), rates.end(), [](double rate) { return rate == 0; }))
    throw InputError("/timing/gradient_rate", "nothing could ever happen: every rate is 0", "",
                     "a server waits for gradients: give a positive rate");
  return with_error_path("/timing",
                         [&] { return std::make_unique<PoissonSchedule>(seed, rates, std::vector<Edge>{}); });
}

std::unique_ptr<Schedule> available_server(const Plan& plan, std::uint64_t seed) {
  const std::vector<Edge> link = {{0, plan.workers(), 1}};
  const auto messages = meter_of(plan).encounter(Meeting::applied);
  return with_error_path("/timing", [&] {
    return std::make_unique<ServerSchedule>(gradient_durations(plan, seed), transfers(plan, seed, link),
                                            static_cast<double>(messages.there.bytes),
                                            static_cast<double>(messages.back.bytes),
                                            server_protocol(plan.constants));
  });
}

bool has_unequal_data(const ObjectiveSource& objective) {
  return !objective.shared_rows || objective.own_centres;
}

bool has_equal_speeds(const Plan& plan) {
  if (plan.experiment.timing.model == TimingModel::trace) return false;
  const std::vector<double> rates = plan.gradient_rates(plan.experiment.seed);
  return std::adjacent_find(rates.begin(), rates.end(), std::not_equal_to<>()) == rates.end();
}

}  // namespace

void check_server(const Plan& plan) {
  const std::string& name = plan.algorithm().name;
  if (!plan.experiment.objective.has_gradients())
    throw InputError("/objective/name", name + " sends gradients, and there are none", "\"none\"",
                     "for example quadratic");
  if (plan.replays_live_run())
    throw InputError("/timing/model", "a live run has no server, and this algorithm needs one",
                     "\"live_trace\"",
                     "the algorithm of the live run, or the model \"trace\" with gradients");
  const LearningRate& schedule = plan.experiment.optimizer.learning_rate();
  if (server_protocol(plan.constants).rule == ServerRule::ringleader && !schedule.is_constant())
    throw InputError("/optimizer/schedule", "ringleader's table of gradients holds the learning rate",
                     fmt::format("\"{}\"", name_of(schedule.kind)),
                     "\"constant\" without warm-up, or another rule");
  if (server_protocol(plan.constants).rule == ServerRule::ringleader && plan.experiment.algorithm.compression)
    throw InputError(
        "/algorithm/compression",
        "ringleader's table holds averages of whole gradients, and their messages are not compressed", "",
        "leave it out, or another rule");
  if (plan.network->changes())
    throw InputError("/topology", "workers talk to the server alone: a graph that changes means nothing here",
                     name, "a fixed graph without failures; of it the number of workers counts");
}

void remark_on_limit(Plan& plan) {
  if (!plan.dynamics.has_server() || !has_unequal_data(plan.experiment.objective)) return;
  const ServerRule rule = server_protocol(plan.constants).rule;
  const bool selects = rule == ServerRule::ringmaster || rule == ServerRule::rennala;
  const bool equal = has_equal_speeds(plan);
  if (rule == ServerRule::ringleader || (equal && !selects)) return;
  plan.notices.push_back(fmt::format(
      "{}/algorithm/rule: the workers' data are unequal, and {} uses the gradients of fast workers "
      "more often{}: {}its limit is not the minimiser of f (that of \"ringleader\" is)",
      plan.place(), plan.constants.text("rule"), selects ? ", more than by their speeds alone" : "",
      equal ? "where speeds differ, " : ""));
}

std::unique_ptr<Schedule> server_schedule(const Plan& plan, std::uint64_t seed) {
  const Timing& timing = plan.experiment.timing;
  if (timing.model == TimingModel::availability || timing.churn) return available_server(plan, seed);
  auto gradients = timing.model == TimingModel::trace ? traced_gradients(plan) : drawn_gradients(plan, seed);
  return std::make_unique<ServerSchedule>(std::move(gradients), plan.workers(),
                                          server_protocol(plan.constants));
}

}  // namespace acidsim
