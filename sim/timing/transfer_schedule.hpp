// Messages that take time on their way.
#pragma once

#include <memory>

#include "sim/timing/network/transfers.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// The exchanges and messages of another schedule leave at its times, or as soon as their edge (and, with shared cards,
// both workers) have done with what came before, and land when they have arrived: an exchange becomes two sends and, at
// their end, two receives. A message that is lost takes as long; one that is repeated follows itself on its edge. What is
// under way at a time depends on what came before, so from(t) walks through it.
class TransferSchedule final : public Schedule {
 public:
  // bytes: of a message. edges of the schedule have the clocks `workers` and on.
  TransferSchedule(std::unique_ptr<Schedule> schedule, Transfers transfers, double bytes, Worker workers,
                   std::size_t edges)
      : schedule_(std::move(schedule)),
        transfers_(std::move(transfers)),
        bytes_(bytes),
        workers_(workers),
        edges_(edges) {}

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  bool has_reads() const override { return schedule_->has_reads(); }
  bool has_flights() const override { return true; }
  double gradient_rate() const override { return schedule_->gradient_rate(); }
  double communication_rate() const override { return schedule_->communication_rate(); }

 private:
  class Cursor;

  std::unique_ptr<Schedule> schedule_;
  Transfers transfers_;
  double bytes_;
  Worker workers_;
  std::size_t edges_;
};

}  // namespace acidsim
