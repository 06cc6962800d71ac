#include "sim/experiment/pace.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "sim/experiment/counting.hpp"

namespace acidsim {
namespace {

bool is_available(const Plan& plan) { return plan.experiment.timing.model == TimingModel::availability; }

DurationLaw gradient_law(const Plan& plan) {
  const auto& make = plan.experiment.timing.availability.gradient_duration;
  if (!is_available(plan) || !make) return ExponentialDuration{};
  return with_error_path("/timing/gradient_duration", [&] {
    DurationLaw law = make(plan.workers(), plan.network->graph.worker_names);
    check_law(law, plan.workers());
    return law;
  });
}

TransferSettings transfer_settings(const Plan& plan, std::span<const Edge> edges) {
  const TransferSource& source = plan.experiment.timing.availability.transfer;
  TransferSettings settings = source.settings;
  if (is_available(plan) && source.links)
    settings.links = with_error_path("/timing/transfer", [&] {
      return source.links({edges, plan.workers(), plan.network->graph.worker_names});
    });
  return settings;
}

void check_churn(const Plan& plan, const Churn& churn) {
  const Timing& timing = plan.experiment.timing;
  const std::string& name = plan.algorithm().name;
  const auto refuse = [](const char* field, const std::string& problem, const char* hint) {
    throw InputError(std::string("/timing/churn") + field, problem, "", hint);
  };
  if (timing.model == TimingModel::trace || timing.model == TimingModel::live_trace)
    refuse("", "a trace says itself who is there", "leave it out");
  if (!churn.absences && churn.join_at.empty() && churn.leave_at.empty())
    refuse("", "nobody ever leaves", "give mean_present, join_at or leave_at");
  const bool waits = plan.dynamics.mixes_in_rounds() || plan.dynamics.has_server();
  if (plan.dynamics.mixes_in_rounds() && !plan.experiment.objective.has_gradients())
    refuse("", "rounds without gradients wait for nobody", "an objective, or leave it out");
  if (churn.on_return != Return::kept) {
    if (waits)
      refuse("/on_return", "in " + name + " workers come back as they left",
             "\"kept\", or a pairwise algorithm");
    if (!can_begin_anew(plan))
      refuse("/on_return",
             name + " keeps more than its model for each worker, which no worker can begin anew alone",
             "\"kept\", or async_gossip, a2cid2, ad_psgd or swarm_sgd without compression");
  }
  if (!churn.leaves_for_good()) return;
  if (waits)
    refuse("/leave_at", "the others of " + name + " would wait for ever", "mean_present and mean_away");
  if (timing.model == TimingModel::availability && timing.availability.pairing == PairingRule::fixed &&
      plan.dynamics.exchanges())
    refuse("/leave_at", "partners whose turn it is would wait for ever", "\"pairing\": \"fifo\" or \"call\"");
}

}  // namespace

bool can_begin_anew(const Plan& plan) {
  return plan.dynamics.holds_models() && !plan.dynamics.sends() &&
         plan.experiment.algorithm.compression == nullptr;
}

std::shared_ptr<const Presence> presence_of_workers(const Plan& plan, std::uint64_t seed) {
  const auto& churn = plan.experiment.timing.churn;
  if (!churn) return nullptr;
  return with_error_path("/timing/churn",
                         [&] { return std::make_shared<const Presence>(seed, plan.workers(), *churn); });
}

Dynamics declared_dynamics(const Plan& plan) {
  Dynamics dynamics = plan.algorithm().dynamics(plan.constants);
  // The mean over all n workers is to be one over the n − b gradients that count.
  const auto backups = static_cast<double>(plan.experiment.timing.backup_workers),
             n = static_cast<double>(plan.workers());
  if (backups > 0) dynamics.gradient.landing *= n / (n - backups);
  return dynamics;
}

GradientDurations gradient_durations(const Plan& plan, std::uint64_t seed) {
  const AvailabilityTiming& timing = plan.experiment.timing.availability;
  return {seed, plan.worker_rates(seed), gradient_law(plan),
          is_available(plan) ? timing.slow_phases : std::optional<SlowPhases>{},
          presence_of_workers(plan, seed)};
}

Transfers transfers(const Plan& plan, std::uint64_t seed, std::span<const Edge> edges) {
  return with_error_path("/timing/transfer",
                         [&] { return Transfers(seed, transfer_settings(plan, edges), edges.size()); });
}

RoundPace round_pace(const Plan& plan, std::uint64_t seed) {
  RoundPace pace{.presence = presence_of_workers(plan, seed),
                 .backups = static_cast<Worker>(plan.experiment.timing.backup_workers)};
  if (!is_available(plan)) return pace;
  pace.law = gradient_law(plan);
  pace.slow = plan.experiment.timing.availability.slow_phases;
  const std::vector<Edge> edges = plan.network->edges.list();
  Transfers made = transfers(plan, seed, edges);
  if (made.instantaneous()) return pace;
  pace.transfers = std::move(made);
  for (const Edge& edge : edges) pace.edges.push_back({edge.i, edge.j});
  pace.bytes = message_bytes(plan);
  return pace;
}

Meter meter_of(const Plan& plan) {
  return Sending(plan.experiment, plan.dynamics, plan.workers(), std::max<Index>(plan.expected.dimension, 1))
      .meter();
}

std::vector<double> message_bytes(const Plan& plan) {
  const Meter meter = meter_of(plan);
  const std::size_t kinds =
      std::max<std::size_t>(plan.dynamics.rounds.size() + plan.dynamics.opening.size(), 1);
  std::vector<double> bytes;
  for (std::size_t number = 0; number < kinds; ++number)
    bytes.push_back(static_cast<double>(meter.message(static_cast<int>(number)).bytes));
  return bytes;
}

void remark_on_load(Plan& plan) {
  const AvailabilityTiming& timing = plan.experiment.timing.availability;
  const bool clocks = is_available(plan) && !timing.pairing && plan.dynamics.communicates() &&
                      !plan.dynamics.mixes_in_rounds() && !plan.dynamics.has_server();
  if (!clocks || !timing.transfer.links) return;
  const std::vector<Edge> edges = plan.network->edges.list();
  const Transfers links = transfers(plan, plan.experiment.seed, edges);
  const double bytes = message_bytes(plan).front();
  std::vector<double> load(plan.workers(), 0.0);  // share of time that a card is taken, on average
  double largest = 0;
  for (std::uint32_t e = 0; e < edges.size(); ++e) {
    const double share = edges[e].rate * links.mean_exchange(e, plan.dynamics.sends() ? bytes / 2 : bytes);
    largest = std::max(largest, share);
    if (!links.shared_card()) continue;
    for (const Worker end : {edges[e].i, edges[e].j}) largest = std::max(largest, load[end] += share);
  }
  if (largest >= 1)
    plan.notices.push_back(
        fmt::format("{}/timing/transfer: communications come {:.3g} times as fast as {} can carry them: more "
                    "and more wait",
                    plan.place(), largest, links.shared_card() ? "a worker's network card" : "an edge"));
}

void check_pace(const Plan& plan) {
  const Timing& timing = plan.experiment.timing;
  if (timing.churn) check_churn(plan, *timing.churn);
  if (timing.model == TimingModel::poisson_per_gradient) {
    if (plan.dynamics.mixes_in_rounds() || plan.dynamics.has_server())
      throw InputError("/timing/model", "averagings per gradient are those of pairs", plan.algorithm().name,
                       "\"poisson\" or \"availability\", or a pairwise algorithm");
    if (plan.network->changes())
      throw InputError("/timing/model", "averagings per gradient need a graph that does not change",
                       plan.network->graph.name, "\"poisson\", or a fixed graph without failures");
  }
  if (timing.model == TimingModel::own) {
    if (!timing.own) throw InputError("/timing/model", "gives no events", "", "Timing::own");
    if (plan.dynamics.mixes_in_rounds() || plan.dynamics.has_server())
      throw InputError("/timing/model", "a timing model from elsewhere tells of gradients and of pairs alone",
                       plan.algorithm().name, "\"poisson\" or \"availability\", or a pairwise algorithm");
    if (plan.network->changes())
      throw InputError("/timing/model", "a timing model from elsewhere needs a graph that does not change",
                       plan.network->graph.name, "\"poisson\", or a fixed graph without failures");
  }
  const std::string& name = plan.algorithm().name;
  const Dynamics& dynamics = plan.dynamics;
  if (timing.read == GradientRead::at_start) {
    const auto refuse = [&](const std::string& problem, const char* hint) {
      throw InputError("/timing/gradient/read", problem, "\"at_start\"", hint);
    };
    if (timing.model == TimingModel::trace || timing.model == TimingModel::live_trace)
      refuse("a trace says itself when gradients are read", "leave it out");
    if (dynamics.mixes_in_rounds())
      refuse("in rounds nothing happens to a worker while it computes", "leave it out");
    if (dynamics.has_server())
      refuse("a worker of a server always computes at the copy that it got before", "leave it out");
    if (dynamics.dual) refuse(name + " has no gradient events", "leave it out, or another algorithm");
    if (dynamics.gradient.point.size() > 0)
      refuse(name + " reads early by itself here", "\"at_step\", or async_gossip with \"at_start\"");
  }
  if (timing.model != TimingModel::availability || !dynamics.communicates()) return;
  const bool pairwise = !dynamics.mixes_in_rounds() && !dynamics.has_server();
  if (pairwise && timing.availability.pairing) {
    const auto refuse = [&](const std::string& problem, const char* hint) {
      throw InputError("/timing/pairing", problem, "", hint);
    };
    if (dynamics.sends())
      refuse(name + " sends messages that nobody waits for, and these pairs wait for each other",
             "\"edge_clocks\"");
    if (plan.network->changes() && timing.availability.pairing != PairingRule::fifo)
      refuse("who has called a neighbour, or whose turn it is, needs a graph that does not change",
             "\"fifo\", \"edge_clocks\", or a fixed graph without failures");
  }
  const std::string& of_edges = timing.availability.transfer.of_edges;
  if (dynamics.has_server() && !of_edges.empty())
    throw InputError("/timing/transfer/" + of_edges, "workers talk to the server alone, along no edge", "",
                     "latency and bandwidth as numbers");
  if (dynamics.dual && timing.availability.transfer.links)
    throw InputError("/timing/transfer",
                     name + " takes gradients at both ends of an exchange, which takes no time", "",
                     "leave it out, or another algorithm");
}

void check_messages(const Plan& plan) {
  const MessageFaults& faults = plan.experiment.timing.messages;
  if (!faults.any()) return;
  const std::string& name = plan.algorithm().name;
  const auto refuse = [&](const std::string& problem, const char* hint) {
    throw InputError("/timing/messages", problem,
                     fmt::format("lost {:g}, repeated {:g}", faults.lost, faults.repeated), hint);
  };
  const TimingModel model = plan.experiment.timing.model;
  if (model == TimingModel::trace || model == TimingModel::live_trace)
    refuse("a trace says itself which messages arrive", "leave it out");
  const Dynamics& dynamics = plan.dynamics;
  if (!dynamics.communicates()) refuse(name + " sends no messages", "leave it out");
  if (dynamics.exchanges())
    refuse(name +
               " averages in pairs: one half without the other would move the mean, so an averaging needs "
               "both messages",
           "push_sum, which sends one way");
  if (dynamics.mixes_in_rounds())
    refuse(name + " works in rounds here, which wait for all their messages",
           "push_sum with \"timing\": \"asynchronous\"");
  if (dynamics.has_server())
    refuse(name + " waits for the answer of its server", "push_sum, which sends one way");
}

}  // namespace acidsim
