#include "sim/live/live_schedule.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

class LiveCursor final : public EventCursor {
 public:
  LiveCursor(std::span<const Event> events, std::span<const double> times) : events_(events), times_(times) {}

  std::span<const Event> next() override {
    events_ = events_.subspan(given_);
    times_ = times_.subspan(given_);
    given_ = std::min<std::size_t>(events_.size(), 4096);
    return events_.first(given_);
  }
  std::span<const double> run_times() const override { return times_.first(given_); }

 private:
  std::span<const Event> events_;  // what was given last, and the rest
  std::span<const double> times_;
  std::size_t given_ = 0;
};

}  // namespace

LiveSchedule::LiveSchedule(const LiveTrace& trace, std::span<const Edge> edges, std::string_view place) {
  std::unordered_map<std::uint64_t, std::uint32_t> clocks;
  for (std::size_t e = 0; e < edges.size(); ++e)
    clocks.emplace(pair_key(edges[e].i, edges[e].j), static_cast<std::uint32_t>(trace.workers.size() + e));
  std::set<std::uint64_t> half_done;  // exchanges of which one side has received
  // Messages by sender and receiver: how many were sent, and the number of each exchange's. Hosts' clocks differ a
  // little, so that the next one may be sent before the last one has landed.
  std::map<std::pair<Worker, Worker>, std::uint64_t> sent;
  std::map<std::pair<std::uint64_t, Worker>, std::uint64_t> number_of;  // by exchange and sender
  std::size_t gradients = 0, communications = 0;
  for (const LiveStep& step : merged(trace, place)) {
    const LiveOperation& operation = *step.operation;
    Event event{operation.time, step.worker, step.worker, step.worker, operation.verb};
    if (operation.verb == Verb::send || operation.verb == Verb::receive) {
      event.j = operation.peer;
      event.clock = clocks.at(pair_key(event.i, event.j));
    }
    if (operation.verb == Verb::send) number_of[{operation.exchange, event.i}] = ++sent[{event.i, event.j}];
    if (operation.verb == Verb::receive) {
      const std::uint64_t later = sent[{event.j, event.i}] - number_of.at({operation.exchange, event.j});
      if (later > std::numeric_limits<std::uint8_t>::max())
        throw InputError(std::string(place), "an exchange ends long after others of the same pair began",
                         fmt::format("exchange {}", operation.exchange),
                         "a trace that a live run wrote, unchanged");
      event.number = static_cast<std::uint16_t>(later);
      number_of.erase({operation.exchange, event.j});
      if (!half_done.insert(operation.exchange).second) {
        half_done.erase(operation.exchange);
        event.completes = 1;
        ++communications;
      }
    }
    gradients += operation.verb == Verb::step;
    events_.push_back(event);
    times_.push_back(step.wall);
  }
  if (times_.empty() || times_.back() == 0) return;
  gradient_rate_ = static_cast<double>(gradients) / times_.back();
  communication_rate_ = static_cast<double>(communications) / times_.back();
}

std::unique_ptr<EventCursor> LiveSchedule::from(double start) const {
  const auto first =
      static_cast<std::size_t>(std::lower_bound(times_.begin(), times_.end(), start) - times_.begin());
  return std::make_unique<LiveCursor>(std::span(events_).subspan(first), std::span(times_).subspan(first));
}

}  // namespace acidsim
