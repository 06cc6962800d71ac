#include "sim/timing/merged_cursor.hpp"

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
      events[k] = {times[k], clocks[k], clocks[k], clocks[k], Verb::gradient};
    return true;
  }

 private:
  const PoissonProcess& process_;
  std::uint64_t window_;
  PoissonProcess::Window points_;
};

// What is left of the window at hand.
class WindowReader {
 public:
  WindowReader(std::unique_ptr<EventWindows> windows, double start)
      : windows_(std::move(windows)), start_(start) {}

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

// For numbers ≥ 0 the bits compare like the numbers, in a third of the time.
bool earlier(const Event& a, const Event& b) {
  return std::bit_cast<std::int64_t>(a.time) < std::bit_cast<std::int64_t>(b.time);
}

// Merges two ordered runs into `out`; returns its end. On equal times `a` goes first: its clocks are the
// smaller ones. Each choice is arithmetic, because as a branch it could not be predicted, and waits for the
// one before it; so two merges run side by side, one from the front and one from the back.
Event* merge(std::span<const Event> a, std::span<const Event> b, Event* out) {
  const Event *a_front = a.data(), *b_front = b.data();
  const Event *a_back = a_front + a.size(), *b_back = b_front + b.size();  // one beyond the last
  Event *front = out, *back = out + (a.size() + b.size()), *const end = back;
  // So many steps from each side cannot use up a run.
  while (const auto steps = std::min(a_back - a_front, b_back - b_front) / 2) {
    for (std::ptrdiff_t s = 0; s < steps; ++s) {
      const bool take_b = earlier(*b_front, *a_front);
      *front++ = *(take_b ? b_front : a_front);
      a_front += !take_b;
      b_front += take_b;
      const bool take_a = earlier(b_back[-1], a_back[-1]);
      a_back -= take_a;
      b_back -= !take_a;
      *--back = *(take_a ? a_back : b_back);
    }
  }
  while (a_front != a_back && b_front != b_back)
    *front++ = earlier(*b_front, *a_front) ? *b_front++ : *a_front++;
  front = std::copy(a_front, a_back, front);
  std::copy(b_front, b_back, front);
  return end;
}

class MergedCursor final : public EventCursor {
 public:
  MergedCursor(std::unique_ptr<EventWindows> first, std::unique_ptr<EventWindows> second, double start)
      : first_(std::move(first), start), second_(std::move(second), start) {}

  std::span<const Event> next() override {
    const auto a = first_.rest(), b = second_.rest();
    if (a.empty() || b.empty()) return a.empty() ? take_all(second_, b) : take_all(first_, a);
    // All of the run that ends first, and of the other what comes before that end.
    const bool a_ends_first = !earlier(b.back(), a.back());
    const auto beyond = [](std::span<const Event> run, const auto& is_before) {
      return run.first(
          static_cast<std::size_t>(std::partition_point(run.begin(), run.end(), is_before) - run.begin()));
    };
    const auto from_a =
        a_ends_first ? a : beyond(a, [&](const Event& event) { return !earlier(b.back(), event); });
    const auto from_b =
        a_ends_first ? beyond(b, [&](const Event& event) { return earlier(event, a.back()); }) : b;
    if (block_.size() < from_a.size() + from_b.size()) block_.resize(from_a.size() + from_b.size());
    const Event* const end = merge(from_a, from_b, block_.data());
    first_.advance_to(a.data() + from_a.size());
    second_.advance_to(b.data() + from_b.size());
    return {block_.data(), end};
  }

 private:
  static std::span<const Event> take_all(WindowReader& run, std::span<const Event> rest) {
    run.advance_to(rest.data() + rest.size());
    return rest;
  }

  WindowReader first_, second_;
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
