// Messages that are under way between a send and its receive.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "sim/timing/schedule.hpp"

namespace acidsim {

// Walks a schedule whose messages take time, and counts those that arrive; one that is repeated counts twice.
class Flights {
 public:
  // workers + e is the clock of edge e < edges. links: directions along edges in which messages can go.
  Flights(std::unique_ptr<EventCursor> cursor, Worker workers, std::size_t edges, std::size_t links);

  // Goes on to this time, which must not be before the last one. What happens at the time itself counts.
  void advance(double time);

  std::uint64_t messages() const { return messages_; }  // under way now
  // Over the time up to now; 0 at time 0.
  struct Means {
    double messages = 0;     // under way
    double utilisation = 0;  // share of the links that carry a message
  };
  Means means() const;

 private:
  void take(const Event& event);
  void spend(double time);

  std::unique_ptr<EventCursor> cursor_;
  std::span<const Event> events_;  // that have not come yet
  bool ended_ = false;
  Worker workers_;
  double links_;
  double time_ = 0;
  std::uint64_t messages_ = 0, busy_ = 0;
  std::vector<std::uint32_t> carried_;       // by each edge from i to j, i < j, and then from j to i
  double message_time_ = 0, busy_time_ = 0;  // integrals up to now
};

}  // namespace acidsim
