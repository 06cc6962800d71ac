#include "sim/timing/schedule.hpp"

#include <algorithm>

namespace acidsim {

std::vector<Event> events_between(const Schedule& schedule, double t0, double t1) {
  std::vector<Event> events;
  const auto cursor = schedule.from(t0);
  for (auto block = cursor->next(); !block.empty(); block = cursor->next()) {
    const auto last = std::partition_point(block.begin(), block.end(),
                                           [&](const Event& event) { return event.time <= t1; });
    events.insert(events.end(), block.begin(), last);
    if (last != block.end()) break;
  }
  return events;
}

}  // namespace acidsim
