// What workers do at the start of a run, for pictures.
#pragma once

#include <filesystem>

#include "sim/experiment/plan.hpp"

namespace acidsim {

// timeline.csv and timeline.json of the schedule of this seed, up to a time: what each worker does from when to when, a
// row for each gradient, and the communications. The JSON file is a trace for chrome://tracing and ui.perfetto.dev, in
// which a unit of time takes a second. Throws std::runtime_error where a file cannot be written.
void write_timeline(const std::filesystem::path& folder, const Plan& plan, std::uint64_t seed, double until);

}  // namespace acidsim
