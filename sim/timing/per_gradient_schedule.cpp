#include "sim/timing/per_gradient_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>
#include <queue>

#include "sim/core/error.hpp"
#include "sim/timing/clock_checks.hpp"

namespace acidsim {

class PerGradientSchedule::Cursor final : public EventCursor {
 public:
  Cursor(const PerGradientSchedule& schedule, double start)
      : schedule_(schedule), start_(start), computed_(schedule.durations_.workers(), 0) {
    for (Worker worker = 0; worker < computed_.size(); ++worker) compute(worker, 0);
  }

  std::span<const Event> next() override {
    constexpr std::size_t block = 1024;  // events
    events_.clear();
    while (events_.size() < block && !coming_.empty()) {
      const Event event = coming_.top();
      coming_.pop();
      if (event.verb == Verb::gradient) compute(event.i, event.time);
      if (event.time >= start_ && (event.verb == Verb::exchange || schedule_.trains_))
        events_.push_back(event);
    }
    return events_;
  }

 private:
  struct Later {
    bool operator()(const Event& a, const Event& b) const { return before(b, a); }
  };

  // The worker begins a gradient: when it lands, and the exchanges meanwhile.
  void compute(Worker worker, double now) {
    const std::uint64_t number = computed_[worker]++;
    const double duration = schedule_.durations_(worker, number, now);
    if (duration == infinity) return;  // it never comes back
    coming_.push({now + duration, worker, worker, worker, Verb::gradient});
    const auto own =
        std::span(schedule_.choices_)
            .subspan(schedule_.starts_[worker], schedule_.starts_[worker + 1] - schedule_.starts_[worker]);
    if (own.empty()) return;
    const double total = own.back().up_to;
    const Presence* const presence = schedule_.durations_.presence().get();
    const double there = presence != nullptr ? presence->time_there(worker, now, now + duration) : duration;
    Draws draws(Stream(schedule_.seed_, Purpose::averagings, worker), number);
    for (std::uint64_t left = exchanges(draws, number, total / 2 / schedule_.durations_.rate(worker));
         left > 0; --left) {
      const double after = there * draws.uniform();
      const double time = presence != nullptr ? presence->time_after(worker, now, after) : now + after;
      const double place = total * draws.uniform();
      const auto found = std::lower_bound(own.begin(), own.end() - 1, place,
                                          [](const Choice& choice, double at) { return choice.up_to < at; });
      const Edge& edge = schedule_.edges_[found->edge];
      coming_.push(
          {time, edge.i, edge.j, static_cast<std::uint32_t>(computed_.size()) + found->edge, Verb::exchange});
    }
  }

  std::uint64_t exchanges(Draws& draws, std::uint64_t number, double mean) const {
    if (schedule_.count_ == Count::deterministic) {
      const auto k = static_cast<double>(number);
      return static_cast<std::uint64_t>(std::floor((k + 1) * mean) - std::floor(k * mean));
    }
    std::uint64_t count = 0;  // points of a Poisson process up to the mean
    for (double at = draws.exponential(); at < mean; at += draws.exponential()) ++count;
    return count;
  }

  const PerGradientSchedule& schedule_;
  double start_;
  std::vector<std::uint64_t> computed_;  // gradients begun, per worker
  std::priority_queue<Event, std::vector<Event>, Later> coming_;
  std::vector<Event> events_;
};

PerGradientSchedule::PerGradientSchedule(std::uint64_t seed, GradientDurations durations,
                                         std::vector<Edge> edges, Count count, bool trains)
    : seed_(seed),
      durations_(std::move(durations)),
      edges_(std::move(edges)),
      count_(count),
      trains_(trains),
      starts_(durations_.workers() + std::size_t{1}, 0) {
  constexpr double most = 1e6;  // exchanges of a gradient
  for (const Edge& edge : edges_) {
    if (!(edge.i < edge.j && edge.j < durations_.workers()))
      throw InputError("topology", "not an edge between two workers", fmt::format("{}-{}", edge.i, edge.j),
                       fmt::format("i < j < {}", durations_.workers()));
    if (!is_rate(edge.rate))
      refuse_rate("communication_rate", fmt::format("edge {}-{}", edge.i, edge.j), edge.rate);
    communication_rate_ += edge.rate;
    if (edge.rate == 0) continue;
    ++starts_[edge.i + 1];
    ++starts_[edge.j + 1];
  }
  if (!trains && communication_rate_ == 0) refuse_all_rates_zero();
  std::partial_sum(starts_.begin(), starts_.end(), starts_.begin());
  choices_.resize(starts_.back());
  std::vector<std::size_t> next(starts_.begin(), starts_.end() - 1);
  for (std::uint32_t e = 0; e < edges_.size(); ++e)
    for (const Worker end : {edges_[e].i, edges_[e].j}) {
      if (edges_[e].rate == 0) continue;
      const std::size_t at = next[end]++;
      choices_[at] = {(at > starts_[end] ? choices_[at - 1].up_to : 0.0) + edges_[e].rate, e};
    }
  for (Worker worker = 0; worker < durations_.workers(); ++worker)
    if (starts_[worker] != starts_[worker + 1] &&
        choices_[starts_[worker + 1] - 1].up_to / durations_.rate(worker) > most)
      throw InputError("communication_rate", "too many averagings for each gradient",
                       fmt::format("{:g}", choices_[starts_[worker + 1] - 1].up_to / durations_.rate(worker)),
                       fmt::format("at most {:g}", most));
}

std::unique_ptr<EventCursor> PerGradientSchedule::from(double start) const {
  return std::make_unique<Cursor>(*this, start);
}

}  // namespace acidsim
