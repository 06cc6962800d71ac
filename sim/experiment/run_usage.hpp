// How much of a run its workers have waited.
#pragma once

#include <optional>

#include "sim/timing/schedule.hpp"

namespace acidsim {

// Walks what the workers do beside the run itself, so that every backend, and a run that was resumed, tells the same.
class RunUsage {
 public:
  RunUsage(const Schedule& schedule, Worker workers) : schedule_(schedule), workers_(workers) {}

  // Up to this time of the run; nothing where workers never wait.
  std::optional<Usage::Times> shares(double time) {
    if (!at(time)) return std::nullopt;
    return usage_->shares();
  }
  std::vector<Usage::Times> worker_times(double time) {
    return at(time) ? usage_->workers() : std::vector<Usage::Times>{};
  }
  double share_idle(double time) { return idle_share(shares(time).value_or(Usage::Times{})); }

 private:
  bool at(double time) {
    if (!usage_ || time < time_) {
      auto occupations = schedule_.occupations();
      if (!occupations) return false;
      usage_.emplace(std::move(occupations), workers_);
    }
    time_ = time;
    usage_->advance(time);
    return true;
  }

  const Schedule& schedule_;
  Worker workers_;
  std::optional<Usage> usage_;
  double time_ = 0;
};

}  // namespace acidsim
