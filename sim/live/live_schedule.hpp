// What happened in a live run, as a schedule: its replay is an ordinary run.
#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "sim/live/live_trace.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// The operations of a trace as events, in an order in which both sends of an exchange come before both
// receives. Times of the run are wall seconds since the start; Event::time is the time that the worker itself
// used then, so that a replay gives each worker the bits of the live run.
class LiveSchedule final : public Schedule {
 public:
  // edges: their positions number the clocks. Throws InputError(`place`, …) where exchanges wait for one
  // another.
  LiveSchedule(const LiveTrace& trace, std::span<const Edge> edges, std::string_view place);

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  bool has_own_clocks() const override { return true; }
  bool has_reads() const override { return true; }
  // Means over the run, per second.
  double gradient_rate() const override { return gradient_rate_; }
  double communication_rate() const override { return communication_rate_; }

  std::span<const Event> events() const { return events_; }
  std::span<const double> run_times() const { return times_; }  // of each event

 private:
  std::vector<Event> events_;
  std::vector<double> times_;
  double gradient_rate_ = 0, communication_rate_ = 0;
};

}  // namespace acidsim
