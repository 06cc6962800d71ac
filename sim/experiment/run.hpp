// An experiment from its description to its results: the way in for programs.
#pragma once

#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

struct Results {
  Plan plan;                          // the experiment, its network and the constants of its algorithm
  std::vector<RepeatResult> repeats;  // in order; fewer than asked for where the run was interrupted
};

// Runs every repeat, one after the other. It prints nothing, writes nothing and touches no signal; observers
// are called on the calling thread. Throws InputError for an experiment that cannot be run, and RanksStopped
// where ranks share the run.
Results run(const Experiment& experiment, const Observers& observers = {},
            const Execution& execution = Serial{});

}  // namespace acidsim
