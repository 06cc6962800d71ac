// Directed messages on the clocks of edges.
#pragma once

#include <memory>

#include "sim/timing/schedule.hpp"

namespace acidsim {

// Turns every exchange of another schedule into one message, sent and received at that time. Its direction is
// drawn for each event, both alike: as if each direction of an edge had a Poisson clock of half the edge's
// rate.
class DirectedSchedule final : public Schedule {
 public:
  DirectedSchedule(std::uint64_t seed, std::unique_ptr<Schedule> pairs)
      : seed_(seed), pairs_(std::move(pairs)) {}

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  double gradient_rate() const override { return pairs_->gradient_rate(); }
  double communication_rate() const override { return pairs_->communication_rate(); }

 private:
  std::uint64_t seed_;
  std::unique_ptr<Schedule> pairs_;
};

}  // namespace acidsim
