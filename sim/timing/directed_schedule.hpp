// Directed messages on the clocks of edges.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/timing/message_fates.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// Turns every exchange of another schedule into one message, sent and received at that time. Its direction is
// drawn for each event, both alike: as if each direction of an edge had a Poisson clock of half the edge's
// rate. Along an edge that goes one way all messages do. A message may be lost, and then is sent alone; one that is
// repeated is received twice.
class DirectedSchedule final : public Schedule {
 public:
  // workers + e is the clock of edge e. ways: of each edge, 1 where messages go from i to j alone, 2 from j to i
  // alone, 3 both ways; empty = both ways everywhere.
  DirectedSchedule(std::uint64_t seed, std::unique_ptr<Schedule> pairs, Worker workers = 0,
                   std::vector<std::uint8_t> ways = {}, const MessageFaults& faults = {})
      : seed_(seed),
        pairs_(std::move(pairs)),
        workers_(workers),
        ways_(std::move(ways)),
        fates_(seed, faults) {}

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  double gradient_rate() const override { return pairs_->gradient_rate(); }
  double communication_rate() const override {
    return (1 - fates_.faults().lost) * pairs_->communication_rate();
  }

 private:
  std::uint64_t seed_;
  std::unique_ptr<Schedule> pairs_;
  Worker workers_;
  std::vector<std::uint8_t> ways_;
  MessageFates fates_;
};

}  // namespace acidsim
