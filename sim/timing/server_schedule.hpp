// Gradients of workers that go to a parameter server.
#pragma once

#include <memory>

#include "sim/core/server.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// The gradients of another schedule become arrivals at the server, which is worker `workers`. At an arrival the
// gradient is computed, at the copy of the model that its worker got before, and an exchange with the server follows
// at that time; messages take no time. The worker begins its next gradient at once. A gradient's delay, Event::clock,
// counts the steps of the server since the worker got its copy. What the server does with it depends on the order of
// arrivals alone:
//
//     plain, delay_adaptive   each arrival is a step; delay_adaptive multiplies γ by n / max(n, delay)
//     ringmaster              an arrival of delay ≥ R is ignored. With stops no gradient gets so old: as soon as R
//                             steps have passed since a worker got its copy, it gets a new one and begins anew.
//                             (Poisson clocks have no memory: its clock goes on.)
//     rennala                 an arrival of delay > 0 is ignored, the others are collected, and B of them make a step
//                             with γ/B
//     ringleader              a table has the average of each worker's gradients, Event::number says of a gradient as
//                             how manyth it enters (0: not at all, after 65535 of them). A round begins by collecting
//                             until each worker has an entry. Then the server makes n steps with γ/n times the sum of
//                             the table, one at an arrival of each worker, which gets the new model; its gradients
//                             from then on enter the table of the next round.
//
// What comes after a time depends on all arrivals before it, so from(t) walks through them.
class ServerSchedule final : public Schedule {
 public:
  // arrivals: the gradient events are those of the workers 0 … workers − 1; other events are left out.
  ServerSchedule(std::unique_ptr<Schedule> arrivals, Worker workers, const ServerProtocol& protocol)
      : arrivals_(std::move(arrivals)), workers_(workers), protocol_(protocol) {}

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  bool has_server() const override { return true; }
  GradientShare share_of(const Event& gradient) const override;
  double gradient_rate() const override { return arrivals_->gradient_rate(); }
  double communication_rate() const override { return arrivals_->gradient_rate(); }  // but for restarts

 private:
  std::unique_ptr<Schedule> arrivals_;
  Worker workers_;
  ServerProtocol protocol_;
};

}  // namespace acidsim
