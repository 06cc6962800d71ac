#include "sim/system/interrupt.hpp"

#include <unistd.h>

#include <csignal>
#include <ctime>

namespace acidsim {
namespace {

// The only things that the signal handler touches.
std::atomic<bool> flag = false;
std::atomic<std::time_t> first_request = 0;

std::atomic<bool> signals_are_hosts = false;

void request(int signal) {
  if (!flag.exchange(true)) {
    first_request = std::time(nullptr);
  } else if (std::time(nullptr) > first_request + 1) {  // some tools send one request to a process twice
    std::signal(signal, SIG_DFL);
    std::raise(signal);
  }
}

void end(int) {
  static constexpr char message[] = "acidsim: interrupted; nothing was written\n";
  [[maybe_unused]] const auto written = ::write(STDERR_FILENO, message, sizeof message - 1);
  ::_exit(1);
}

}  // namespace

InterruptGuard::InterruptGuard(Response response) {
  if (signals_are_hosts) return;
  flag = false;
  const auto handler = response == Response::flag ? request : end;
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, handler);
  // The terminal is gone. Under nohup that is no reason to stop.
  if (std::signal(SIGHUP, handler) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

InterruptGuard::~InterruptGuard() {
  if (signals_are_hosts) return;
  for (const int signal : {SIGINT, SIGTERM}) std::signal(signal, SIG_DFL);
  if (std::signal(SIGHUP, SIG_DFL) == SIG_IGN) std::signal(SIGHUP, SIG_IGN);
}

const std::atomic<bool>& InterruptGuard::requested() { return flag; }

void InterruptGuard::leave_signals_to_host() { signals_are_hosts = true; }

void InterruptGuard::set(bool interrupt) { flag = interrupt; }

}  // namespace acidsim
