#include <fmt/format.h>

#include <cmath>

#include "sim/app/contracts/fitting.hpp"
#include "sim/app/contracts/kinds.hpp"
#include "sim/app/contracts/run_contracts.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/experiment/theory.hpp"

namespace acidsim {
namespace {

Verdict shapes_fit(const std::string& name) try {
  const Dynamics dynamics = default_dynamics(row_named(all_algorithms(), name));
  check_shapes(dynamics);
  return verdict(true, fmt::format("{} vectors of state, {} in a message", dynamics.size(),
                                   dynamics.communicates() ? dynamics.told_vectors() : 0));
} catch (const std::exception& error) {
  return verdict(false, error.what());
}

// The mean of the models, in gossip alone: pairs move it where an exchange keeps the state and nothing flows from a
// state whose vectors agree.
Verdict conserves_mean(const std::string& name) {
  const Dynamics dynamics = default_dynamics(row_named(all_algorithms(), name));
  const bool flows =
      dynamics.flow.size() > 0 && (dynamics.flow * dynamics.initial).cwiseAbs().maxCoeff() > 1e-12;
  if (!dynamics.exchanges() || dynamics.dual || dynamics.dual_gradients ||
      dynamics.exchange_kept.size() > 0 || flows)
    return not_claimed("the declaration does not keep the mean of the models in gossip alone");
  const Json gossip = with_changes(contract_source(), {{"objective", {{"name", "none"}, {"dimension", 20}}},
                                                       {"algorithm", {{"name", name}}},
                                                       {"record.metrics", {"mean_drift"}},
                                                       {"stop.time", 100}});
  const double drift = ContractTrial(gossip).run().records.back().metrics[0];
  return verdict(drift < 1e-24, fmt::format("‖x̄ − x̄ at the start‖² = {:.1e} (< 1e-24)", drift));
}

// Means over repeats against exact expectations, which follow from the declaration: the kernel does as it says.
Verdict has_moments(ContractTrial& trial, const Theory& theory) {
  const int repeats = trial.plan.experiment.repeats;
  std::vector<std::vector<RecordRow>> records;
  for (int r = 0; r < repeats; ++r) records.push_back(run_repeat(trial.plan, r, trial.resources, {}).records);
  double largest = 0;
  for (std::size_t t = 1; t < theory.times.size(); ++t) {
    double sum = 0, squares = 0;
    for (const auto& rows : records) {
      sum += rows.at(t).metrics[0];
      squares += rows.at(t).metrics[0] * rows.at(t).metrics[0];
    }
    const double mean = sum / repeats,
                 deviation = std::sqrt((squares / repeats - mean * mean) / (repeats - 1));
    largest = std::max(largest, std::abs(mean - theory.expected(static_cast<Index>(t), 0)) / deviation);
  }
  return verdict(largest < 5,
                 fmt::format("consensus distance of {} repeats, |z| ≤ {:.2f} (< 5)", repeats, largest));
}

Verdict follows_declaration(const std::string& name) {
  if (!row_named(all_algorithms(), name).fused)
    return not_claimed("it runs on the generic kernel, which carries out the declaration");
  try {
    ContractTrial trial(with_changes(contract_source(), {{"algorithm", {{"name", name}}},
                                                         {"topology.workers", 8},
                                                         {"repeats", 200},
                                                         {"record.every", 5},
                                                         {"record.metrics", {"consensus_distance"}}}));
    return has_moments(trial, exact_theory(trial.plan, trial.resources));
  } catch (const InputError& error) {
    return not_claimed(error.what());
  }
}

}  // namespace

std::vector<Contract> method_contracts(const std::string& name) {
  std::vector<Contract> contracts = {
      {"its declaration has the right shapes", [=] { return shapes_fit(name); }},
      {"the mean of the models is conserved", [=] { return conserves_mean(name); }},
      {"its kernel has the exact moments of its declaration", [=] { return follows_declaration(name); }}};
  if (shapes_fit(name).holding == Holding::no) return contracts;  // it cannot run
  const GraphConstants ring = ContractTrial(contract_source()).plan.network->constants().value();
  const Json source = with_method(contract_source(), row_named(all_algorithms(), name), ring);
  for (Contract& contract : run_contracts(source)) contracts.push_back(std::move(contract));
  return contracts;
}

}  // namespace acidsim
