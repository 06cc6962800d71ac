// Averagings that are drawn per gradient and placed among the gradients, for which nobody waits.
#pragma once

#include <memory>
#include <vector>

#include "sim/timing/network/durations.hpp"
#include "sim/timing/schedule.hpp"

namespace acidsim {

// While a worker computes a gradient it begins a number of exchanges, at uniform times within, each with a neighbour j
// that is drawn with probability λ_ij / Σ_k λ_ik. There are Σ_k λ_ik / 2 per unit time of its computing on average, so
// that edge ij communicates at rate λ_ij: half of it is begun by i, half by j. In order of (time, clock).
class PerGradientSchedule final : public Schedule {
 public:
  // How many exchanges a worker begins with its gradient number k, of mean m: Poisson(m), or ⌊(k + 1)m⌋ − ⌊km⌋.
  enum class Count { poisson, deterministic };

  // edges: i < j < workers, of rate ≥ 0; edge e has clock workers + e. trains: else gradients pace the exchanges and are
  // no events. Throws InputError where a rate is none, or where nothing would ever happen.
  PerGradientSchedule(std::uint64_t seed, GradientDurations durations, std::vector<Edge> edges, Count count,
                      bool trains);

  // The cursor reads this schedule, which must outlive it. What comes before `start` is walked through.
  std::unique_ptr<EventCursor> from(double start) const override;
  double gradient_rate() const override { return trains_ ? durations_.total_rate() : 0.0; }
  double communication_rate() const override { return communication_rate_; }

 private:
  class Cursor;

  std::uint64_t seed_;
  GradientDurations durations_;
  std::vector<Edge> edges_;
  Count count_;
  bool trains_;
  double communication_rate_ = 0;
  // The edges of each worker in turn, with the sum of the worker's rates up to and with it.
  struct Choice {
    double up_to;
    std::uint32_t edge;
  };
  std::vector<std::size_t> starts_;  // workers + 1
  std::vector<Choice> choices_;
};

}  // namespace acidsim
