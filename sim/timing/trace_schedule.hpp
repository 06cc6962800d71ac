// Schedules as tables of events: recorded, made elsewhere, or written by hand.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <vector>

#include "sim/timing/schedule.hpp"

namespace acidsim {

class TraceSchedule : public Schedule {
 public:
  // events: in order of time (finite, ≥ 0), each with its workers, clock and kind as `Event` says. Events of
  // equal time are put in order of clock. Throws InputError where times are not so.
  explicit TraceSchedule(std::vector<Event> events);

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  // Means over [0, time of the last event].
  double gradient_rate() const override { return gradient_rate_; }
  double communication_rate() const override { return communication_rate_; }
  std::span<const Event> events() const { return events_; }

 private:
  std::vector<Event> events_;
  double gradient_rate_ = 0;
  double communication_rate_ = 0;
};

// Reads a table with the header "index,time,kind,i,j": kind is gradient (j is −1, empty or i) or
// communication (the pair in either order must be one of `edges`, and has the clock workers + position among
// them). Lines go in order of time. The index is a number that the reader does not interpret; empty lines are
// skipped. Throws InputError with place "file:line".
TraceSchedule read_trace(const std::filesystem::path& file, Worker workers, std::span<const Edge> edges);

// Writes what read_trace reads, times in the shortest form that reads back bit for bit, j = −1 for a gradient
// event. The first of `events` has index `first_index`.
void write_events_header(std::ostream& out);
void write_events(std::ostream& out, std::uint64_t first_index, std::span<const Event> events);

}  // namespace acidsim
