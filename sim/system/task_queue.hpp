// Which run starts next: as many at once as there are threads, and no more than memory holds.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

namespace acidsim {

// What a task is expected to take; `cost` in any unit.
struct TaskSize {
  double cost = 0;
  double bytes = 0;
  std::size_t group = 0;  // tasks of one group belong together
};

// Hands out tasks 0 … n − 1, the most costly first: what is left at the end is then short, and no thread
// waits long for the last one [Graham 1969: at most 4/3 of the shortest time]. Equal costs keep their order.
// A task starts while the bytes of all that run stay within the bound; one that is larger than the bound runs
// alone. At most `groups` groups are under way at once: begun, and not at their end; 0 = any number. Thread-safe.
class TaskQueue {
 public:
  TaskQueue(std::vector<TaskSize> tasks, double bytes_bound, std::size_t groups = 0);

  // The next task; waits until one fits. Nothing once all are handed out, or after stop().
  std::optional<std::size_t> take();
  void done(std::size_t task);
  void stop();

 private:
  bool fits(std::size_t task) const;

  const std::vector<TaskSize> tasks_;
  const double bound_;
  const std::size_t groups_;
  std::map<std::size_t, std::size_t> unfinished_;  // tasks of each group
  std::set<std::size_t> under_way_;                // groups
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<std::size_t> waiting_;  // the most costly last
  std::size_t running_ = 0;
  double bytes_ = 0;  // of the tasks that run
  bool stopped_ = false;
};

// Bytes that programs can still take without swapping (Linux: MemAvailable; else all of the machine's
// memory).
double available_memory();

}  // namespace acidsim
