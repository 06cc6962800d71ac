// Order, memory and the end of the queue that hands out runs.
#include "sim/system/task_queue.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>

#include "sim/system/memo.hpp"

namespace acidsim {
namespace {

using std::chrono::milliseconds;

std::vector<std::size_t> order_of(const std::vector<TaskSize>& tasks) {
  TaskQueue queue(tasks, 1e9);
  std::vector<std::size_t> order;
  while (const auto task = queue.take()) order.push_back(*task);
  return order;
}

TEST(TaskQueueTest, TheMostCostlyComeFirstAndEqualsInTheirOrder) {
  EXPECT_EQ(order_of({{1, 0}, {3, 0}, {2, 0}, {3, 0}, {1, 0}}), (std::vector<std::size_t>{1, 3, 2, 0, 4}));
  EXPECT_EQ(order_of({{5, 0}, {5, 0}, {5, 0}}), (std::vector<std::size_t>{0, 1, 2}));
  const double unknown = std::numeric_limits<double>::infinity();
  EXPECT_EQ(order_of({{5, 0}, {unknown, 0}, {6, 0}}), (std::vector<std::size_t>{1, 2, 0}));
  EXPECT_TRUE(order_of({}).empty());
}

TEST(TaskQueueTest, WhatFitsGoesBeforeWhatDoesNot) {
  TaskQueue queue({{9, 60}, {8, 60}, {7, 40}, {6, 1}}, 100);
  EXPECT_EQ(queue.take(), 0u);
  EXPECT_EQ(queue.take(), 2u) << "60 + 60 is too much, 60 + 40 is not";
  queue.done(0);
  EXPECT_EQ(queue.take(), 1u);
  queue.done(2);
  EXPECT_EQ(queue.take(), 3u);
  EXPECT_EQ(queue.take(), std::nullopt);
}

TEST(TaskQueueTest, ATaskBeyondTheBoundRunsAlone) {
  TaskQueue queue({{9, 500}, {8, 1}}, 100);
  EXPECT_EQ(queue.take(), 0u);
  std::atomic<bool> started = false;
  std::jthread other([&] {
    EXPECT_EQ(queue.take(), 1u);
    started = true;
  });
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_FALSE(started) << "nothing starts beside it";
  queue.done(0);
  other.join();
  EXPECT_TRUE(started);
}

TEST(TaskQueueTest, OnlySoManyGroupsAreUnderWay) {
  TaskQueue queue({{9, 0, 0}, {8, 0, 1}, {7, 0, 0}, {6, 0, 2}, {5, 0, 1}}, 100, 1);
  EXPECT_EQ(queue.take(), 0u);
  EXPECT_EQ(queue.take(), 2u) << "of the group that is under way";
  queue.done(0);
  std::atomic<bool> started = false;
  std::jthread other([&] {
    EXPECT_EQ(queue.take(), 1u);
    started = true;
  });
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_FALSE(started) << "the first group is not at its end";
  queue.done(2);
  other.join();
  EXPECT_EQ(queue.take(), 4u);
  queue.done(1);
  queue.done(4);
  EXPECT_EQ(queue.take(), 3u);
  EXPECT_EQ(queue.take(), std::nullopt);
}

TEST(TaskQueueTest, StopSendsTheWaitingHome) {
  TaskQueue queue({{9, 90}, {8, 90}}, 100);
  EXPECT_EQ(queue.take(), 0u);
  std::jthread waiting([&] { EXPECT_EQ(queue.take(), std::nullopt); });
  std::this_thread::sleep_for(milliseconds(10));
  queue.stop();
  waiting.join();
  EXPECT_EQ(queue.take(), std::nullopt);
}

// Eight threads, 400 tasks of very different sizes: all run once, and never more than the bound at a time.
TEST(TaskQueueTest, MemoryIsNeverExceededAndNothingIsLeftOver) {
  constexpr double bound = 100;
  std::vector<TaskSize> tasks;
  for (int k = 0; k < 400; ++k)
    tasks.push_back({double(k * 37 % 101), k % 50 == 0 ? 1000.0 : 1 + k * 13 % 70});
  TaskQueue queue(tasks, bound);
  std::mutex mutex;
  double bytes = 0, largest_together = 0;
  int running = 0, oversize_together = 0;
  std::vector<int> times(tasks.size(), 0);
  const auto work = [&] {
    while (const auto task = queue.take()) {
      {
        const std::scoped_lock lock(mutex);
        bytes += tasks[*task].bytes;
        ++times[*task];
        if (++running > 1) {
          largest_together = std::max(largest_together, bytes);
          oversize_together += tasks[*task].bytes > bound;
        }
      }
      if (*task % 3 == 0) std::this_thread::sleep_for(std::chrono::microseconds(200));
      {
        const std::scoped_lock lock(mutex);
        bytes -= tasks[*task].bytes;
        --running;
      }
      queue.done(*task);
    }
  };
  {
    std::vector<std::jthread> pool;
    for (int t = 0; t < 8; ++t) pool.emplace_back(work);
  }
  EXPECT_EQ(times, std::vector<int>(tasks.size(), 1));
  EXPECT_GT(largest_together, bound / 2) << "tasks did run side by side";
  EXPECT_LE(largest_together, bound);
  EXPECT_EQ(oversize_together, 0);
}

TEST(TaskQueueTest, ThisMachineHasMemory) {
  EXPECT_GT(available_memory(), 1e6);
  EXPECT_LT(available_memory(), 1e16);
}

TEST(MemoTest, ManyAskAndOneMakes) {
  Memo<int> map;
  std::atomic<int> made = 0;
  std::vector<const int*> seen(8);
  {
    std::vector<std::jthread> pool;
    for (std::size_t t = 0; t < seen.size(); ++t)
      pool.emplace_back([&, t] {
        seen[t] = &map.get("seven", [&] {
          std::this_thread::sleep_for(milliseconds(20));
          return ++made, 7;
        });
      });
  }
  EXPECT_EQ(made, 1);
  for (const int* value : seen) EXPECT_EQ(value, seen[0]);
  EXPECT_EQ(*seen[0], 7);
  EXPECT_EQ(map.get("eight", [] { return 8; }), 8);
}

// While one value is made, another can be.
TEST(MemoTest, OthersDoNotWait) {
  Memo<int> map;
  EXPECT_EQ(map.get("outer", [&] { return 1 + map.get("inner", [] { return 1; }); }), 2);
}

TEST(MemoTest, AFailureIsTriedAgain) {
  Memo<int> map;
  EXPECT_THROW(map.get("x", []() -> int { throw std::runtime_error("no"); }), std::runtime_error);
  EXPECT_EQ(map.get("x", [] { return 3; }), 3);
}

}  // namespace
}  // namespace acidsim
