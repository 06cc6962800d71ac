#include "sim/live/coordinator.hpp"

#include <algorithm>
#include <chrono>

namespace acidsim {
namespace {

class Coordinator {
 public:
  Coordinator(const LiveProtocol& protocol, LiveTransport& transport, const LiveControl& control)
      : protocol_(protocol), transport_(transport), control_(control), pairing_(protocol) {}

  StopReason run() {
    while (finished_ < protocol_.workers) {
      if (const auto request = transport_.next_request(next_look())) serve(*request);
      poll();
    }
    return reason_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr double rhythm = 0.05;  // seconds between looks at the clock and the user

  void serve(const LiveRequest& request) {
    switch (request.kind) {
      case LiveRequest::Kind::gradient:
        return grant(request.worker);
      case LiveRequest::Kind::partner:
        return pair(request.worker);
      case LiveRequest::Kind::finished:
        ++finished_;
    }
  }

  void grant(Worker worker) {
    const bool granted = !closed_;
    gradients_ += granted;
    transport_.answer(worker, LiveLoop::gradients, {.granted = granted});
    if (granted && gradients_ == protocol_.gradients) close(StopReason::gradients);
  }

  void pair(Worker worker) {
    if (closed_) return transport_.answer(worker, LiveLoop::averagings, {});
    const auto partner = pairing_.offer(worker);
    if (!partner) return;
    transport_.answer(worker, LiveLoop::averagings, {1, *partner, exchanges_});
    transport_.answer(*partner, LiveLoop::averagings, {1, worker, exchanges_});
    if (++exchanges_ == protocol_.communications) close(StopReason::communications);
  }

  void close(StopReason reason) {
    closed_ = true;
    reason_ = reason;
    for (const Worker worker : pairing_.release()) transport_.answer(worker, LiveLoop::averagings, {});
  }

  double elapsed() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }
  double next_look() const {
    if (closed_ || !protocol_.wall_seconds) return rhythm;
    return std::clamp(*protocol_.wall_seconds - elapsed(), 0.0, rhythm);
  }

  void poll() {
    const double now = elapsed();
    if (!closed_ && control_.interrupt != nullptr && control_.interrupt->load(std::memory_order_relaxed))
      close(StopReason::interrupted);
    if (!closed_ && protocol_.wall_seconds && now >= *protocol_.wall_seconds) close(StopReason::wall_seconds);
    if (control_.on_progress && now > last_progress_ + rhythm) {
      last_progress_ = now;
      control_.on_progress(now, gradients_);
    }
  }

  const LiveProtocol& protocol_;
  LiveTransport& transport_;
  const LiveControl& control_;
  Pairing pairing_;
  Clock::time_point started_ = Clock::now();
  double last_progress_ = 0;
  std::uint64_t gradients_ = 0, exchanges_ = 0;
  Worker finished_ = 0;
  bool closed_ = false;
  StopReason reason_ = StopReason::gradients;
};

}  // namespace

StopReason coordinate(const LiveProtocol& protocol, LiveTransport& transport, const LiveControl& control) {
  return Coordinator(protocol, transport, control).run();
}

}  // namespace acidsim
