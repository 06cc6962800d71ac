#include "sim/timing/edge_times.hpp"

#include <algorithm>
#include <cmath>

namespace acidsim {

EdgeTimes::EdgeTimes(std::uint64_t seed, std::size_t edges, const std::vector<CommunicationPhase>& phases,
                     bool periodic, const std::optional<EdgeFailures>& failures)
    : periodic_(periodic && phases.size() > 1), phases_(edges) {
  for (std::uint32_t phase = 0; phase < phases.size(); ++phase) {
    ends_.push_back((ends_.empty() ? 0.0 : ends_.back()) + phases[phase].duration);
    for (const CommunicationPhase::Clock& clock : phases[phase].clocks)
      if (clock.rate > 0) phases_[clock.edge].push_back(phase);
  }
  if (failures) states_.emplace(seed, *failures);
}

double EdgeTimes::last_change() const {
  if (periodic_) return infinity;
  return ends_.size() > 1 ? ends_[ends_.size() - 2] : 0.0;
}

EdgeTimes::Stretch EdgeTimes::phase_at(double time) const {
  const auto last = static_cast<std::uint32_t>(ends_.size() - 1);
  double start = periodic_ ? std::floor(time / ends_.back()) * ends_.back() : 0.0;
  auto phase =
      static_cast<std::uint32_t>(std::upper_bound(ends_.begin(), ends_.end(), time - start) - ends_.begin());
  for (;; ++phase) {  // rounding may put the end of a phase into it
    if (phase > last) {
      if (!periodic_) return {last, infinity};
      phase = 0;
      start += ends_.back();
    }
    if (!periodic_ && phase == last) return {last, infinity};
    if (start + ends_[phase] > time) return {phase, start + ends_[phase]};
  }
}

double EdgeTimes::next_opening(std::uint32_t edge, double time) const {
  const std::vector<std::uint32_t>& own = phases_[edge];
  if (own.empty()) return infinity;
  while (time < infinity) {
    const auto [phase, until] = phase_at(time);
    const bool active = std::binary_search(own.begin(), own.end(), phase);
    if (!active && !periodic_ && own.back() < phase) return infinity;
    if (active && !states_) return time;
    if (!active) {
      time = until;
      continue;
    }
    const auto [up, holds_until] = states_->at(edge, time);
    if (up) return time;
    time = std::min(until, holds_until);
  }
  return infinity;
}

}  // namespace acidsim
