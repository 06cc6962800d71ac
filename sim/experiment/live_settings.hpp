// Live runs: what the configuration says about them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"
#include "sim/live/pairing.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

// Throws InputError for an experiment that cannot run live; returns notices of what a live run does not look
// at.
std::vector<std::string> check_live(const Plan& plan);

LiveProtocol live_protocol(const Plan& plan, std::uint64_t seed);
// Seconds that a gradient takes at least, per worker.
std::vector<double> least_gradient_seconds(const Plan& plan);
// Of the learning rate: gradients of all workers.
double live_horizon(const Plan& plan);

// Collective. The ranks of the report, at rank 0.
std::vector<LiveReport::Rank> live_ranks(MpiWorld* world, Worker workers);

}  // namespace acidsim
