// Directed messages on the clocks of edges.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/timing/schedule.hpp"

namespace acidsim {

// Turns every exchange of another schedule into one message, sent and received at that time. Its direction is
// drawn for each event, both alike: as if each direction of an edge had a Poisson clock of half the edge's
// rate. Along an edge that goes one way all messages do.
class DirectedSchedule final : public Schedule {
 public:
  // workers + e is the clock of edge e. ways: of each edge, 1 where messages go from i to j alone, 2 from j to i
  // alone, 3 both ways; empty = both ways everywhere.
  DirectedSchedule(std::uint64_t seed, std::unique_ptr<Schedule> pairs, Worker workers = 0,
                   std::vector<std::uint8_t> ways = {})
      : seed_(seed), pairs_(std::move(pairs)), workers_(workers), ways_(std::move(ways)) {}

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  double gradient_rate() const override { return pairs_->gradient_rate(); }
  double communication_rate() const override { return pairs_->communication_rate(); }

 private:
  std::uint64_t seed_;
  std::unique_ptr<Schedule> pairs_;
  Worker workers_;
  std::vector<std::uint8_t> ways_;
};

}  // namespace acidsim
