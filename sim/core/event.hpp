// One event of the timing plane, as the data plane sees it.
#pragma once

#include <string_view>

#include "sim/core/types.hpp"

namespace acidsim {

enum class EventKind : std::uint32_t {
  gradient,
  communication
};  // as wide as it takes to leave no gap in Event
constexpr std::string_view name_of(EventKind kind) {
  return kind == EventKind::gradient ? "gradient" : "communication";
}

// One event. Events are ordered by (time, clock). Clocks 0 … n − 1 are the gradient clocks of the workers;
// clock n + e is the communication clock of edge e. A gradient event has j = i.
struct Event {
  double time = 0;  // in mean gradient durations
  Worker i = 0;
  Worker j = 0;
  std::uint32_t clock = 0;
  EventKind kind = EventKind::gradient;

  friend bool operator==(const Event&, const Event&) = default;
};

inline bool before(const Event& a, const Event& b) {
  return a.time != b.time ? a.time < b.time : a.clock < b.clock;
}

}  // namespace acidsim
