// What a live run leaves behind: its part of run.json, the table of its ranks, and the files of its replay.
#pragma once

#include <filesystem>
#include <string>

#include "sim/app/registry/field.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

Json live_facts(const LiveReport& report);         // for run.json
std::string live_table(const LiveReport& report);  // a line for each rank
// trace.csv and replay.json, the experiment that carries the trace out again.
// `config`: resolved, with paths that start from the place of the finished folder.
void write_live(const std::filesystem::path& folder, const Json& config, const Plan& plan,
                const RepeatResult& result);

}  // namespace acidsim
