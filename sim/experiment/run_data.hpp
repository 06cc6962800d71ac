// What goes into one repeat besides its plan, and what comes out of it.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "sim/core/types.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/live/live_forecast.hpp"
#include "sim/live/live_trace.hpp"
#include "sim/mpi/replay.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

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

}  // namespace acidsim
