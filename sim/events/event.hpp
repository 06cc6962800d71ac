// The timing plane's product: a totally ordered stream of events.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

enum class EventKind : std::uint8_t { gradient, communication };
std::string_view name_of(EventKind kind);

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

// Walks a schedule forward, a block of events at a time.
class EventCursor {
 public:
  virtual ~EventCursor() = default;
  // The next events in order; empty = the schedule has no more. Valid until the next call.
  virtual std::span<const Event> next() = 0;
};

// A schedule is an immutable function of (configuration, seed); any number of cursors may walk it at once.
class Schedule {
 public:
  virtual ~Schedule() = default;
  // All events of time ≥ start, in order. Costs nothing for what comes before.
  virtual std::unique_ptr<EventCursor> from(double start) const = 0;
  // Expected events per unit time, by kind (for estimates only).
  virtual double gradient_rate() const = 0;
  virtual double communication_rate() const = 0;
};

// The events with t0 ≤ time ≤ t1, in order.
std::vector<Event> events_between(const Schedule& schedule, double t0, double t1);

}  // namespace acidsim
