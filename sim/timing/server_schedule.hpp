// Gradients of workers that go to a parameter server.
#pragma once

#include <memory>
#include <optional>

#include "sim/core/server.hpp"
#include "sim/timing/network/durations.hpp"
#include "sim/timing/network/transfers.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// When the next gradient comes to the server, and from whom.
class Arrivals {
 public:
  virtual ~Arrivals() = default;
  // Nothing: no more come.
  virtual std::optional<Event> next() = 0;
  // The worker gives up the gradient under way, and begins another one at this time.
  virtual void restart(Worker worker, double time) = 0;
};

// Gradients of workers become arrivals at the server, which is worker `workers`. At an arrival the gradient is
// computed, at the copy of the model that its worker got before, and an exchange with the server follows at that
// time. The worker begins its next gradient at once. A gradient's delay, Event::clock,
// counts the steps of the server since the worker got its copy. What the server does with it depends on the order of
// arrivals alone:
//
//     plain, delay_adaptive   each arrival is a step; delay_adaptive multiplies γ by n / max(n, delay)
//     ringmaster              an arrival of delay ≥ R is ignored. With stops no gradient gets so old: as soon as R
//                             steps have passed since a worker got its copy, it gets a new one and begins anew.
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
  // The gradient events of another schedule, which are those of the workers 0 … workers − 1, arrive when they happen;
  // other events are left out. A worker that begins anew waits for its next one: Poisson clocks have no memory.
  ServerSchedule(std::unique_ptr<Schedule> gradients, Worker workers, const ServerProtocol& protocol)
      : gradients_(std::move(gradients)), workers_(workers), protocol_(protocol) {}
  // Each worker computes one gradient after another. Each visits the server's link, first come first served, for an
  // exchange of a message there and one back, of so many bytes (Transfers::exchange on the one edge), and arrives at its
  // end; then the worker begins its next gradient. A worker that begins anew gives up its gradient, on its way or not,
  // and gets its model without a visit.
  ServerSchedule(GradientDurations durations, Transfers transfers, double bytes_there, double bytes_back,
                 const ServerProtocol& protocol)
      : workers_(durations.workers()),
        protocol_(protocol),
        durations_(std::move(durations)),
        transfers_(std::move(transfers)),
        bytes_there_(bytes_there),
        bytes_back_(bytes_back) {}

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  bool has_server() const override { return true; }
  GradientShare share_of(const Event& gradient) const override;
  // Where nobody waits for the link; an exchange comes with each, but for restarts.
  double gradient_rate() const override {
    return gradients_ ? gradients_->gradient_rate() : durations_->total_rate();
  }
  double communication_rate() const override { return gradient_rate(); }
  std::unique_ptr<OccupationCursor> occupations() const override;

 private:
  class Visits;

  std::unique_ptr<Schedule> gradients_;  // null: the workers' own
  Worker workers_;
  ServerProtocol protocol_;
  std::optional<GradientDurations> durations_;
  std::optional<Transfers> transfers_;
  double bytes_there_ = 0, bytes_back_ = 0;
};

}  // namespace acidsim
