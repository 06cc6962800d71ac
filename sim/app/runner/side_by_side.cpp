#include "sim/app/runner/side_by_side.hpp"

namespace acidsim {
namespace {

// Of the memory that is there when the runs start; the rest is for whatever the estimates leave out.
constexpr double share_of_memory = 0.8;

}  // namespace

void run_side_by_side(std::vector<TaskSize> sizes, std::size_t runs,
                      const std::function<void(std::size_t)>& run, std::size_t jobs) {
  const std::size_t at_once = std::min(runs, sizes.size());
  TaskQueue queue(std::move(sizes), share_of_memory * available_memory(), jobs);
  on_threads(at_once, [&] {
    while (const auto k = InterruptGuard::requested() ? std::nullopt : queue.take()) {
      run(*k);
      queue.done(*k);
    }
  });
}

}  // namespace acidsim
