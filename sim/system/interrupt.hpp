// Turns Ctrl-C into a flag that long work checks.
#pragma once

#include <atomic>

namespace acidsim {

// While an InterruptGuard exists, SIGINT, SIGTERM and SIGHUP set the flag instead of ending the program; a second
// signal, at least a second later, ends it. At most one guard may exist at a time.
class InterruptGuard {
 public:
  enum class Response {
    flag,
    end  // the program ends at once, with code 1 and a message: where nothing is written yet
  };
  explicit InterruptGuard(Response response = Response::flag);
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  static const std::atomic<bool>& requested();

  // Where all this is a library: from now on signals are the host program's, guards leave them and the flag alone, and
  // the host sets and clears the flag.
  static void leave_signals_to_host();
  static void set(bool interrupt);
};

}  // namespace acidsim
