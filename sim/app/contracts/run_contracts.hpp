// Experiments as contracts run them.
#pragma once

#include "sim/app/contracts/contract.hpp"
#include "sim/app/json/bind.hpp"
#include "sim/app/json/configuration.hpp"
#include "sim/experiment/repeat.hpp"

namespace acidsim {

// Of one experiment without a sweep; `source` as in a file.
struct ContractTrial {
  explicit ContractTrial(const Json& source)
      : configuration(make_configuration("contract.json", source)),
        plan(make_plan(bind(configuration, configuration.cells[0]), resources)) {}
  RepeatResult run(RunControl control = {}) { return run_repeat(plan, 0, resources, control); }

  Configuration configuration;
  Resources resources;
  Plan plan;
};

// Sixteen workers on a ring, each with a noisy quadratic of its own, to time 10, from starting points of their own.
Json contract_source();
// `source` with the dotted fields of `changes` (an object of dotted field → value) set.
Json with_changes(Json source, const Json& changes);

// In both precisions: finite values, and the same bits when it is run again, recorded more often, shared by threads, and
// resumed after an interruption.
std::vector<Contract> run_contracts(const Json& source);

}  // namespace acidsim
