// Synchronous rounds: all workers compute, wait for the slowest, and mix.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "sim/timing/schedule.hpp"

namespace acidsim {

// In each round worker i computes its gradients one after another, each of which takes an exponential time of
// mean 1 / rate_i. When the slowest has finished, the round happens, and at the same time what the program
// has after it. So the mean duration of a round of one gradient at equal rates r is H_n / r, the n-th
// harmonic number. Without gradients a round happens at the times 1, 2, 3, …
class RoundSchedule final : public Schedule {
 public:
  // gradient_rates: gradients per unit time of each worker, > 0; empty = no gradients are computed.
  // program: what a worker does in a round, with Verb::round once; gradients and reads before it take time.
  // group: all workers. Throws InputError where a rate is not positive and finite.
  RoundSchedule(std::uint64_t seed, std::vector<double> gradient_rates, std::vector<Verb> program,
                Group group);

  // The cursor reads this schedule, which must outlive it. What comes before `start` is walked through: a
  // draw for each gradient.
  std::unique_ptr<EventCursor> from(double start) const override;
  std::span<const Group> groups() const override { return {&group_, 1}; }
  bool has_reads() const override {
    return std::find(before_.begin(), before_.end(), Verb::read) != before_.end();
  }
  // Means over the first rounds.
  double gradient_rate() const override { return gradient_rate_; }
  double communication_rate() const override { return communication_rate_; }

 private:
  class Cursor;

  std::uint64_t seed_;
  std::vector<double> rates_;
  std::vector<Verb> before_, after_;  // of the program, around the round
  Group group_;
  double gradient_rate_ = 0, communication_rate_ = 0;
};

}  // namespace acidsim
