// Ctrl-C, turned into a flag that work under way looks at.
#pragma once

#include <atomic>

namespace acidsim {

// While one lives, SIGINT and SIGTERM set the flag instead of ending the program; pressed again a second or
// more later they end it. At most one at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static const std::atomic<bool>& requested();
};

}  // namespace acidsim
