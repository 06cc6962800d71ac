// Who may compute and who meets whom: the part of a live run that rank 0 has besides its workers.
#pragma once

#include <atomic>
#include <functional>
#include <optional>

#include "sim/engine/simulation.hpp"
#include "sim/live/live_protocol.hpp"
#include "sim/live/live_trace.hpp"
#include "sim/live/transport.hpp"

namespace acidsim {

struct LiveControl {
  const std::atomic<bool>* interrupt = nullptr;
  std::function<void(double seconds, std::uint64_t gradients)> on_progress = {};
  // When a run pauses to be saved, in seconds of the run: at the multiples of the first, and so long after the
  // last pause. Never before each worker has paid all averagings that were due and begun a gradient: the run gets
  // on however short they are.
  double save_every = infinity, save_every_seconds = infinity;
};

// Answers the workers of a run that has come as far as `history` says until all have finished, and says why the
// run ended; nothing: it pauses. Gradients are granted one by one, so that their total is what the protocol says.
// With the last one, at the time limit, for a pause, or when the user interrupts, everybody who waits for a
// partner is let go, and nobody meets any more: no worker waits for one that has stopped.
std::optional<StopReason> coordinate(const LiveProtocol& protocol, LiveTransport& transport,
                                     const LiveControl& control, const LiveHistory& history);

}  // namespace acidsim
