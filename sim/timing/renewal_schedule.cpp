#include "sim/timing/renewal_schedule.hpp"

#include <functional>
#include <queue>
#include <vector>

namespace acidsim {
namespace renewals {
namespace {

constexpr std::size_t block = 1024;  // events

// The gradients of all workers, in order of (time, worker).
class Gradients {
 public:
  explicit Gradients(const GradientDurations& durations)
      : durations_(durations), computed_(durations.workers(), 0) {
    for (Worker worker = 0; worker < computed_.size(); ++worker) begin(worker, 0);
  }
  double next_time() const { return landing_.empty() ? infinity : landing_.top().first; }
  Event next() {
    const auto [time, worker] = landing_.top();
    landing_.pop();
    begin(worker, time);
    return {time, worker, worker, worker, Verb::gradient};
  }

 private:
  void begin(Worker worker, double time) {
    const double end = time + durations_(worker, computed_[worker]++, time);
    if (end < infinity) landing_.push({end, worker});
  }

  const GradientDurations& durations_;
  std::vector<std::uint64_t> computed_;
  using Landing = std::pair<double, Worker>;
  std::priority_queue<Landing, std::vector<Landing>, std::greater<>> landing_;
};

class Cursor final : public EventCursor {
 public:
  Cursor(const GradientDurations& durations, std::unique_ptr<EventCursor> communications, double start)
      : gradients_(durations), communications_(std::move(communications)) {
    while (gradients_.next_time() < start) gradients_.next();
  }

  std::span<const Event> next() override {
    events_.clear();
    while (events_.size() < block) {
      if (coming_.empty() && communications_) coming_ = communications_->next();
      if (coming_.empty()) communications_.reset();
      if (coming_.empty() && gradients_.next_time() == infinity) break;  // all have left
      if (coming_.empty() || gradients_.next_time() <= coming_.front().time) {
        events_.push_back(gradients_.next());
      } else {
        events_.push_back(coming_.front());
        coming_ = coming_.subspan(1);
      }
    }
    return events_;
  }

 private:
  Gradients gradients_;
  std::unique_ptr<EventCursor> communications_;  // null once there are none any more
  std::span<const Event> coming_;
  std::vector<Event> events_;
};

class StaleCursor final : public EventCursor {
 public:
  StaleCursor(std::unique_ptr<EventCursor> cursor, Worker readers)
      : cursor_(std::move(cursor)), readers_(readers) {}

  std::span<const Event> next() override {
    events_.clear();
    for (Worker worker = 0; worker < readers_; ++worker)
      events_.push_back({0, worker, worker, worker, Verb::read});
    readers_ = 0;
    for (Event event : cursor_->next()) {
      const bool gradient = event.verb == Verb::gradient;
      if (gradient) event.verb = Verb::step;
      events_.push_back(event);
      if (!gradient && event.verb != Verb::restart) continue;
      event = {event.time, event.i, event.i, event.i, Verb::read};
      events_.push_back(event);
    }
    return events_;
  }

 private:
  std::unique_ptr<EventCursor> cursor_;
  Worker readers_;  // who have not begun
  std::vector<Event> events_;
};

}  // namespace
}  // namespace renewals

std::unique_ptr<EventCursor> RenewalSchedule::from(double start) const {
  return std::make_unique<renewals::Cursor>(durations_,
                                            communications_ ? communications_->from(start) : nullptr, start);
}

std::unique_ptr<EventCursor> StaleSchedule::from(double start) const {
  return std::make_unique<renewals::StaleCursor>(schedule_->from(start), start > 0 ? 0 : workers_);
}

}  // namespace acidsim
