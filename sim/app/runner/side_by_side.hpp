// Runs side by side over the cores, as many as memory holds.
#pragma once

#include <algorithm>
#include <functional>
#include <thread>
#include <vector>

#include "sim/app/runner/run_options.hpp"
#include "sim/system/interrupt.hpp"
#include "sim/system/task_queue.hpp"

namespace acidsim {

// How threads are shared out: between runs, or within them.
struct SideBySide {
  std::size_t runs = 1;
  int threads = 1;  // of each
};
inline SideBySide side_by_side(const RunOptions& options, int threads) {
  if (options.backend != Backend::openmp) return {static_cast<std::size_t>(threads), 1};
  const int runs = std::clamp(options.jobs, 1, threads);
  return {static_cast<std::size_t>(runs), threads / runs};
}

// Calls `work` on this thread and on `count` − 1 others, and waits for all.
template <class Work>
void on_threads(std::size_t count, const Work& work) {
  std::vector<std::jthread> others;
  for (std::size_t t = 1; t < count; ++t) others.emplace_back(work);
  work();
}

// Calls run(k) for every task, `runs` at once, until the user interrupts. `jobs`: so many groups of tasks at once; 0: all.
// What `run` throws must not leave it.
void run_side_by_side(std::vector<TaskSize> sizes, std::size_t runs,
                      const std::function<void(std::size_t)>& run, std::size_t jobs = 0);

}  // namespace acidsim
