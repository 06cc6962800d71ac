// What happened in a live run: for every worker its operations in order, each with the times that it used.
#pragma once

#include <cstdint>
#include <filesystem>
#include <iosfwd>
#include <span>
#include <string_view>
#include <vector>

#include "sim/core/types.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// A verb of one worker: read, step, offer (it is available for an averaging), send (what its partner gets is
// made) or receive (its half of the exchange lands).
struct LiveOperation {
  Verb verb = Verb::read;
  Worker peer = 0;             // send, receive
  double time = 0;             // the worker's own clock, in its gradient durations; offer: 0
  double wall = 0;             // seconds since the start
  std::uint64_t exchange = 0;  // send, receive: its number, the same on both sides
  std::uint64_t version = 0;   // read: how many steps and receives the state had seen

  friend bool operator==(const LiveOperation&, const LiveOperation&) = default;
};

struct LiveTrace {
  std::vector<std::vector<LiveOperation>> workers;

  friend bool operator==(const LiveTrace&, const LiveTrace&) = default;
  std::size_t operations() const;
  double time_of(Worker worker) const;  // of its state: that of the last operation on it
};

// What a live run has done while loops were at work. With the states and the optimizers' memory of that moment it
// is all that it takes to go on: clocks, debts and the numbers of draws and exchanges follow from the operations.
struct LiveHistory {
  double wall_seconds = 0;  // spent; walls of the trace are ≤ this
  LiveTrace trace;
};

// One operation in an order of all that every worker can carry out: both sends of an exchange come before
// both receives. Offers change no state and are left out.
struct LiveStep {
  Worker worker;
  const LiveOperation* operation;
  double wall;  // seconds; never goes down, also where the hosts' clocks differ a little
};
// By wall time as far as the order allows. The trace must outlive it. Throws InputError(`place`, …) where
// exchanges wait for one another.
std::vector<LiveStep> merged(const LiveTrace& trace, std::string_view place);

// CSV with the columns worker,kind,time,wall,peer,exchange,version, the operations of worker 0 first, numbers
// in the shortest form that reads back bit for bit; the last line is "end,<number of operations>".
void write_live_trace(const LiveTrace& trace, std::ostream& out);

// Reads it back. Throws InputError with place "file:line" for whatever no run with these workers and edges
// could have left: truncated, out of order, unknown partners, exchanges whose halves do not match.
LiveTrace read_live_trace(const std::filesystem::path& file, Worker workers, std::span<const Edge> edges);

}  // namespace acidsim
