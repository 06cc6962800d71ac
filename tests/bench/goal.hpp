// How a benchmark states its goal: counters beside the measurement, and their ratio.
#pragma once

#include <benchmark/benchmark.h>

#include <ctime>

namespace acidsim {

// A rate (per second) that should be at least `goal`. `of_goal` ≥ 1 means that it is met.
inline void state_goal_rate(benchmark::State& state, double total, double goal) {
  state.counters["rate"] = benchmark::Counter(total, benchmark::Counter::kIsRate);
  state.counters["goal"] = goal;
  state.counters["of_goal"] = benchmark::Counter(total / goal, benchmark::Counter::kIsRate);
}

// A ratio of two things measured by turns in one case that should be at least `goal`.
inline void state_goal_ratio(benchmark::State& state, double ratio, double goal) {
  state.counters["ratio"] = ratio;
  state.counters["goal"] = goal;
  state.counters["of_goal"] = ratio / goal;
}

// Time of the processor that this thread has used.
inline double cpu_seconds() {
  std::timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

}  // namespace acidsim
