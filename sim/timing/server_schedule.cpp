#include "sim/timing/server_schedule.hpp"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>

namespace acidsim {
namespace {

// The rounds of ringleader: whose gradients are in the table, and who has made its step.
class Table {
 public:
  explicit Table(Worker workers)
      : missing_(workers), to_step_(workers), entered_(workers), stepped_(workers) {}

  Meeting meet(Worker worker) {
    if (stepped_[worker] != 0) {
      ++entered_[worker];
      return Meeting::collected_next;
    }
    if (entered_[worker]++ == 0) --missing_;
    return missing_ > 0 ? Meeting::collected : step(worker);
  }

  // As how manyth the last gradient of a worker entered; call it before meet().
  std::uint16_t next_number(Worker worker) const {
    const std::uint64_t number = entered_[worker] + 1;
    return number <= std::numeric_limits<std::uint16_t>::max() ? static_cast<std::uint16_t>(number) : 0;
  }

 private:
  Meeting step(Worker worker) {
    entered_[worker] = 0;
    stepped_[worker] = 1;
    if (--to_step_ > 0) return Meeting::applied;
    to_step_ = static_cast<Worker>(stepped_.size());
    std::fill(stepped_.begin(), stepped_.end(), char{0});
    missing_ = static_cast<Worker>(std::count(entered_.begin(), entered_.end(), 0));
    return Meeting::applied_last;
  }

  Worker missing_;  // workers without an entry in the table of this round
  Worker to_step_;  // workers that have no step in this round yet
  std::vector<std::uint64_t>
      entered_;                // per worker: gradients in its entry, of the next round once it has stepped
  std::vector<char> stepped_;  // per worker: it has made its step in this round
};

// What the server knows of its workers, and what comes of each arrival.
class Server {
 public:
  Server(Worker workers, const ServerProtocol& protocol)
      : workers_(workers), protocol_(protocol), copies_(workers, 0), table_(workers) {
    if (!protocol.stops) return;
    for (Worker i = 0; i < workers; ++i) ages_.emplace(0, i);
  }

  // Adds the events of an arrival.
  void arrive(Event gradient, std::vector<Event>& events) {
    const Worker worker = gradient.i;
    const std::uint64_t delay = steps_ - copies_[worker];
    gradient.clock = static_cast<std::uint32_t>(delay);
    if (protocol_.rule == ServerRule::ringleader) gradient.number = table_.next_number(worker);
    const Meeting meeting = meet(worker, delay);
    events.push_back(gradient);
    add_exchange(gradient.time, worker, meeting, events);
    if (meeting == Meeting::applied || meeting == Meeting::applied_last) ++steps_;
    if (meeting == Meeting::collected || meeting == Meeting::collected_next) return;
    renew(worker);
    if (protocol_.stops) stop_old(gradient.time, events);
  }

 private:
  Meeting meet(Worker worker, std::uint64_t delay) {
    switch (protocol_.rule) {
      case ServerRule::plain:
      case ServerRule::delay_adaptive:
        return Meeting::applied;
      case ServerRule::ringmaster:
        return delay >= protocol_.delay_threshold ? Meeting::ignored : Meeting::applied;
      case ServerRule::rennala:
        if (delay > 0) return Meeting::ignored;
        if (++collected_ < protocol_.batch) return Meeting::collected;
        collected_ = 0;
        return Meeting::applied;
      case ServerRule::ringleader:
        return table_.meet(worker);
    }
    return Meeting::ignored;
  }

  // The worker gets a copy of the model.
  void renew(Worker worker) {
    if (protocol_.stops) {
      ages_.erase({copies_[worker], worker});
      ages_.emplace(steps_, worker);
    }
    copies_[worker] = steps_;
  }

  // Those whose gradients have reached delay R begin anew.
  void stop_old(double time, std::vector<Event>& events) {
    while (steps_ - ages_.begin()->first >= protocol_.delay_threshold) {
      const Worker worker = ages_.begin()->second;
      add_exchange(time, worker, Meeting::restarted, events);
      renew(worker);
    }
  }

  void add_exchange(double time, Worker worker, Meeting meeting, std::vector<Event>& events) const {
    events.push_back(
        {time, worker, workers_, Event::no_edge, Verb::exchange, 0, static_cast<std::uint16_t>(meeting)});
  }

  Worker workers_;
  ServerProtocol protocol_;
  std::uint64_t steps_ = 0;            // of the server
  std::vector<std::uint64_t> copies_;  // per worker: steps of the server before it got its copy of the model
  std::set<std::pair<std::uint64_t, Worker>>
      ages_;                     // the same, the oldest first; kept where gradients are stopped
  std::uint64_t collected_ = 0;  // rennala: gradients since the last step
  Table table_;                  // ringleader
};

class ServerCursor final : public EventCursor {
 public:
  ServerCursor(std::unique_ptr<EventCursor> arrivals, const Server& server, double start)
      : arrivals_(std::move(arrivals)), server_(server), start_(start) {}

  std::span<const Event> next() override {
    events_.clear();
    while (events_.empty()) {
      const std::span<const Event> block = arrivals_->next();
      if (block.empty()) break;
      for (const Event& event : block)
        if (event.verb == Verb::gradient) server_.arrive(event, events_);
      std::erase_if(events_, [this](const Event& event) { return event.time < start_; });
    }
    return events_;
  }

 private:
  std::unique_ptr<EventCursor> arrivals_;
  Server server_;
  double start_;
  std::vector<Event> events_;
};

}  // namespace

std::unique_ptr<EventCursor> ServerSchedule::from(double start) const {
  return std::make_unique<ServerCursor>(arrivals_->from(0), Server(workers_, protocol_), start);
}

GradientShare ServerSchedule::share_of(const Event& gradient) const {
  const auto n = static_cast<double>(workers_);
  switch (protocol_.rule) {
    case ServerRule::delay_adaptive:
      return {.step = n / std::max(n, static_cast<double>(gradient.clock))};
    case ServerRule::rennala:
      return {.step = 1 / static_cast<double>(protocol_.batch)};
    case ServerRule::ringleader:
      return {.step = 1 / n, .part = gradient.number == 0 ? 0.0 : 1.0 / gradient.number};
    default:
      return {};
  }
}

}  // namespace acidsim
