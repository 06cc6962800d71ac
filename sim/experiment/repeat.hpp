// One repeat of one experiment, from its seed to its records and its digest.
#pragma once

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

// Collective where ranks share the run: records and ranks' reports are rank 0's alone. Throws InputError, and
// RanksStopped where ranks share the run.
RepeatResult run_repeat(const Plan& plan, int repeat, Resources& resources, const RunControl& control);

}  // namespace acidsim
