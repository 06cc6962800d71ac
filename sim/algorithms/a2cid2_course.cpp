#include "sim/algorithms/a2cid2_course.hpp"

#include <algorithm>
#include <cmath>

namespace acidsim {

A2cid2Course::A2cid2Course(std::vector<double> starts, std::vector<A2cid2Parameters> parameters,
                           double period)
    : starts_(std::move(starts)), parameters_(std::move(parameters)), period_(period) {
  double sum = 0;
  for (std::size_t k = 0; k < starts_.size(); ++k) {
    if (k > 0) sum += parameters_[k - 1].eta * (starts_[k] - starts_[k - 1]);
    mixing_before_.push_back(sum);
  }
  if (std::isfinite(period_)) mixing_in_period_ = mixing_until(period_);
}

double A2cid2Course::within_period(double time) const {
  return std::isfinite(period_) ? time - std::floor(time / period_) * period_ : time;
}

std::size_t A2cid2Course::place(double time) const {
  const auto after = std::upper_bound(starts_.begin() + 1, starts_.end(), time);
  return static_cast<std::size_t>(after - starts_.begin()) - 1;
}

double A2cid2Course::mixing_until(double time) const {
  const std::size_t k = place(time);
  return mixing_before_[k] + parameters_[k].eta * (time - starts_[k]);
}

double A2cid2Course::mixing(double from, double to) const {
  if (starts_.size() == 1) return parameters_[0].eta * (to - from);
  if (!std::isfinite(period_)) return mixing_until(to) - mixing_until(from);
  const double periods = std::floor(to / period_) - std::floor(from / period_);
  return periods * mixing_in_period_ + (mixing_until(within_period(to)) - mixing_until(within_period(from)));
}

}  // namespace acidsim
