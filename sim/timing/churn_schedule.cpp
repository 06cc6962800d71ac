#include "sim/timing/churn_schedule.hpp"

#include <algorithm>
#include <bit>
#include <functional>
#include <numeric>
#include <queue>
#include <utility>

namespace acidsim {

class ChurnSchedule::Cursor final : public EventCursor {
 public:
  Cursor(const ChurnSchedule& schedule, double start)
      : schedule_(schedule),
        presence_(*schedule.presence_),
        start_(start),
        // Which gradients are under way tell the events before.
        inner_(schedule.schedule_->from(schedule.has_reads() ? 0.0 : start)),
        there_(presence_.workers(), 1),
        reads_(presence_.workers(), 0) {
    const double first = schedule.has_reads() ? 0.0 : std::max(start, 0.0);
    for (Worker worker = 0; worker < presence_.workers(); ++worker) {
      // What changes at `first` itself comes then; at time 0 those leave who are not there.
      const double before = std::nextafter(first, -1.0);
      if (before >= 0) there_[worker] = presence_.present(worker, before);
      if (before >= 0)
        foresee(worker, presence_.next_change(worker, before));
      else
        foresee(worker, presence_.present(worker, 0) ? presence_.next_change(worker, 0) : 0.0);
    }
  }

  std::span<const Event> next() override {
    do {
      events_.clear();
      const std::span<const Event> block = inner_->next();
      if (block.empty()) return {};  // that workers come and go is of no account any more
      for (const Event& event : block) {
        pass_to(event.time);
        take(event);
      }
      std::erase_if(events_, [this](const Event& event) { return event.time < start_; });
      if (events_.empty() && !skip_idle_times()) return {};
    } while (events_.empty());
    return events_;
  }

 private:
  // Clocks tick on where nobody is there for them: goes on to when somebody comes. False where nobody ever does.
  bool skip_idle_times() {
    if (schedule_.inner_ == Inner::knows_all || is_anyone_active()) return true;
    if (coming_.empty()) return false;
    inner_ = schedule_.schedule_->from(coming_.top().first);
    return true;
  }
  // Two neighbours are there, or somebody who computes.
  bool is_anyone_active() const {
    const auto meet = [this](const WorkerPair& pair) { return there_[pair.i] != 0 && there_[pair.j] != 0; };
    if (std::any_of(schedule_.pairs_.begin(), schedule_.pairs_.end(), meet)) return true;
    for (Worker worker = 0; worker < schedule_.gradient_rates_.size(); ++worker)
      if (there_[worker] != 0 && schedule_.gradient_rates_[worker] > 0) return true;
    return false;
  }

  void foresee(Worker worker, double time) {
    if (time < infinity) coming_.push({time, worker});
  }

  // Those who come and go up to a time, at it too.
  void pass_to(double time) {
    while (!coming_.empty() && coming_.top().first <= time) {
      const auto [now, worker] = coming_.top();
      coming_.pop();
      there_[worker] = there_[worker] == 0;
      events_.push_back({now, worker, worker, worker, there_[worker] != 0 ? Verb::join : Verb::leave});
      if (there_[worker] != 0 && presence_.churn().on_return != Return::kept) restart(worker, now);
      foresee(worker, presence_.next_change(worker, now));
    }
  }

  void restart(Worker worker, double now) {
    events_.push_back({now, worker, donor_of(worker, now), worker, Verb::restart});
    if (reads_[worker] != 0) events_.push_back({now, worker, worker, worker, Verb::read});
  }

  // A neighbour that is there, each as likely; the worker itself where none is, or none is asked for.
  Worker donor_of(Worker worker, double now) const {
    if (presence_.churn().on_return != Return::copied) return worker;
    const auto own =
        std::span(schedule_.neighbours_)
            .subspan(schedule_.starts_[worker], schedule_.starts_[worker + 1] - schedule_.starts_[worker]);
    const auto is_there = [this](Worker neighbour) { return there_[neighbour] != 0; };
    const auto candidates = static_cast<std::size_t>(std::count_if(own.begin(), own.end(), is_there));
    if (candidates == 0) return worker;
    Draws draws(Stream(schedule_.seed_, Purpose::copied_models, worker), std::bit_cast<std::uint64_t>(now));
    std::size_t left = draws.below(candidates);
    for (const Worker neighbour : own)
      if (is_there(neighbour) && left-- == 0) return neighbour;
    return worker;
  }

  void take(const Event& event) {
    const bool takes_part = there_[event.i] != 0 && there_[event.j] != 0;
    const bool dropped = !takes_part && (event.verb == Verb::exchange   ? schedule_.inner_ != Inner::knows_all
                                         : event.verb == Verb::gradient ? schedule_.inner_ == Inner::nothing
                                                                        : false);
    if (dropped) return;
    if (event.verb == Verb::read) reads_[event.i] = 1;
    if (event.verb == Verb::step) reads_[event.i] = 0;
    events_.push_back(event);
  }

  const ChurnSchedule& schedule_;
  const Presence& presence_;
  double start_;
  std::unique_ptr<EventCursor> inner_;
  std::vector<char> there_, reads_;  // per worker
  using Coming = std::pair<double, Worker>;
  std::priority_queue<Coming, std::vector<Coming>, std::greater<>> coming_;
  std::vector<Event> events_;
};

ChurnSchedule::ChurnSchedule(std::uint64_t seed, std::shared_ptr<const Presence> presence,
                             std::unique_ptr<Schedule> schedule, Inner inner, const std::vector<Edge>& edges,
                             std::vector<double> gradient_rates)
    : seed_(seed),
      presence_(std::move(presence)),
      schedule_(std::move(schedule)),
      inner_(inner),
      gradient_rates_(std::move(gradient_rates)),
      starts_(presence_->workers() + std::size_t{1}, 0) {
  for (const Edge& edge : edges) {
    pairs_.push_back({edge.i, edge.j});
    ++starts_[edge.i + 1];
    ++starts_[edge.j + 1];
  }
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  neighbours_.resize(2 * edges.size());
  std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
  for (const Edge& edge : edges) {
    neighbours_[next[edge.i]++] = edge.j;
    neighbours_[next[edge.j]++] = edge.i;
  }
}

std::unique_ptr<EventCursor> ChurnSchedule::from(double start) const {
  return std::make_unique<Cursor>(*this, start);
}

std::unique_ptr<OccupationCursor> ChurnSchedule::occupations() const {
  return with_absences(schedule_->occupations(), presence_);
}

// Each worker is there for its share of the time, independently.
double ChurnSchedule::gradient_rate() const {
  const double there = inner_ == Inner::nothing ? presence_->churn().present_fraction() : 1.0;
  return there * schedule_->gradient_rate();
}

double ChurnSchedule::communication_rate() const {
  const double there = inner_ == Inner::knows_all ? 1.0 : presence_->churn().present_fraction();
  return there * there * schedule_->communication_rate();
}

}  // namespace acidsim
