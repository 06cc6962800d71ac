// Live runs: what the configuration says about them, and what they leave behind.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/app/plan.hpp"
#include "sim/live/live_forecast.hpp"
#include "sim/live/live_schedule.hpp"
#include "sim/live/live_trace.hpp"
#include "sim/live/pairing.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

struct RepeatResult;

// Throws InputError for an experiment that cannot run live; warns of what a live run does not look at.
void check_live(const Plan& plan);

LiveProtocol live_protocol(const Plan& plan, std::uint64_t seed);
// Seconds that a gradient takes at least, per worker.
std::vector<double> least_gradient_seconds(const Plan& plan);
// Of the learning rate: gradients of all workers.
double live_horizon(const Plan& plan);

// Whether the configuration is the replay of a live run.
bool is_live_replay(const Plan& plan);
LiveTrace trace_of(const Plan& plan);
// The trace as events on the network's edges.
std::unique_ptr<LiveSchedule> live_schedule(const Plan& plan, const LiveTrace& trace, std::string_view place);
double replay_horizon(const Plan& plan);

// How a live run went.
struct LiveReport {
  struct Rank {
    std::string host;
    Worker first = 0, workers = 0;  // the workers first … first + workers − 1
  };
  LiveTrace trace;
  LiveCourse course;                 // measured; pairs as in the network
  std::vector<double> idle_seconds;  // per worker: in which it computed no gradient
  double wall_seconds = 0;
  std::vector<Rank> ranks;
};
// Collective. The ranks of the report, at rank 0.
std::vector<LiveReport::Rank> live_ranks(MpiWorld* world, Worker workers);

Json live_facts(const LiveReport& report);         // for run.json
std::string live_table(const LiveReport& report);  // a line for each rank
// trace.csv and replay.json, the experiment that carries the trace out again.
void write_live(const std::filesystem::path& folder, const Plan& plan, const RepeatResult& result);

}  // namespace acidsim
