#include "sim/timing/directed_schedule.hpp"

#include <bit>

#include "sim/core/random.hpp"

namespace acidsim {
namespace {

class DirectedCursor final : public EventCursor {
 public:
  DirectedCursor(std::uint64_t seed, std::unique_ptr<EventCursor> pairs, Worker workers,
                 std::span<const std::uint8_t> ways, const MessageFates& fates)
      : seed_(seed), pairs_(std::move(pairs)), workers_(workers), ways_(ways), fates_(fates) {}

  std::span<const Event> next() override {
    events_.clear();
    for (const Event& event : pairs_->next()) {
      if (event.verb != Verb::exchange) {
        events_.push_back(event);
        continue;
      }
      // The draw is addressed by the clock and the time of the event, so that it needs no count of earlier
      // ones.
      const Stream draws(seed_, Purpose::message_directions, event.clock);
      const unsigned way = ways_.empty() ? 3 : ways_[event.clock - workers_];
      const bool drawn = (draws.bits(std::bit_cast<std::uint64_t>(event.time)).first & 1) != 0;
      const bool upwards = way == 3 ? drawn : way == 1;
      const Worker from = upwards ? event.i : event.j, to = upwards ? event.j : event.i;
      const Fate fate = fates_.of(event.clock, event.time);
      events_.push_back({event.time, from, to, event.clock, Verb::send, 0, static_cast<std::uint16_t>(fate)});
      if (fate != Fate::lost) events_.push_back({event.time, to, from, event.clock, Verb::receive, 1});
      if (fate == Fate::repeated) events_.push_back({event.time, to, from, event.clock, Verb::receive});
    }
    return events_;
  }

 private:
  std::uint64_t seed_;
  std::unique_ptr<EventCursor> pairs_;
  Worker workers_;
  std::span<const std::uint8_t> ways_;
  MessageFates fates_;
  std::vector<Event> events_;
};

}  // namespace

std::unique_ptr<EventCursor> DirectedSchedule::from(double start) const {
  return std::make_unique<DirectedCursor>(seed_, pairs_->from(start), workers_, ways_, fates_);
}

}  // namespace acidsim
