// Schedules as tables of events: recorded, made elsewhere, or written by hand.
#pragma once

#include <filesystem>
#include <iosfwd>
#include <vector>

#include "sim/timing/schedule.hpp"

namespace acidsim {

class TraceSchedule : public Schedule {
 public:
  // events: in order of time (finite, ≥ 0), each with its workers, clock and verb as `Event` says. Gradients
  // and exchanges of equal time are put in order of clock; other verbs keep the order that they are given in.
  // Throws InputError where times are not so.
  explicit TraceSchedule(std::vector<Event> events);

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  // Means over [0, time of the last event].
  double gradient_rate() const override { return gradient_rate_; }
  double communication_rate() const override { return communication_rate_; }
  std::span<const Event> events() const { return events_; }
  std::span<const Group> groups() const override { return groups_; }
  bool has_reads() const override { return has_reads_; }
  // Who takes part in the rounds of the trace.
  void set_groups(std::vector<Group> groups) { groups_ = std::move(groups); }

 private:
  std::vector<Event> events_;
  std::vector<Group> groups_;
  bool has_reads_ = false;
  double gradient_rate_ = 0;
  double communication_rate_ = 0;
};

// Reads a table with the header "index,time,kind,i,j". kind is a verb (verb_names): gradient, read and step
// have one worker (j is −1, empty or i); communication, send and receive name a pair, in either order, that
// must be one of `edges`, and have the clock workers + position among them; of a receive i is the receiver,
// and it lands the latest message from j. A round is one of all workers (i and j are −1), group 0.
// `directed`: messages come alone, so that each completes a communication; else the later one of the two
// receives of a pair does. Lines go in order of time. The index is a number that the reader does not
// interpret; empty lines are skipped. Throws InputError with place "file:line".
TraceSchedule read_trace(const std::filesystem::path& file, Worker workers, std::span<const Edge> edges,
                         bool directed = false);

// Writes what read_trace reads, times in the shortest form that reads back bit for bit, j = −1 where there is
// no second worker. The first of `events` has index `first_index`; `times`: of the run, where they are not
// the events' own (EventCursor::run_times).
void write_events_header(std::ostream& out);
void write_events(std::ostream& out, std::uint64_t first_index, std::span<const Event> events,
                  std::span<const double> times = {});

}  // namespace acidsim
