#include "sim/timing/network/presence.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <queue>
#include <utility>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

void check_times(const char* field, const std::vector<double>& times, Worker workers, bool may_be_infinite) {
  if (times.empty()) return;
  if (times.size() != workers)
    throw InputError(field, fmt::format("has {} times, and there are {} workers", times.size(), workers), "",
                     "one time for each worker");
  for (std::size_t k = 0; k < times.size(); ++k)
    if (!(times[k] >= 0 && (may_be_infinite || times[k] < infinity)))
      throw InputError(field, "is no time", fmt::format("worker {}: {}", k, times[k]), "a number ≥ 0");
}

// The changes of another cursor, and those of presence among them.
class WithAbsences final : public OccupationCursor {
 public:
  WithAbsences(std::unique_ptr<OccupationCursor> occupations, std::shared_ptr<const Presence> presence)
      : occupations_(std::move(occupations)), presence_(std::move(presence)), doing_(presence_->workers()) {
    for (Worker worker = 0; worker < doing_.size(); ++worker) {
      doing_[worker].away = !presence_->present(worker, 0);
      foresee(worker, 0);
    }
  }

  std::span<const OccupationChange> next() override {
    changes_.clear();
    const bool goes_on = occupations_->reached() < infinity;
    for (const OccupationChange& change :
         goes_on ? occupations_->next() : std::span<const OccupationChange>{}) {
      pass_to(change.time);
      Doing& own = doing_[change.worker];
      own.occupation = change.occupation;
      if (!own.away) changes_.push_back(change);
    }
    // Where nothing happens any more but that workers come and go, one change after another.
    const double inner = occupations_->reached();
    if (inner == infinity && coming_.empty())
      reached_ = infinity;
    else
      reached_ = inner < infinity ? inner : coming_.top().first;
    if (reached_ < infinity) pass_to(reached_);
    return changes_;
  }
  double reached() const override { return reached_; }

 private:
  struct Doing {
    Occupation occupation = Occupation::away;  // but for its absence
    bool away = false;
  };

  void foresee(Worker worker, double time) {
    const double next = presence_->next_change(worker, time);
    if (next < infinity) coming_.push({next, worker});
  }
  void pass_to(double time) {
    while (!coming_.empty() && coming_.top().first <= time && coming_.top().first < infinity) {
      const auto [now, worker] = coming_.top();
      coming_.pop();
      Doing& own = doing_[worker];
      own.away = !own.away;
      changes_.push_back({now, worker, own.away ? Occupation::away : own.occupation});
      foresee(worker, now);
    }
  }

  std::unique_ptr<OccupationCursor> occupations_;
  std::shared_ptr<const Presence> presence_;
  std::vector<Doing> doing_;
  using Coming = std::pair<double, Worker>;
  std::priority_queue<Coming, std::vector<Coming>, std::greater<>> coming_;
  std::vector<OccupationChange> changes_;
  double reached_ = 0;
};

}  // namespace

bool Churn::leaves_for_good() const {
  return std::any_of(leave_at.begin(), leave_at.end(), [](double time) { return time < infinity; });
}

double Churn::present_fraction() const {
  return absences ? absences->mean_present / (absences->mean_present + absences->mean_away) : 1.0;
}

Presence::Presence(std::uint64_t seed, Worker workers, Churn churn)
    : workers_(workers), churn_(std::move(churn)) {
  check_times("join_at", churn_.join_at, workers, false);
  check_times("leave_at", churn_.leave_at, workers, true);
  for (std::size_t k = 0; k < churn_.leave_at.size(); ++k)
    if (const double join = churn_.join_at.empty() ? 0.0 : churn_.join_at[k]; churn_.leave_at[k] <= join)
      throw InputError("leave_at", fmt::format("worker {} leaves before it is there", k),
                       fmt::format("{:g}", churn_.leave_at[k]), fmt::format("a time after {:g}", join));
  if (!churn_.absences) return;
  states_.emplace(seed, Purpose::absences, OnOffStates::Mean{"mean_present", churn_.absences->mean_present},
                  OnOffStates::Mean{"mean_away", churn_.absences->mean_away});
  constexpr double largest_ratio =
      1e4;  // a change is looked for in stretches of about twice the shorter mean
  const auto [present, away] = *churn_.absences;
  if (!(away * largest_ratio >= present && present * largest_ratio >= away))
    throw InputError("mean_away", "the two mean times are too unlike",
                     fmt::format("{:g} beside {:g}", away, present),
                     fmt::format("a ratio of at most {:g}", largest_ratio));
}

bool Presence::present(Worker worker, double time) const {
  if (!churn_.join_at.empty() && time < churn_.join_at[worker]) return false;
  if (!churn_.leave_at.empty() && time >= churn_.leave_at[worker]) return false;
  return !states_ || states_->at(worker, time).on;
}

double Presence::next_change(Worker worker, double time) const {
  const double join = churn_.join_at.empty() ? 0.0 : churn_.join_at[worker];
  const double leave = churn_.leave_at.empty() ? infinity : churn_.leave_at[worker];
  const bool now = present(worker, time);
  for (double at = std::max(time, 0.0); at < leave;) {
    if (at < join)
      at = join;
    else
      at = std::min(states_ ? states_->at(worker, at).until : infinity, leave);
    if (present(worker, at) != now) return at;
  }
  return infinity;
}

double Presence::time_there(Worker worker, double from, double to) const {
  double sum = 0;
  for (double time = next_presence(worker, from); time < to;) {
    const double leaves = std::min(next_change(worker, time), to);
    sum += leaves - time;
    time = leaves < to ? next_change(worker, leaves) : to;
  }
  return sum;
}

double Presence::time_after(Worker worker, double from, double there) const {
  for (double time = next_presence(worker, from); time < infinity;) {
    const double leaves = next_change(worker, time), back = next_presence(worker, leaves);
    if (time + there <= leaves || back == infinity) return std::min(time + there, leaves);
    there -= leaves - time;
    time = back;
  }
  return infinity;
}

std::unique_ptr<OccupationCursor> with_absences(std::unique_ptr<OccupationCursor> occupations,
                                                std::shared_ptr<const Presence> presence) {
  if (occupations == nullptr || presence == nullptr) return occupations;
  return std::make_unique<WithAbsences>(std::move(occupations), std::move(presence));
}

}  // namespace acidsim
