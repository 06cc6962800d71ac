#include "sim/events/merged_cursor.hpp"

#include <algorithm>
#include <bit>
#include <span>
#include <utility>

namespace acidsim {
namespace {

class GradientWindows final : public EventWindows {
 public:
  GradientWindows(const PoissonProcess& process, double start)
      : process_(process),
        window_(process.rate() > 0 ? process.window_of(start) : PoissonProcess::window_limit) {}

  bool next(std::vector<Event>& events) override {
    if (window_ >= PoissonProcess::window_limit) return false;
    process_.generate(window_++, points_);
    const auto& [times, clocks] = points_;
    events.resize(times.size());
    for (std::size_t k = 0; k < times.size(); ++k)
      events[k] = {times[k], clocks[k], clocks[k], clocks[k], EventKind::gradient};
    return true;
  }

 private:
  const PoissonProcess& process_;
  std::uint64_t window_;
  PoissonProcess::Window points_;
};

// What is left of the window at hand.
class Rest {
 public:
  Rest(std::unique_ptr<EventWindows> windows, double start) : windows_(std::move(windows)), start_(start) {}

  // The rest of the window, or all of the next one; empty = no more events ever.
  std::span<const Event> rest() {
    while (rest_.empty() && windows_->next(events_)) {
      const auto dropped = std::partition_point(events_.begin(), events_.end(),
                                                [&](const Event& event) { return event.time < start_; });
      rest_ = {dropped, events_.end()};
    }
    return rest_;
  }
  void advance_to(const Event* event) { rest_ = {event, rest_.data() + rest_.size()}; }

 private:
  std::unique_ptr<EventWindows> windows_;
  double start_;
  std::vector<Event> events_;  // of the window at hand
  std::span<const Event> rest_;
};

// Merges two ordered runs into `out` until one is used up. On equal times the first run goes first: its
// clocks are the smaller ones. The choice is arithmetic, because as a branch it could not be predicted, and
// it waits for the choice before it, so it compares bits: for numbers ≥ 0 that is the same and takes a third
// of the time.
Event* merge(const Event*& a, const Event* a_end, const Event*& b, const Event* b_end, Event* out) {
  const Event *first = a, *second = b;
  while (first != a_end && second != b_end) {
    const bool take_second =
        std::bit_cast<std::int64_t>(second->time) < std::bit_cast<std::int64_t>(first->time);
    *out++ = *(take_second ? second : first);
    first += !take_second;
    second += take_second;
  }
  a = first;
  b = second;
  return out;
}

class MergedCursor final : public EventCursor {
 public:
  MergedCursor(std::unique_ptr<EventWindows> first, std::unique_ptr<EventWindows> second, double start)
      : first_(std::move(first), start), second_(std::move(second), start) {}

  std::span<const Event> next() override {
    const auto a = first_.rest(), b = second_.rest();
    if (a.empty() || b.empty()) return a.empty() ? take_all(second_, b) : take_all(first_, a);
    if (block_.size() < a.size() + b.size()) block_.resize(a.size() + b.size());
    const Event *a_next = a.data(), *b_next = b.data();
    const Event* end = merge(a_next, a_next + a.size(), b_next, b_next + b.size(), block_.data());
    first_.advance_to(a_next);
    second_.advance_to(b_next);
    return {block_.data(), end};
  }

 private:
  static std::span<const Event> take_all(Rest& run, std::span<const Event> rest) {
    run.advance_to(rest.data() + rest.size());
    return rest;
  }

  Rest first_, second_;
  std::vector<Event> block_;
};

}  // namespace

std::unique_ptr<EventWindows> gradient_windows(const PoissonProcess& gradients, double start) {
  return std::make_unique<GradientWindows>(gradients, start);
}

std::unique_ptr<EventCursor> merged_cursor(std::unique_ptr<EventWindows> first,
                                           std::unique_ptr<EventWindows> second, double start) {
  return std::make_unique<MergedCursor>(std::move(first), std::move(second), start);
}

}  // namespace acidsim
