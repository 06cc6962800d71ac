#include "sim/timing/operational_time.hpp"

#include <algorithm>
#include <cmath>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr double most_periods = 0x1p52;  // their numbers, and the next ones, are exact

// How many whole lengths of `period` fit into `position`, by the rounded products that mark where periods
// begin.
double whole_periods(double position, double period) {
  if (period == infinity) return 0;
  double count = std::floor(position / period);
  if (!(count < most_periods)) return count;
  while (count > 0 && count * period > position) --count;
  while ((count + 1) * period <= position) ++count;
  return count;
}

}  // namespace

OperationalTime::OperationalTime(std::span<const double> durations, std::span<const double> rates,
                                 bool periodic) {
  ACIDSIM_CHECK(!durations.empty() && durations.size() == rates.size());
  double tau = 0, begin = 0;
  for (std::size_t k = 0; k < durations.size(); ++k) {
    const bool stays = !periodic && k + 1 == durations.size();
    const double end = stays ? infinity : begin + durations[k];
    if (rates[k] > 0) {
      phases_.push_back({tau, begin, end, rates[k], k});
      tau += stays ? infinity : durations[k] * rates[k];
    }
    begin = end;
  }
  if (periodic) {
    period_ = begin;
    per_period_ = tau;
    end_ = tau * most_periods;
    mean_rate_ = tau / begin;
  } else {
    end_ = tau;
    mean_rate_ = rates.back();
  }
}

double OperationalTime::tau_begin(double period, std::size_t phase) const {
  if (phase == phases_.size()) return period_ == infinity ? end_ : (period + 1) * per_period_;
  if (period == 0) return phases_[phase].tau;
  return std::min(period * per_period_ + phases_[phase].tau, (period + 1) * per_period_);
}

double OperationalTime::begin(double period, std::size_t phase) const {
  if (period == 0) return phases_[phase].begin;
  return std::min(period * period_ + phases_[phase].begin, (period + 1) * period_);
}

OperationalTime::Stretch OperationalTime::at(double tau) const {
  ACIDSIM_CHECK(tau >= 0 && tau < end_);
  const double period = whole_periods(tau, per_period_);
  // The last phase that begins at tau or before.
  std::size_t low = 0, high = phases_.size();
  while (high - low > 1) {
    const std::size_t middle = low + (high - low) / 2;
    (tau_begin(period, middle) <= tau ? low : high) = middle;
  }
  const Phase& phase = phases_[low];
  const double first = begin(period, low);
  double end = phase.end;
  if (period > 0) end = std::min(period * period_ + end, (period + 1) * period_);
  return {.tau_begin = tau_begin(period, low),
          .tau_end = tau_begin(period, low + 1),
          .begin = first,
          .last = std::max(first, std::nextafter(end, 0.0)),
          .gap = 1 / phase.rate,
          .phase = phase.index};
}

double OperationalTime::tau(double time) const {
  if (phases_.empty() || !(time > 0)) return 0;
  const double period = whole_periods(time, period_);
  if (!(period < most_periods)) return end_;
  std::size_t next = 0;  // the first phase that begins later
  for (std::size_t high = phases_.size(); next < high;) {
    const std::size_t middle = next + (high - next) / 2;
    if (begin(period, middle) <= time) {
      next = middle + 1;
    } else {
      high = middle;
    }
  }
  if (next == 0) return std::min(tau_begin(period, 0), end_);
  const double inside = (time - begin(period, next - 1)) * phases_[next - 1].rate;
  return std::min({tau_begin(period, next - 1) + inside, tau_begin(period, next), end_});
}

}  // namespace acidsim
