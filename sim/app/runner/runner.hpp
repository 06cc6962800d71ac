// Runs a configuration: all its cells and repeats, side by side over the cores.
#pragma once

#include "sim/app/json/configuration.hpp"
#include "sim/app/runner/run_options.hpp"

namespace acidsim {

// Returns the exit code: 0 done, 3 a run diverged, 1 interrupted. Throws InputError for bad input (where
// ranks run together, RanksStopped).
int run_experiment(const Configuration& configuration, const RunOptions& options);

}  // namespace acidsim
