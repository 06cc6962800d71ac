// What methods with a parameter server ask of an experiment, and the schedule that they run on.
#pragma once

#include <cstdint>
#include <memory>

#include "sim/experiment/plan.hpp"

namespace acidsim {

// Throws InputError where a server has nothing to do: no gradients, a replay of a live run, a graph that changes.
void check_server(const Plan& plan);

// Adds a notice where the method ends beside the minimiser of f.
void remark_on_limit(Plan& plan);

// The gradients of the clocks, or of a trace, as arrivals at the server.
std::unique_ptr<Schedule> server_schedule(const Plan& plan, std::uint64_t seed);

}  // namespace acidsim
