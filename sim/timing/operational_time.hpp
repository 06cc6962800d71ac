// Time in which a process of changing rate is one of rate 1.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// τ(t) = ∫₀ᵗ Λ(s) ds for a rate Λ that is constant in each of a list of phases. A Poisson process of rate
// Λ(t) is one of rate 1 in τ, mapped back by the inverse of τ(t) [Çinlar, Introduction to Stochastic
// Processes, 1975, §4.7]; during phases of rate 0, τ stands still. Despite rounding, t(τ) never decreases.
class OperationalTime {
 public:
  // durations > 0 and rates ≥ 0, one per phase, at least one. Periodic: after the last phase the first
  // follows; otherwise the last one stays for ever.
  OperationalTime(std::span<const double> durations, std::span<const double> rates, bool periodic);

  // One passage through one phase of positive rate: τ in [tau_begin, tau_end) ↔ t in [begin, last].
  struct Stretch {
    double tau_begin, tau_end, begin, last;
    double gap;  // 1 / Λ
    std::size_t phase;
    double time(double tau) const {
      const double t = begin + (tau - tau_begin) * gap;
      return t < last ? t : last;
    }
  };
  Stretch at(double tau) const;  // 0 ≤ tau < end()
  // t(τ), infinite from end() on.
  double time(double tau) const { return tau < end_ ? at(tau).time(tau) : infinity; }
  // τ(t) to within rounding, at most end().
  double tau(double time) const;

  // The end of τ: its total if that is finite, else the point from which double precision cannot tell periods
  // apart.
  double end() const { return end_; }
  // Mean of Λ: over a period, or the last phase's if that stays.
  double mean_rate() const { return mean_rate_; }

 private:
  struct Phase {
    double tau, begin, end;  // since the beginning of the period
    double rate;
    std::size_t index;  // among all phases
  };
  // τ where `phase` begins in a period: never beyond the beginning of the next one, whatever rounding does.
  double tau_begin(double period, std::size_t phase) const;
  double begin(double period, std::size_t phase) const;

  std::vector<Phase> phases_;                         // those of positive rate
  double period_ = infinity, per_period_ = infinity;  // in t and in τ
  double end_ = 0, mean_rate_ = 0;
};

}  // namespace acidsim
