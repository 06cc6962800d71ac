// Live runs: what the configuration says about them.
#pragma once

#include <cstdint>
#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"
#include "sim/live/pairing.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

// Throws InputError for an experiment that cannot run live; warns of what a live run does not look at.
void check_live(const Plan& plan);

LiveProtocol live_protocol(const Plan& plan, std::uint64_t seed);
// Seconds that a gradient takes at least, per worker.
std::vector<double> least_gradient_seconds(const Plan& plan);
// Of the learning rate: gradients of all workers.
double live_horizon(const Plan& plan);

// What the learning rate of a replay counts on: the gradients that the live run was to have.
double replay_horizon(const Plan& plan);

// Collective. The ranks of the report, at rank 0.
std::vector<LiveReport::Rank> live_ranks(MpiWorld* world, Worker workers);

}  // namespace acidsim
