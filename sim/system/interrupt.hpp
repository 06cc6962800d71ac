// Turns Ctrl-C into a flag that long work checks.
#pragma once

#include <atomic>

namespace acidsim {

// While an InterruptGuard exists, SIGINT, SIGTERM and SIGHUP set the flag instead of ending the program; a second
// signal, at least a second later, ends it. At most one guard may exist at a time.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static const std::atomic<bool>& requested();
};

}  // namespace acidsim
