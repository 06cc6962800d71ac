// The timing plane's product: a totally ordered stream of events.
#pragma once

#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "sim/core/event.hpp"
#include "sim/core/server.hpp"
#include "sim/timing/network/occupation.hpp"

namespace acidsim {

// Walks a schedule forward, a block of events at a time.
class EventCursor {
 public:
  virtual ~EventCursor() = default;
  // The next events in order; empty = the schedule has no more. Valid until the next call.
  virtual std::span<const Event> next() = 0;
  // When the events that next() gave last happen, as records and stop rules count time, never going down. Empty:
  // at their own times. They differ where every worker has a clock of its own (Schedule::has_own_clocks).
  virtual std::span<const double> run_times() const { return {}; }
};

// A schedule is an immutable function of (configuration, seed); any number of cursors may walk it at once.
class Schedule {
 public:
  virtual ~Schedule() = default;
  // All events of time ≥ start (of the run), in order. Costs nothing for what comes before with Poisson clocks and
  // traces; schedules in which somebody waits walk through it.
  virtual std::unique_ptr<EventCursor> from(double start) const = 0;
  // What the workers do with their time, from time 0 on; null where they never wait for anything.
  virtual std::unique_ptr<OccupationCursor> occupations() const { return nullptr; }
  // Who takes part in rounds: Event::clock of a round is a position here.
  virtual std::span<const Group> groups() const { return {}; }
  // Mixings in one round of a method that works in rounds; 0 for the others.
  virtual int mixings() const { return 0; }
  // Event::time counts on a clock of each worker's own: it orders the events of one worker alone, and a state is
  // shown as it stood after the worker's last event.
  virtual bool has_own_clocks() const { return false; }
  // There may be reads, whose gradients are under way until their steps.
  virtual bool has_reads() const { return false; }
  // Messages take time between their sends and receives.
  virtual bool has_flights() const { return false; }
  // Gradients go to a server, and events are as `Event` says of such methods.
  virtual bool has_server() const { return false; }
  // How much a gradient event counts.
  virtual GradientShare share_of(const Event&) const { return {}; }
  // Expected events per unit time, by kind (for estimates only).
  virtual double gradient_rate() const = 0;
  virtual double communication_rate() const = 0;
};

// The events with t0 ≤ time ≤ t1, in order.
std::vector<Event> events_between(const Schedule& schedule, double t0, double t1);

// The first `count` events, with their times of the run (EventCursor::run_times), as some follow each other.
using ShowEvents = std::function<void(std::span<const Event>, std::span<const double>)>;
void show_first_events(const Schedule& schedule, std::uint64_t count, const ShowEvents& show);

}  // namespace acidsim
