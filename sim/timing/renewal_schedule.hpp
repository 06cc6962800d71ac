// Gradients that take their time, beside communications on clocks of their own.
#pragma once

#include <memory>

#include "sim/timing/network/durations.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// Each worker computes one gradient after another and never waits; each lands when it is done. The communications of
// another schedule happen meanwhile, at its times. In order of (time, clock).
class RenewalSchedule final : public Schedule {
 public:
  // communications: null, or a schedule without gradients.
  RenewalSchedule(GradientDurations durations, std::unique_ptr<Schedule> communications)
      : durations_(std::move(durations)), communications_(std::move(communications)) {}

  // The cursor reads this schedule, which must outlive it. The gradients before `start` are walked through.
  std::unique_ptr<EventCursor> from(double start) const override;
  double gradient_rate() const override { return durations_.total_rate(); }
  double communication_rate() const override {
    return communications_ ? communications_->communication_rate() : 0.0;
  }

 private:
  GradientDurations durations_;
  std::unique_ptr<Schedule> communications_;
};

// Gradients of another schedule that are read where their computation begins, right after the worker's gradient before
// (the first at time 0), and land where they are in the other schedule: each becomes a step and the next read.
class StaleSchedule final : public Schedule {
 public:
  StaleSchedule(std::unique_ptr<Schedule> schedule, Worker workers)
      : schedule_(std::move(schedule)), workers_(workers) {}

  std::unique_ptr<EventCursor> from(double start) const override;
  bool has_reads() const override { return true; }
  bool has_flights() const override { return schedule_->has_flights(); }
  double gradient_rate() const override { return schedule_->gradient_rate(); }
  double communication_rate() const override { return schedule_->communication_rate(); }

 private:
  std::unique_ptr<Schedule> schedule_;
  Worker workers_;
};

}  // namespace acidsim
