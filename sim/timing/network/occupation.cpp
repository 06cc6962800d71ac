#include "sim/timing/network/occupation.hpp"

#include <numeric>

namespace acidsim {

Usage::Usage(std::unique_ptr<OccupationCursor> cursor, Worker workers)
    : cursor_(std::move(cursor)), doing_(workers), times_(workers, Times{}) {}

void Usage::advance(double time) {
  const auto spend = [this](Worker worker, double until) {
    Doing& doing = doing_[worker];
    times_[worker][static_cast<std::size_t>(doing.occupation)] += until - doing.since;
    doing.since = until;
  };
  for (;;) {
    while (changes_.empty() && cursor_->reached() <= time) changes_ = cursor_->next();
    if (changes_.empty() || changes_.front().time > time) break;
    const OccupationChange& change = changes_.front();
    spend(change.worker, change.time);
    doing_[change.worker].occupation = change.occupation;
    changes_ = changes_.subspan(1);
  }
  time_ = time;
}

std::vector<Usage::Times> Usage::workers() const {
  std::vector<Times> times = times_;
  for (Worker worker = 0; worker < doing_.size(); ++worker)
    times[worker][static_cast<std::size_t>(doing_[worker].occupation)] += time_ - doing_[worker].since;
  return times;
}

Usage::Times Usage::shares() const {
  Times shares{};
  if (time_ == 0) return shares;
  for (const Times& own : workers())
    for (std::size_t k = 0; k < shares.size(); ++k) shares[k] += own[k];
  for (double& share : shares) share /= time_ * static_cast<double>(times_.size());
  return shares;
}

double idle_share(const Usage::Times& shares) {
  return std::accumulate(shares.begin() + 1, shares.end(), 0.0);
}

}  // namespace acidsim
