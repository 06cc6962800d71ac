#include "sim/timing/flights.hpp"

#include <algorithm>

namespace acidsim {

Flights::Flights(std::unique_ptr<EventCursor> cursor, Worker workers, std::size_t edges, std::size_t links)
    : cursor_(std::move(cursor)),
      workers_(workers),
      links_(static_cast<double>(std::max<std::size_t>(links, 1))),
      carried_(2 * edges) {}

void Flights::advance(double time) {
  for (;;) {
    if (events_.empty() && !ended_) {
      events_ = cursor_->next();
      ended_ = events_.empty();
    }
    if (events_.empty() || events_.front().time > time) break;
    take(events_.front());
    events_ = events_.subspan(1);
  }
  spend(time);
}

void Flights::take(const Event& event) {
  if (event.verb != Verb::send && event.verb != Verb::receive) return;
  spend(event.time);
  const bool leaves = event.verb == Verb::send;
  const Fate fate = leaves ? event.fate() : Fate::arrives;
  if (fate == Fate::lost) return;                      // when it is lost is not known
  const bool upwards = leaves == (event.i < event.j);  // from the lower worker to the higher one
  std::uint32_t& carried = carried_[2 * std::size_t{event.clock - workers_} + (upwards ? 0 : 1)];
  if (leaves) {
    const std::uint32_t copies = fate == Fate::repeated ? 2 : 1;
    messages_ += copies;
    busy_ += carried == 0;
    carried += copies;
  } else {
    --messages_;
    busy_ -= --carried == 0;
  }
}

void Flights::spend(double time) {
  message_time_ += static_cast<double>(messages_) * (time - time_);
  busy_time_ += static_cast<double>(busy_) * (time - time_);
  time_ = time;
}

Flights::Means Flights::means() const {
  if (time_ == 0) return {};
  return {message_time_ / time_, busy_time_ / (time_ * links_)};
}

}  // namespace acidsim
