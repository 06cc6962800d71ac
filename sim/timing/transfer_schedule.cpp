#include "sim/timing/transfer_schedule.hpp"

#include <algorithm>
#include <functional>
#include <queue>
#include <vector>

namespace acidsim {

class TransferSchedule::Cursor final : public EventCursor {
 public:
  Cursor(const TransferSchedule& schedule, double start)
      : schedule_(schedule),
        start_(start),
        events_given_(schedule.schedule_->from(0)),
        sent_(schedule.edges_, 0),
        edge_free_(schedule.edges_, 0.0),
        card_free_(schedule.workers_, 0.0) {}

  std::span<const Event> next() override {
    do {
      events_.clear();
      const std::span<const Event> block = events_given_->next();
      if (block.empty() && under_way_.empty()) return {};
      for (const Event& event : block) {
        arrive(event.time);
        take(event);
      }
      if (block.empty()) arrive(infinity);
      std::erase_if(events_, [this](const Event& event) { return event.time < start_; });
    } while (events_.empty());
    return events_;
  }

 private:
  struct Part {
    double time;
    std::uint64_t order;
    Event event;
    bool operator>(const Part& other) const {
      return time != other.time ? time > other.time : order > other.order;
    }
  };

  void take(const Event& event) {
    if (event.verb == Verb::exchange) {
      const double time = depart(event, true);
      add(event.time, time, event, Verb::send);
      add(event.time, time, {event.time, event.j, event.i, event.clock}, Verb::send);
      const double arrival = edge_free_[edge_of(event)];
      add(event.time, arrival, event, Verb::receive);
      Event last{event.time, event.j, event.i, event.clock};
      last.completes = 1;
      add(event.time, arrival, last, Verb::receive);
    } else if (event.verb == Verb::send) {
      add(event.time, depart(event, false), event, Verb::send);
      Event landing{event.time, event.j, event.i, event.clock};
      landing.completes = 1;
      if (event.fate() != Fate::lost) add(event.time, edge_free_[edge_of(event)], landing, Verb::receive);
      if (event.fate() != Fate::repeated) return;
      depart(event, false);
      landing.completes = 0;
      add(event.time, edge_free_[edge_of(event)], landing, Verb::receive);
    } else if (event.verb != Verb::receive) {
      events_.push_back(event);
    }
  }

  std::uint32_t edge_of(const Event& event) const { return event.clock - schedule_.workers_; }

  // When the messages of an event leave; until they have arrived their edge is taken, and both cards.
  double depart(const Event& event, bool both_ways) {
    const std::uint32_t edge = edge_of(event);
    const Transfers& transfers = schedule_.transfers_;
    double time = std::max(event.time, edge_free_[edge]);
    if (transfers.shared_card()) time = std::max({time, card_free_[event.i], card_free_[event.j]});
    const std::uint64_t number = sent_[edge]++;
    const double arrival = time + (both_ways ? transfers.exchange(edge, number, schedule_.bytes_)
                                             : transfers.message(edge, number, schedule_.bytes_));
    edge_free_[edge] = card_free_[event.i] = card_free_[event.j] = arrival;
    return time;
  }

  // A part of what leaves: at once, or later.
  void add(double now, double time, Event event, Verb verb) {
    event.time = time;
    event.verb = verb;
    if (time == now)
      events_.push_back(event);
    else
      under_way_.push({time, order_++, event});
  }

  // What happens up to a time.
  void arrive(double time) {
    while (!under_way_.empty() && under_way_.top().time <= time) {
      events_.push_back(under_way_.top().event);
      under_way_.pop();
    }
  }

  const TransferSchedule& schedule_;
  double start_;
  std::unique_ptr<EventCursor> events_given_;
  std::vector<std::uint64_t> sent_;            // per edge
  std::vector<double> edge_free_, card_free_;  // from when on, per edge and per worker
  std::priority_queue<Part, std::vector<Part>, std::greater<>> under_way_;
  std::uint64_t order_ = 0;
  std::vector<Event> events_;
};

std::unique_ptr<EventCursor> TransferSchedule::from(double start) const {
  return std::make_unique<Cursor>(*this, start);
}

}  // namespace acidsim
