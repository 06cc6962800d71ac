// Who may compute and who meets whom: the part of a live run that rank 0 has besides its workers.
#pragma once

#include <atomic>
#include <functional>

#include "sim/engine/simulation.hpp"
#include "sim/live/pairing.hpp"
#include "sim/live/transport.hpp"

namespace acidsim {

struct LiveControl {
  const std::atomic<bool>* interrupt = nullptr;
  std::function<void(double seconds, std::uint64_t gradients)> on_progress = {};
};

// Answers the workers until all have finished, and says why the run ended. Gradients are granted one by one,
// so that their total is what the protocol says. With the last one, at the time limit, or when the user
// interrupts, everybody who waits for a partner is let go, and nobody meets any more: no worker waits for one
// that has stopped.
StopReason coordinate(const LiveProtocol& protocol, LiveTransport& transport, const LiveControl& control);

}  // namespace acidsim
