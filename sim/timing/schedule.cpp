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

void show_first_events(const Schedule& schedule, std::uint64_t count, const ShowEvents& show) {
  const auto cursor = schedule.from(0.0);
  while (count > 0) {
    auto events = cursor->next();
    if (events.empty()) return;
    events = events.first(std::min<std::uint64_t>(events.size(), count));
    const std::span<const double> times = cursor->run_times();
    show(events, times.empty() ? times : times.first(events.size()));
    count -= events.size();
  }
}

}  // namespace acidsim
