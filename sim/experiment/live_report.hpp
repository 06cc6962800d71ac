// What a live run of an experiment leaves behind.
#pragma once

#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

// Collective. The ranks of the report, at rank 0.
std::vector<LiveReport::Rank> live_ranks(MpiWorld* world, Worker workers);

LiveReport live_report(const Plan& plan, LiveHistory history, std::vector<LiveReport::Rank> ranks);

// What has happened, as a run counts it. `gradient_at_start`: each worker has computed one before the first event.
Counts live_counts(const Plan& plan, const LiveTrace& trace, const Meter& meter, bool gradient_at_start);
Position live_position(double wall_seconds, const Counts& counts);

}  // namespace acidsim
