// The schedule of a plan: which timing model, with which rates, edges and groups.
#include <fmt/format.h>

#include <algorithm>

#include "sim/core/error.hpp"
#include "sim/experiment/mixings.hpp"
#include "sim/experiment/pace.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/servers.hpp"
#include "sim/timing/changing_schedule.hpp"
#include "sim/timing/churn_schedule.hpp"
#include "sim/timing/directed_schedule.hpp"
#include "sim/timing/edge_times.hpp"
#include "sim/timing/local_round_schedule.hpp"
#include "sim/timing/per_gradient_schedule.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "sim/timing/renewal_schedule.hpp"
#include "sim/timing/round_schedule.hpp"
#include "sim/timing/source_schedule.hpp"
#include "sim/timing/trace_schedule.hpp"
#include "sim/timing/transfer_schedule.hpp"

namespace acidsim {
namespace {

RoundProgram round_program(const Dynamics& dynamics) {
  RoundProgram program;
  auto mixing = dynamics.rounds.begin();
  for (const Verb verb : dynamics.program)
    program.push_back({verb, verb == Verb::round ? (mixing++)->company : Company::neighbours});
  return program;
}

// The rounds of a trace go through the mixings of the method in turn, those of the opening first.
void number_rounds(const Plan& plan, std::vector<Event>& events) {
  const Dynamics& dynamics = plan.dynamics;
  const std::size_t mixings = dynamics.rounds.size();
  std::size_t next = dynamics.opening.empty() ? 0 : mixings;
  for (Event& event : events) {
    if (event.verb != Verb::round) continue;
    event.number = static_cast<std::uint16_t>(next);
    event.clock = static_cast<std::uint32_t>(dynamics.mixing(static_cast<int>(next)).company);
    next = (next + 1) % mixings == 0 ? 0 : next + 1;
  }
}

std::vector<Group> trace_groups(const Plan& plan) {
  for (const Dynamics::Mixing& round : plan.dynamics.rounds)
    if (round.company == Company::partner)
      throw InputError("/timing/model", "a trace does not say who the partners in its rounds are",
                       "\"trace\"", "\"poisson\", or another algorithm than " + plan.algorithm().name);
  if (plan.network->changes())
    throw InputError("/topology", "a trace of rounds needs a graph that does not change",
                     plan.algorithm().name, "a fixed graph without failures");
  RoundGroups::Mixings mixings = round_groups(plan).first;
  std::vector<Group> groups(5);  // by Company
  const auto place = [&](Company company) -> Group& { return groups[static_cast<std::size_t>(company)]; };
  place(Company::everyone) = {.members = mixings.neighbours.members, .mean_of_all = true};
  place(Company::neighbours) = std::move(mixings.neighbours);
  place(Company::pushed) = std::move(mixings.pushed);
  place(Company::pulled) = std::move(mixings.pulled);
  return groups;
}

// The events of a file that mean anything to this objective and algorithm.
std::unique_ptr<Schedule> trace_schedule(const Plan& plan) {
  const Dynamics& dynamics = plan.dynamics;
  const TraceSchedule trace = with_error_path("/timing/file", [&] {
    return read_trace(plan.experiment.timing.trace, plan.workers(), plan.network->edges.list(),
                      dynamics.sends());
  });
  const auto wanted = [&](Verb verb) {
    if (is_of_gradients(verb)) return plan.experiment.objective.has_gradients() && !dynamics.dual;
    if (verb == Verb::exchange) return dynamics.exchanges();
    if (verb == Verb::round) return dynamics.mixes_in_rounds();
    if (is_of_presence(verb)) return !dynamics.mixes_in_rounds();
    return dynamics.exchanges() || dynamics.sends();
  };
  std::vector<Event> events;
  for (const Event& event : trace.events())
    if (wanted(event.verb)) events.push_back(event);
  const auto restarts = [](const Event& event) { return event.verb == Verb::restart; };
  if (!can_begin_anew(plan) && std::any_of(events.begin(), events.end(), restarts))
    throw InputError("/timing/file", plan.algorithm().name + " cannot restart workers as this trace does",
                     fmt::format("\"{}\"", plan.experiment.timing.trace.string()),
                     "async_gossip, a2cid2, ad_psgd or swarm_sgd without compression");
  if (events.empty())
    throw InputError("/timing/file", "no event of this trace means anything here",
                     fmt::format("\"{}\"", plan.experiment.timing.trace.string()),
                     "it holds only events that this objective or algorithm ignores");
  if (dynamics.mixes_in_rounds()) number_rounds(plan, events);
  auto schedule = std::make_unique<TraceSchedule>(std::move(events));
  if (dynamics.mixes_in_rounds()) schedule->set_groups(trace_groups(plan));
  return schedule;
}

std::unique_ptr<Schedule> round_schedule(const Plan& plan, std::uint64_t seed) {
  RoundGroups groups = round_groups(plan);
  const RoundProgram program = round_program(plan.dynamics);
  const bool computes = plan.experiment.objective.has_gradients(), opens = !plan.dynamics.opening.empty();
  std::vector<double> rates = computes ? plan.gradient_rates(seed) : std::vector<double>{};
  return with_error_path("/timing", [&]() -> std::unique_ptr<Schedule> {
    if (computes && plan.experiment.timing.barrier == Barrier::local)
      return std::make_unique<LocalRoundSchedule>(seed, std::move(rates), program, std::move(groups), opens,
                                                  round_pace(plan, seed));
    return std::make_unique<RoundSchedule>(seed, std::move(rates), program, std::move(groups), opens,
                                           round_pace(plan, seed));
  });
}

// With the workers that leave and return, where any do.
std::unique_ptr<Schedule> with_churn(const Plan& plan, std::uint64_t seed, std::unique_ptr<Schedule> schedule,
                                     ChurnSchedule::Inner inner) {
  auto presence = presence_of_workers(plan, seed);
  if (presence == nullptr) return schedule;
  return std::make_unique<ChurnSchedule>(seed, std::move(presence), std::move(schedule), inner,
                                         plan.averaging_edges(), plan.gradient_rates(seed));
}

// Pairs that meet when both are available.
std::unique_ptr<Schedule> pairs_schedule(const Plan& plan, std::uint64_t seed) {
  const AvailabilityTiming& timing = plan.experiment.timing.availability;
  AvailabilitySettings settings{.seed = seed,
                                .edges = {},
                                .pairing = *timing.pairing,
                                .rate = plan.communication_rate,
                                .averagings = timing.averagings,
                                .communication = timing.communication,
                                .read = plan.experiment.timing.read,
                                .bytes = message_bytes(plan).front(),
                                .trains = plan.experiment.objective.has_gradients() && !plan.dynamics.dual};
  std::vector<Edge> edges;
  for (std::uint32_t e = 0; e < plan.network->edges.size(); ++e) {
    const Edge edge = plan.network->edges[e];
    if (edge.rate == 0) continue;
    edges.push_back(edge);
    settings.edges.push_back({edge.i, edge.j});
    settings.positions.push_back(e);
  }
  const Network& network = *plan.network;
  if (network.changes()) {
    const auto times = std::make_shared<const EdgeTimes>(seed, network.edges.size(), network.phases,
                                                         network.periodic, network.failures);
    settings.last_change = times->last_change();
    settings.next_opening = [times, positions = settings.positions](std::uint32_t edge, double time) {
      return times->next_opening(positions[edge], time);
    };
  }
  return with_churn(plan, seed,
                    std::make_unique<AvailabilitySchedule>(
                        std::move(settings), gradient_durations(plan, seed), transfers(plan, seed, edges)),
                    ChurnSchedule::Inner::knows_all);
}

// Communications of edges that have Poisson clocks, beside gradients that take their time or have such clocks too.
std::unique_ptr<Schedule> clocks_schedule(const Plan& plan, std::uint64_t seed) {
  const bool renews = plan.experiment.timing.model == TimingModel::availability;
  const bool communicates = plan.dynamics.communicates();
  const std::vector<Edge> edges = communicates ? plan.network->edges.list() : std::vector<Edge>{};
  const std::vector<double> rates = plan.gradient_rates(seed);
  double edges_total = 0, total = 0;
  for (const Edge& edge : edges) edges_total += edge.rate;
  for (const double rate : rates) total += rate;
  if (total + edges_total == 0)
    throw InputError("/timing", "nothing could ever happen: every rate is 0",
                     fmt::format("communication_rate {}", plan.experiment.timing.communication_rate),
                     "give a positive gradient_rate (with an objective) or communication_rate (with an "
                     "algorithm that communicates)");
  const Network& network = *plan.network;
  const bool per_gradient = plan.experiment.timing.model == TimingModel::poisson_per_gradient && communicates;
  // Of a model that renews its gradients these are the communications alone.
  const std::vector<double> clocks = renews ? std::vector<double>(rates.size(), 0.0) : rates;
  std::unique_ptr<Schedule> schedule;
  if (plan.experiment.timing.model == TimingModel::own)
    schedule = std::make_unique<SourceSchedule>(plan.experiment.timing.own,
                                                TimingInput{seed, plan.workers(), rates, edges});
  else if (per_gradient)
    schedule = std::make_unique<PerGradientSchedule>(
        seed, gradient_durations(plan, seed), edges,
        plan.experiment.timing.availability.averagings == AveragingCount::deterministic
            ? PerGradientSchedule::Count::deterministic
            : PerGradientSchedule::Count::poisson,
        plan.experiment.objective.has_gradients() && !plan.dynamics.dual);
  else if (network.changes() && communicates && (!renews || edges_total > 0))
    schedule = std::make_unique<ChangingPoissonSchedule>(seed, clocks, edges, network.phases,
                                                         network.periodic, network.failures);
  else if (!renews || edges_total > 0)
    schedule = std::make_unique<PoissonSchedule>(seed, clocks, edges,
                                                 edges.empty() ? nullptr : network.edges.pairs());
  if (renews && total > 0)
    schedule = std::make_unique<RenewalSchedule>(gradient_durations(plan, seed), std::move(schedule));
  schedule = with_churn(
      plan, seed, std::move(schedule),
      renews || per_gradient ? ChurnSchedule::Inner::gradients_alone : ChurnSchedule::Inner::nothing);
  if (plan.dynamics.sends()) {
    std::vector<std::uint8_t> ways;
    if (network.directed()) ways.assign(network.directions[0].begin(), network.directions[0].end());
    schedule = std::make_unique<DirectedSchedule>(seed, std::move(schedule), plan.workers(), std::move(ways),
                                                  plan.experiment.timing.messages);
  }
  if (renews && communicates) {
    Transfers links = transfers(plan, seed, edges);
    if (!links.instantaneous())
      schedule = std::make_unique<TransferSchedule>(
          std::move(schedule), std::move(links), message_bytes(plan).front(), plan.workers(), edges.size());
  }
  if (total > 0 && plan.experiment.timing.read == GradientRead::at_start)
    schedule = std::make_unique<StaleSchedule>(std::move(schedule), plan.workers());
  return schedule;
}

}  // namespace

std::unique_ptr<Schedule> Plan::schedule(std::uint64_t seed) const {
  const Timing& timing = experiment.timing;
  if (dynamics.has_server()) return server_schedule(*this, seed);
  if (timing.model == TimingModel::trace) return trace_schedule(*this);
  if (timing.model == TimingModel::live_trace) return live_schedule(live_trace(), timing.trace.string());
  if (dynamics.mixes_in_rounds()) return round_schedule(*this, seed);
  return with_error_path("/timing", [&] {
    const bool pairs = timing.model == TimingModel::availability && timing.availability.pairing;
    return pairs && dynamics.communicates() ? pairs_schedule(*this, seed) : clocks_schedule(*this, seed);
  });
}

}  // namespace acidsim
