#include "sim/system/task_queue.hpp"

#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <numeric>
#include <string>

namespace acidsim {

TaskQueue::TaskQueue(std::vector<TaskSize> tasks, double bytes_bound, std::size_t groups)
    : tasks_(std::move(tasks)), bound_(bytes_bound), groups_(groups), waiting_(tasks_.size()) {
  for (const TaskSize& task : tasks_) ++unfinished_[task.group];
  std::iota(waiting_.rbegin(), waiting_.rend(), std::size_t{0});
  std::stable_sort(waiting_.begin(), waiting_.end(),
                   [&](std::size_t a, std::size_t b) { return tasks_[a].cost < tasks_[b].cost; });
}

bool TaskQueue::fits(std::size_t task) const {
  const bool may_begin =
      groups_ == 0 || under_way_.size() < groups_ || under_way_.contains(tasks_[task].group);
  return may_begin && (running_ == 0 || bytes_ + tasks_[task].bytes <= bound_);
}

std::optional<std::size_t> TaskQueue::take() {
  std::unique_lock lock(mutex_);
  while (!stopped_ && !waiting_.empty()) {
    const auto next =
        std::find_if(waiting_.rbegin(), waiting_.rend(), [&](std::size_t task) { return fits(task); });
    if (next != waiting_.rend()) {
      const std::size_t task = *next;
      waiting_.erase(std::next(next).base());
      ++running_;
      under_way_.insert(tasks_[task].group);
      bytes_ += tasks_[task].bytes;
      return task;
    }
    changed_.wait(lock);
  }
  return std::nullopt;
}

void TaskQueue::done(std::size_t task) {
  {
    const std::scoped_lock lock(mutex_);
    --running_;
    if (--unfinished_[tasks_[task].group] == 0) under_way_.erase(tasks_[task].group);
    bytes_ = running_ == 0 ? 0.0 : bytes_ - tasks_[task].bytes;  // rounding does not add up
  }
  changed_.notify_all();
}

void TaskQueue::stop() {
  {
    const std::scoped_lock lock(mutex_);
    stopped_ = true;
  }
  changed_.notify_all();
}

double available_memory() {
  std::ifstream facts("/proc/meminfo");
  for (std::string line; std::getline(facts, line);)
    if (line.starts_with("MemAvailable:")) return 1024.0 * std::stod(line.substr(13));
  return static_cast<double>(::sysconf(_SC_PHYS_PAGES)) * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

}  // namespace acidsim
