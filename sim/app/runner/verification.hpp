// A run held against a serial run of the same.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

// Runs the repeat serially and compares the state after every event, the records and the final states. Returns
// the number of events that were compared; 0 where a run was interrupted. Throws std::runtime_error where they
// differ.
std::uint64_t verify(const Plan& plan, int repeat, Resources& resources, const RepeatResult& result,
                     const std::vector<StateHash>& hashes, const std::atomic<bool>& interrupt);

}  // namespace acidsim
