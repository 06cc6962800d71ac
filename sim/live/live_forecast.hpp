// What another live run would take: the rules of meeting with durations drawn from what was measured.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "sim/live/live_protocol.hpp"
#include "sim/live/live_trace.hpp"

namespace acidsim {

// Durations in seconds, as they were found in a trace. Empty lists stand for 0.
struct LiveTimings {
  std::vector<std::vector<double>> gradients;  // per worker: read → step
  std::vector<double> turnaround;  // all it waits for is there (last step, last averaging due) → next read
  std::vector<double> offering;    // an averaging is due, and the one before is done → offer
  std::vector<double> meeting;     // the second of two offers → told, one for each side
  std::vector<double> transfer;    // the second of two tells → heard, one for each side
};
LiveTimings fit_timings(const LiveTrace& trace);

// How a live run went, or is expected to go.
struct LiveCourse {
  double seconds = 0;                                // to the last operation
  std::vector<std::uint64_t> gradients, averagings;  // per worker
  std::vector<double> idle;                          // per worker: seconds in which no gradient was computed
  std::vector<std::uint64_t> pairs;                  // averagings per edge of the protocol
  double idle_share() const;                         // of all workers' time
  std::uint64_t total_gradients() const;
  std::uint64_t total_averagings() const;  // exchanges: each has two workers
};
// `edges` numbers the pairs.
LiveCourse measured_course(const LiveTrace& trace, std::span<const WorkerPair> edges);

// A discrete-event simulation of the two loops of every worker and of the coordinator, with durations drawn
// from `timings` (addressed by `draw` and the worker; of worker i mod the number of measured workers).
// One of protocol.gradients, communications and wall_seconds is set. Where gradients take no time at all the
// protocol must bound them.
LiveCourse forecast_live(const LiveProtocol& protocol, const LiveTimings& timings, std::uint64_t draw);

}  // namespace acidsim
