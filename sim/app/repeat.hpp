// One repeat of one experiment, from its seed to its records and its digest.
#pragma once

#include <atomic>
#include <functional>
#include <limits>
#include <span>
#include <string>
#include <vector>

#include "sim/app/live_plan.hpp"
#include "sim/app/plan.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/mpi/replay.hpp"

namespace acidsim {

struct RecordRow {
  double time;
  std::uint64_t gradients, communications;
  std::vector<double> metrics;  // in the order of record.metrics
};

struct RepeatResult {
  std::uint64_t seed = 0;
  Outcome outcome;
  std::vector<RecordRow> records;
  std::string state_digest;
  Index dimension = 0;
  std::vector<RankReport> ranks;           // of a run shared by several, at rank 0
  std::shared_ptr<const LiveReport> live;  // of a live run, at rank 0
};

struct Progress {
  double fraction = 0;  // of the run, by the stop rule that is nearest
  double time = 0;
  std::uint64_t events = 0;
  double headline = std::numeric_limits<double>::quiet_NaN();  // the first metric at the last record
};

struct RunControl {
  bool openmp = false;
  bool live = false;          // in wall-clock time, not by the schedule
  int threads = 1;            // within the run, openmp only
  MpiWorld* world = nullptr;  // whose ranks share the run; then they call run_repeat together
  const std::atomic<bool>* interrupt = nullptr;
  std::function<void(const Progress&)> on_progress;
  // At rank 0; times of the run where they are not the events' own, else empty.
  std::function<void(std::span<const Event>, std::span<const double> times)> on_events;
  std::function<void(const StateHash&)> on_state;  // see Simulation; not with openmp
  std::function<void()> on_restart;  // what the two above have got so far is void: the run begins again
  // The repeat's folder of checkpoints; empty = none are kept. The repeat goes on from the newest one in it;
  // where that is of its end, nothing is left to do.
  std::filesystem::path checkpoints;
  bool extend = false;  // they may be of a run with another stop.time
};

// Collective where ranks share the run: records and ranks' reports are rank 0's alone. Throws InputError, and
// RanksStopped where ranks share the run.
RepeatResult run_repeat(const Plan& plan, int repeat, Resources& resources, const RunControl& control);

}  // namespace acidsim
