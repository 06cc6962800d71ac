// The timing plane's product: a totally ordered stream of events.
#pragma once

#include <memory>
#include <span>
#include <vector>

#include "sim/core/event.hpp"

namespace acidsim {

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
