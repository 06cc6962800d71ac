// Gradient and communication events, each made window by window, merged into one order.
#pragma once

#include <memory>
#include <vector>

#include "sim/timing/poisson_process.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// The events of one kind, in order, some at a time.
class EventWindows {
 public:
  virtual ~EventWindows() = default;
  // Puts the events of the next window into `events`, at least one; false = no more events ever.
  virtual bool next(std::vector<Event>& events) = 0;
};

// The points of `gradients` (whose clocks are the workers) from the window of `start` on. The process must
// outlive it.
std::unique_ptr<EventWindows> gradient_windows(const PoissonProcess& gradients, double start);

// Merges the two in order of (time, clock) and leaves out what is before `start`. Every clock of `first` is
// smaller than every clock of `second`.
std::unique_ptr<EventCursor> merged_cursor(std::unique_ptr<EventWindows> first,
                                           std::unique_ptr<EventWindows> second, double start);

}  // namespace acidsim
