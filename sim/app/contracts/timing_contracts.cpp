#include <fmt/format.h>

#include <cmath>
#include <map>

#include "sim/app/contracts/kinds.hpp"
#include "sim/app/contracts/run_contracts.hpp"
#include "sim/experiment/extension.hpp"

namespace acidsim {
namespace {

constexpr double horizon = 500;

// Rates that differ between workers, and between edges.
Json timing_source(const std::string& name) {
  std::vector<double> rates;
  for (int i = 0; i < 16; ++i) rates.push_back(0.5 + 0.25 * (i % 5));
  return with_changes(contract_source(),
                      {{"timing", {{"model", name}, {"gradient_rate", rates}}}, {"topology.family", "path"}});
}

std::vector<Event> events_of(const Plan& plan, std::uint64_t seed, double from) {
  return events_between(*plan.schedule(seed), from, horizon);
}

// Each event is checked as it comes (SourceSchedule): in order, of workers and edges that there are.
Verdict same_events(const std::string& name) {
  const ContractTrial trial(timing_source(name));
  const std::vector<Event> events = events_of(trial.plan, 1, 0), again = events_of(trial.plan, 1, 0);
  return verdict(events == again && !events.empty(),
                 fmt::format("{} events to time {:g}", events.size(), horizon));
}

Verdict same_tail(const std::string& name) {
  const ContractTrial trial(timing_source(name));
  std::vector<Event> events = events_of(trial.plan, 1, 0);
  const double middle = horizon / 3;
  std::erase_if(events, [&](const Event& event) { return event.time < middle; });
  return verdict(events == events_of(trial.plan, 1, middle),
                 fmt::format("{} events from time {:.4g}", events.size(), middle));
}

Verdict other_seed(const std::string& name) {
  const ContractTrial trial(timing_source(name));
  if (events_of(trial.plan, 1, 0) == events_of(trial.plan, 2, 0))
    return not_claimed("the events are the same with every seed");
  return verdict(true, "other events");
}

// Counts of each worker and of each edge against their rates: five deviations of a Poisson count.
Verdict mean_rates(const std::string& name) {
  for (const OwnTiming& own : own_timings())
    if (own.name == name && !own.keeps_rates) return not_claimed("it does not keep the rates");
  const ContractTrial trial(timing_source(name));
  std::map<std::uint32_t, double> counts;
  for (const Event& event : events_of(trial.plan, 1, 0)) ++counts[event.clock];
  std::vector<double> rates = trial.plan.gradient_rates(1);
  for (const Edge& edge : trial.plan.network->edges) rates.push_back(edge.rate);
  double largest = 0;
  for (std::uint32_t clock = 0; clock < rates.size(); ++clock) {
    const double expected = rates[clock] * horizon;
    largest = std::max(largest, std::abs(counts[clock] - expected) / std::sqrt(expected));
  }
  return verdict(largest < 5,
                 fmt::format("{} clocks, {:.2f} deviations at most (< 5)", rates.size(), largest));
}

}  // namespace

std::vector<Contract> timing_contracts(const std::string& name) {
  std::vector<Contract> contracts = {
      {"the same events again, in order", [=] { return same_events(name); }},
      {"from a time on: the tail of the whole", [=] { return same_tail(name); }},
      {"another seed", [=] { return other_seed(name); }},
      {"workers and edges have their rates", [=] { return mean_rates(name); }}};
  for (const char* method : {"async_gossip", "a2cid2", "push_sum"})
    for (Contract& contract :
         run_contracts(with_changes(timing_source(name), {{"algorithm.name", method}}))) {
      contract.what = fmt::format("{}, {}", method, contract.what);
      contracts.push_back(std::move(contract));
    }
  const Json early = with_changes(timing_source(name), {{"timing.gradient", {{"read", "at_start"}}}});
  for (Contract& contract : run_contracts(early)) {
    contract.what = "gradients read early, " + contract.what;
    contracts.push_back(std::move(contract));
  }
  return contracts;
}

}  // namespace acidsim
