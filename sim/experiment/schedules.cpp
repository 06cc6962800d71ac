// The schedule of a plan: which timing model, with which rates, edges and groups.
#include <fmt/format.h>

#include "sim/core/error.hpp"
#include "sim/experiment/mixings.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/servers.hpp"
#include "sim/timing/changing_schedule.hpp"
#include "sim/timing/directed_schedule.hpp"
#include "sim/timing/local_round_schedule.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "sim/timing/round_schedule.hpp"
#include "sim/timing/trace_schedule.hpp"

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
    return dynamics.exchanges() || dynamics.sends();
  };
  std::vector<Event> events;
  for (const Event& event : trace.events())
    if (wanted(event.verb)) events.push_back(event);
  if (events.empty())
    throw InputError("/timing/file", "no event of this trace means anything here",
                     fmt::format("\"{}\"", plan.experiment.timing.trace.string()),
                     "it holds only events that this objective or algorithm ignores");
  if (dynamics.mixes_in_rounds()) number_rounds(plan, events);
  auto schedule = std::make_unique<TraceSchedule>(std::move(events));
  if (dynamics.mixes_in_rounds()) schedule->set_groups(trace_groups(plan));
  return schedule;
}

}  // namespace

std::unique_ptr<Schedule> Plan::schedule(std::uint64_t seed) const {
  const Timing& timing = experiment.timing;
  if (dynamics.has_server()) return server_schedule(*this, seed);
  if (timing.model == TimingModel::trace) return trace_schedule(*this);
  if (timing.model == TimingModel::live_trace) return live_schedule(live_trace(), timing.trace.string());
  const std::vector<Edge> edges = dynamics.communicates() ? network->edges.list() : std::vector<Edge>{};
  const std::vector<double> rates = gradient_rates(seed);
  if (dynamics.mixes_in_rounds()) {
    RoundGroups groups = round_groups(*this);
    return with_error_path("/timing", [&]() -> std::unique_ptr<Schedule> {
      const bool computes = experiment.objective.has_gradients();
      if (computes && timing.barrier == Barrier::local)
        return std::make_unique<LocalRoundSchedule>(seed, rates, round_program(dynamics), std::move(groups),
                                                    !dynamics.opening.empty());
      return std::make_unique<RoundSchedule>(seed, computes ? rates : std::vector<double>{},
                                             round_program(dynamics), std::move(groups),
                                             !dynamics.opening.empty());
    });
  }
  double total = 0;
  for (const double rate : rates) total += rate;
  for (const Edge& edge : edges) total += edge.rate;
  if (total == 0)
    throw InputError("/timing", "nothing could ever happen: every rate is 0",
                     fmt::format("communication_rate {}", timing.communication_rate),
                     "give a positive gradient_rate (with an objective) or communication_rate (with an "
                     "algorithm that communicates)");
  return with_error_path("/timing", [&]() -> std::unique_ptr<Schedule> {
    std::unique_ptr<Schedule> pairs;
    if (network->changes() && dynamics.communicates())
      pairs = std::make_unique<ChangingPoissonSchedule>(seed, rates, edges, network->phases,
                                                        network->periodic, network->failures);
    else
      pairs = std::make_unique<PoissonSchedule>(seed, rates, edges,
                                                edges.empty() ? nullptr : network->edges.pairs());
    if (dynamics.sends()) {
      std::vector<std::uint8_t> ways;
      if (network->directed()) ways.assign(network->directions[0].begin(), network->directions[0].end());
      return std::make_unique<DirectedSchedule>(seed, std::move(pairs), workers(), std::move(ways));
    }
    return pairs;
  });
}

}  // namespace acidsim
