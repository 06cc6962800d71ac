// A live run, carried out again from its trace in one process.
#pragma once

#include <span>
#include <vector>

#include "sim/engine/kernel_states.hpp"
#include "sim/engine/simulation.hpp"
#include "sim/live/live_trace.hpp"

namespace acidsim {

template <class Scalar>
struct LiveReplay {
  const LiveTrace& trace;
  std::span<const Edge> edges;  // numbers the pairs of Counts::edge_communications
  double horizon = 1;           // of the learning rate, as it was in the live run
  bool average_at_start = true;
  std::string_view place = "trace";  // in messages
};

// Applies every operation of the trace at the times that the worker used then, in an order in which both
// tells of an exchange come before both hears: each worker sees the bits of the live run. `simulation` gives
// kernel, optimizer, objective (of all workers), stop rules, records and observers; its schedule is not
// looked at, and its times are wall seconds of the live run. A state is shown as it stood after the worker's
// last operation. When the trace comes to its end, so that nothing was cut off, all models are averaged, as
// the live run did: the final states are then those of the live run. `final_states` (may be empty) is called
// with them in canonical order. Throws InputError where the trace holds no order of events.
template <class Scalar>
Outcome replay_live(const LiveReplay<Scalar>& replay, const Simulation<Scalar>& simulation,
                    const StateVisit& final_states);

}  // namespace acidsim
