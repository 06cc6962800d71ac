// Poisson clocks: each worker computes gradients, and each edge communicates, at the points of a Poisson
// process of its own rate.
#pragma once

#include <vector>

#include "sim/timing/clock_checks.hpp"
#include "sim/timing/poisson_process.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// The gradient clocks and the communication clocks are two superposed Poisson processes with draws of their
// own: changing the communication rates leaves every gradient event as it was, and the other way round
// (common random numbers). Any window of time costs O(1) per event in it, whatever the number of clocks and
// whatever came before.
class PoissonSchedule : public Schedule {
 public:
  // gradient_rates: events per unit time of each worker, ≥ 0; empty = no gradient events, with as many
  // workers as the edges name. edges: i < j, rate ≥ 0; edge e has clock workers + e. A clock of rate 0 never
  // fires. Throws InputError where a rate is negative, not finite or out of range, an edge is not a pair of
  // workers, or every rate is 0 (nothing could ever happen). `pairs`: the pairs of the edges, where somebody holds
  // them already; null: the schedule makes its own.
  PoissonSchedule(std::uint64_t seed, const std::vector<double>& gradient_rates,
                  const std::vector<Edge>& edges, SharedPairs pairs = nullptr);

  // The cursor reads this schedule, which must outlive it.
  std::unique_ptr<EventCursor> from(double start) const override;
  double gradient_rate() const override { return gradients_.rate(); }
  double communication_rate() const override { return communications_.rate(); }

 private:
  Worker workers_;
  SharedPairs pairs_;  // of each edge
  PoissonProcess gradients_, communications_;
};

}  // namespace acidsim
