// How long gradients take, and how random durations are drawn.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "sim/core/random.hpp"
#include "sim/core/types.hpp"
#include "sim/timing/network/presence.hpp"

namespace acidsim {

// Laws of a positive random duration of mean 1.
struct ConstantDuration {};
struct ExponentialDuration {};
struct ShiftedExponentialDuration {  // fixed + (1 − fixed) · Exp(1)
  double fixed = 0.5;                // share of the mean that never changes, in [0, 1]
};
struct GammaDuration {  // variance 1 / shape
  double shape = 2;
};
struct LognormalDuration {  // e^{σZ − σ²/2}
  double sigma = 0.5;
};
struct ParetoDuration {  // P(X > x) = (x_m / x)^shape for x ≥ x_m = (shape − 1) / shape
  double shape = 3;      // > 1; the variance is finite above 2
};
struct WeibullDuration {  // P(X > x) = exp(−(x / scale)^shape)
  double shape = 1.5;
};
// Durations that were measured, in lists: one for all workers, or one for each. As they stand, or divided by their
// mean over all lists.
struct MeasuredDurations {
  std::vector<std::vector<double>> lists;
  bool in_order =
      false;  // duration number k is entry k, from the start again after the last one; else one is drawn
};
using DurationLaw =
    std::variant<ConstantDuration, ExponentialDuration, ShiftedExponentialDuration, GammaDuration,
                 LognormalDuration, ParetoDuration, WeibullDuration, MeasuredDurations>;

// Throws InputError whose place is the parameter's name (for measured durations "", for the file that they come from).
void check_law(const DurationLaw& law, Worker workers);
// The measured durations with mean 1.
MeasuredDurations scaled_to_mean_1(MeasuredDurations measured);

// Durations of one law, addressed by (worker, number): nothing depends on what was drawn before.
class Durations {
 public:
  // Checked as by check_law.
  Durations(std::uint64_t seed, Purpose purpose, DurationLaw law, Worker workers);
  double operator()(Worker worker, std::uint64_t number) const;
  double mean(Worker worker) const;  // 1, but for measured durations as they stand

 private:
  std::uint64_t seed_;
  Purpose purpose_;
  std::shared_ptr<const DurationLaw> law_;
  double scale_ = 1;  // weibull, pareto: what a draw of theirs is multiplied by for mean 1
};

// A worker is in its normal pace and slow in turn, for exponential times of these means; a gradient that begins while
// it is slow takes `factor` times as long.
struct SlowPhases {
  double mean_normal = 10, mean_slow = 1;  // in units of time
  double factor = 5;                       // ≥ 1
};

// How long the gradients of each worker take: a law with mean 1 / rate, the same for asynchronous methods and for
// rounds.
class GradientDurations {
 public:
  // rates: of each worker, > 0 and finite. presence: workers compute only while they are there; null: always. Throws
  // InputError ("gradient_rate", or as check_law and EdgeStates do; "mean_present" where hardly any gradient would be
  // done before its worker leaves).
  GradientDurations(std::uint64_t seed, std::vector<double> rates, DurationLaw law = ExponentialDuration{},
                    std::optional<SlowPhases> slow = std::nullopt,
                    std::shared_ptr<const Presence> presence = nullptr);

  Worker workers() const { return static_cast<Worker>(rates_.size()); }
  double rate(Worker worker) const { return rates_[worker]; }
  const std::shared_ptr<const Presence>& presence() const { return presence_; }
  // Of gradient number 0, 1, … of a worker, begun at `start`: infinity where the worker never comes back to end it. What
  // a worker does that is away begins when it is there again. Where it leaves meanwhile, the gradient goes on when it is
  // back and kept its state; else it is computed anew, with another duration.
  double operator()(Worker worker, std::uint64_t number, double start) const {
    return presence_ ? interrupted(worker, number, start) : undisturbed(worker, number, start);
  }
  // Gradients per unit time of all workers, if none ever waits; those that are slow or away now and then count as the
  // share of their time tells.
  double total_rate() const;

 private:
  double undisturbed(Worker worker, std::uint64_t number, double start) const {
    const double duration = draw_(worker, number) / rates_[worker];
    return slow_ ? duration * slowness(worker, start) : duration;
  }
  double interrupted(Worker worker, std::uint64_t number, double start) const;
  void check_presence() const;
  struct Slowness;
  double slowness(Worker worker, double start) const;

  std::vector<double> rates_;
  Durations draw_;
  std::shared_ptr<const Slowness> slow_;
  std::shared_ptr<const Presence> presence_;
};

}  // namespace acidsim
