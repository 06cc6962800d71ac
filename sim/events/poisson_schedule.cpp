#include "sim/events/poisson_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

using Pair = PoissonSchedule::Pair;

constexpr double smallest_total = 1e-100, largest_total = 1e100;  // what PoissonProcess takes

[[noreturn]] void refuse_rate(const char* place, const std::string& whose, double rate) {
  throw InputError(place, fmt::format("the rate of {} is negative or not finite", whose),
                   fmt::format("{}", rate), "rates are events per unit time, 0 = never");
}

void check_total(const char* place, const std::vector<double>& rates) {
  double total = 0;
  for (const double rate : rates) total += rate;
  if (total == 0 || (total >= smallest_total && total <= largest_total)) return;
  throw InputError(place, "the sum of the rates is out of range", fmt::format("{}", total),
                   fmt::format("all 0, or a sum from {} to {}", smallest_total, largest_total));
}

const std::vector<double>& checked(const std::vector<double>& gradient_rates) {
  for (std::size_t i = 0; i < gradient_rates.size(); ++i) {
    const double rate = gradient_rates[i];
    if (!(rate >= 0 && rate < infinity)) refuse_rate("gradient_rate", fmt::format("worker {}", i), rate);
  }
  check_total("gradient_rate", gradient_rates);
  return gradient_rates;
}

std::vector<double> checked_rates(const std::vector<Edge>& edges) {
  std::vector<double> rates;
  rates.reserve(edges.size());
  for (const auto& [i, j, rate] : edges) {
    if (!(rate >= 0 && rate < infinity))
      refuse_rate("communication_rate", fmt::format("edge {}-{}", i, j), rate);
    rates.push_back(rate);
  }
  check_total("communication_rate", rates);
  return rates;
}

std::size_t count_workers(const std::vector<double>& gradient_rates, const std::vector<Edge>& edges) {
  if (!gradient_rates.empty()) return gradient_rates.size();
  std::size_t workers = 0;
  for (const Edge& edge : edges) workers = std::max<std::size_t>(workers, std::size_t{edge.j} + 1);
  return workers;
}

std::vector<Pair> checked_pairs(const std::vector<Edge>& edges, std::size_t workers) {
  if (workers + edges.size() > std::numeric_limits<std::uint32_t>::max())
    throw InputError("topology", "too many clocks",
                     fmt::format("{} workers, {} edges", workers, edges.size()),
                     "at most 2^32 − 1 workers and edges together");
  std::vector<Pair> pairs;
  pairs.reserve(edges.size());
  for (const auto& [i, j, rate] : edges) {
    if (i >= j || j >= workers)
      throw InputError("topology", "an edge is not a pair of workers i < j", fmt::format("{}-{}", i, j),
                       fmt::format("there are {} workers, counted from 0", workers));
    pairs.push_back({i, j});
  }
  return pairs;
}

// The events of one process, window after window.
class Walker {
 public:
  // pairs: of the clocks in order; none for the gradient process, whose clocks are the workers themselves.
  Walker(const PoissonProcess& process, std::uint32_t first_clock, const Pair* pairs, double start)
      : process_(process), first_clock_(first_clock), pairs_(pairs) {
    if (process_.rate() == 0) return;
    next_window_ = process_.window_of(start);
    refill();
    const auto dropped = std::partition_point(rest_.begin(), rest_.end(),
                                              [&](const Event& event) { return event.time < start; });
    rest_ = {dropped, rest_.end()};
  }

  Walker(Walker&&) = default;  // not copied: rest_ points into events_

  // What is left of the window at hand, or all of the next one; empty = no more events ever.
  std::span<const Event> rest() {
    if (rest_.empty()) refill();
    return rest_;
  }
  void advance_to(const Event* event) { rest_ = {event, rest_.data() + rest_.size()}; }

 private:
  void refill() {
    if (next_window_ >= PoissonProcess::window_limit) return;
    process_.generate(next_window_++, window_);
    const auto& [times, clocks] = window_;
    events_.resize(times.size());
    if (pairs_) {
      for (const std::uint32_t clock : clocks)
        __builtin_prefetch(&pairs_[clock]);  // for graphs beyond the cache
      for (std::size_t k = 0; k < times.size(); ++k) {
        const Pair pair = pairs_[clocks[k]];
        events_[k] = {times[k], pair.i, pair.j, first_clock_ + clocks[k], EventKind::communication};
      }
    } else {
      for (std::size_t k = 0; k < times.size(); ++k)
        events_[k] = {times[k], clocks[k], clocks[k], clocks[k], EventKind::gradient};
    }
    rest_ = events_;
  }

  const PoissonProcess& process_;
  std::uint32_t first_clock_;
  const Pair* pairs_;
  std::uint64_t next_window_ = PoissonProcess::window_limit;
  PoissonProcess::Window window_;
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

class PoissonCursor : public EventCursor {
 public:
  PoissonCursor(Walker gradients, Walker communications)
      : gradients_(std::move(gradients)), communications_(std::move(communications)) {}

  std::span<const Event> next() override {
    const auto a = gradients_.rest(), b = communications_.rest();
    if (a.empty() || b.empty()) return a.empty() ? take_all(communications_, b) : take_all(gradients_, a);
    if (block_.size() < a.size() + b.size()) block_.resize(a.size() + b.size());
    const Event *a_next = a.data(), *b_next = b.data();
    const Event* end = merge(a_next, a_next + a.size(), b_next, b_next + b.size(), block_.data());
    gradients_.advance_to(a_next);
    communications_.advance_to(b_next);
    return {block_.data(), end};
  }

 private:
  static std::span<const Event> take_all(Walker& walker, std::span<const Event> rest) {
    walker.advance_to(rest.data() + rest.size());
    return rest;
  }

  Walker gradients_, communications_;
  std::vector<Event> block_;
};

}  // namespace

PoissonSchedule::PoissonSchedule(std::uint64_t seed, const std::vector<double>& gradient_rates,
                                 const std::vector<Edge>& edges)
    : workers_(static_cast<Worker>(count_workers(gradient_rates, edges))),
      pairs_(checked_pairs(edges, count_workers(gradient_rates, edges))),
      gradients_(Stream(seed, Purpose::gradient_clocks), checked(gradient_rates)),
      communications_(Stream(seed, Purpose::communication_clocks), checked_rates(edges)) {
  if (gradient_rate() + communication_rate() == 0)
    throw InputError("timing", "nothing could ever happen", "every rate is 0",
                     "give some worker or some edge a positive rate");
}

std::unique_ptr<EventCursor> PoissonSchedule::from(double start) const {
  return std::make_unique<PoissonCursor>(Walker(gradients_, 0, nullptr, start),
                                         Walker(communications_, workers_, pairs_.data(), start));
}

}  // namespace acidsim
