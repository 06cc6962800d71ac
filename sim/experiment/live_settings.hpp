// Live runs: what the configuration says about them.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/live/live_protocol.hpp"

namespace acidsim {

// Throws InputError for an experiment that cannot run live; returns notices of what a live run does not look
// at.
std::vector<std::string> check_live(const Plan& plan);

LiveProtocol live_protocol(const Plan& plan, std::uint64_t seed);
// Seconds that a gradient takes at least, per worker.
std::vector<double> least_gradient_seconds(const Plan& plan);
// Of the learning rate: gradients of all workers.
double live_horizon(const Plan& plan);

}  // namespace acidsim
