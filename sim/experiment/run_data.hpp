// What goes into one repeat besides its plan, and what comes out of it.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "sim/core/types.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/live/live_forecast.hpp"
#include "sim/live/live_trace.hpp"
#include "sim/mpi/replay.hpp"
#include "sim/mpi/world.hpp"
#include "sim/timing/flights.hpp"
#include "sim/timing/network/occupation.hpp"

namespace acidsim {

// How a live run went.
struct LiveReport : LiveHistory {
  struct Rank {
    std::string host;
    Worker first = 0, workers = 0;  // the workers first … first + workers − 1
  };
  LiveCourse course;  // measured; pairs as in the network
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
  // Of all workers' time, by Occupation; nothing where nobody waits for anything.
  std::optional<Usage::Times> time_shares = {};
  std::optional<Flights::Means> flights = {};   // of messages; nothing where they take no time, or in rounds
  std::vector<Usage::Times> worker_times = {};  // of each worker, in units of time; empty likewise
  Index dimension = 0;
  std::vector<RankReport> ranks;           // of a run shared by several, at rank 0
  std::shared_ptr<const LiveReport> live;  // of a live run, at rank 0
};

struct Progress {
  int repeat = 0;
  double fraction = 0;  // of the run, by the stop rule that is nearest
  double time = 0;
  std::uint64_t events = 0;
  double headline = std::numeric_limits<double>::quiet_NaN();  // the first metric at the last record
};

// What carries a run out. All but Live give the same bits.
struct Serial {};
struct OpenMp {
  int threads = 1;  // within the run
  Sharing sharing = Sharing::where_it_pays;
};
struct Ranks {
  MpiWorld* world;  // whose ranks share the run; they call run_repeat together
};
struct Live {
  MpiWorld* world = nullptr;  // null: all workers are in this process
};
using Execution = std::variant<Serial, OpenMp, Ranks, Live>;
// Null for one process.
MpiWorld* world_of(const Execution& execution);

// Whoever watches a run, and can end it. Nothing here changes what it computes.
struct Observers {
  const std::atomic<bool>* interrupt = nullptr;  // true ends the run early
  std::function<void(const std::string&)> on_notice = {};
  std::function<void(const Progress&)> on_progress = {};
  // At rank 0; times of the run where they are not the events' own, else empty.
  std::function<void(std::span<const Event>, std::span<const double> times)> on_events = {};
  std::function<void(const StateHash&)> on_state = {};  // see Simulation; not with OpenMp
  // At rank 0: the states that record.states asks for. One call per vector, d numbers of the run's precision:
  // worker by worker the m vectors of the method, at each record before the next.
  std::function<void(std::span<const std::byte>)> on_states = {};
  std::function<void()> on_restart = {};  // what those above have got so far is void: the run begins again
};

struct CheckpointHeader;
// Where a repeat is saved, and taken up again.
struct CheckpointPlace {
  // The repeat's folder of checkpoints; empty = none are kept. The repeat goes on from the newest one in it;
  // where that is of its end, nothing is left to do.
  std::filesystem::path folder;
  std::string description;  // JSON that says all about the experiment; goes into every checkpoint
  // Throws InputError for a checkpoint of another run; absent: the descriptions must be equal.
  std::function<void(const CheckpointHeader&)> accept;
  bool extend = false;  // they may be of a run with another stop.time
  // Both at rank 0. Before a checkpoint is written: what on_states has got must last as long as it. And before
  // the run begins: it goes on after this many of its records of all states, and what was given beyond is void.
  std::function<void()> keep_states = {};
  std::function<void(std::uint64_t)> take_up_states = {};
};

struct RunControl : Observers {
  Execution execution = Serial{};
  CheckpointPlace checkpoints;
};

}  // namespace acidsim
