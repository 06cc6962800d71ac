// How a benchmark states its goal: two counters beside the measurement, and their ratio.
#pragma once

#include <benchmark/benchmark.h>

namespace acidsim {

// A rate (per second) that should be at least `goal`. `of_goal` ≥ 1 means that it is met.
inline void state_goal_rate(benchmark::State& state, double total, double goal) {
  state.counters["rate"] = benchmark::Counter(total, benchmark::Counter::kIsRate);
  state.counters["goal"] = goal;
  state.counters["of_goal"] = benchmark::Counter(total / goal, benchmark::Counter::kIsRate);
}

}  // namespace acidsim
