// Gradients that come to a server, and the server's model, on the problem of the trajectories.
#pragma once

#include <algorithm>
#include <cmath>

#include "sim/timing/trace_schedule.hpp"
#include "tests/engine/rivals.hpp"

namespace acidsim {

// The first `count` arrivals of workers whose gradients always take √(i + 1), ties in order of worker.
inline std::unique_ptr<Schedule> fixed_durations(std::size_t count) {
  std::vector<double> next(rival_workers);
  for (Worker i = 0; i < rival_workers; ++i) next[i] = std::sqrt(i + 1.0);
  std::vector<Event> events;
  while (events.size() < count) {
    const auto i = static_cast<Worker>(std::min_element(next.begin(), next.end()) - next.begin());
    events.push_back(gradient_event(next[i], i));
    next[i] += std::sqrt(i + 1.0);
  }
  return std::make_unique<TraceSchedule>(std::move(events));
}

inline Vector<double> server_model(const Problem& problem) {
  Vector<double> x(3);
  problem.kernel->model(rival_workers, 0.0, {x.data(), 3});
  return x;
}

}  // namespace acidsim
