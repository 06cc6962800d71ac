// A parameter server: what it does with the gradients that come to it.
#pragma once

#include <cstdint>

#include "sim/core/types.hpp"

namespace acidsim {

enum class ServerRule { plain, delay_adaptive, ringmaster, rennala, ringleader };

struct ServerProtocol {
  ServerRule rule = ServerRule::plain;
  std::uint64_t delay_threshold = 1;  // ringmaster, R: gradients of this delay or a larger one are not used
  bool stops = false;       // ringmaster: a gradient whose delay reaches R is stopped, and begins anew
  std::uint64_t batch = 1;  // rennala, B: gradients in a step
};

// How much a gradient counts.
struct GradientShare {
  double step = 1;  // γ is multiplied by it
  double part = 1;  // of the average that the worker keeps of its gradients, Dynamics::Gradient::idle
};

// What comes of a worker's meeting with the server: Event::number of their exchange, a position in
// Dynamics::meetings.
enum class Meeting : std::uint16_t {
  applied,         // the gradient is used, the server makes a step, and the worker gets the new model
  ignored,         // the gradient is not used; the worker gets the model
  collected,       // the server keeps the gradient for a later step, and the worker its copy of the model
  restarted,       // the worker sends nothing: it gets the model, and drops the gradient that it is computing
  collected_next,  // as collected, for the steps of the next round (ringleader)
  applied_last     // as applied, the last step of a round (ringleader)
};

}  // namespace acidsim
