#include "sim/live/coordinator.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <numeric>
#include <vector>

namespace acidsim {
namespace {

class Coordinator {
 public:
  Coordinator(const LiveProtocol& protocol, LiveTransport& transport, const LiveControl& control,
              const LiveHistory& history)
      : protocol_(protocol),
        transport_(transport),
        control_(control),
        pairing_(protocol.meetings(), count(history.trace, Verb::receive)),
        before_(history.wall_seconds),
        next_save_(std::min((std::floor(before_ / control.save_every) + 1) * control.save_every,
                            before_ + control.save_every_seconds)),
        last_progress_(before_),
        gradients_(sum(count(history.trace, Verb::step))),
        exchanges_(sum(count(history.trace, Verb::receive)) / 2),
        grants_(protocol.workers, 0) {}

  std::optional<StopReason> run() {
    for (poll(); finished_ < protocol_.workers; poll())
      if (const auto request = transport_.next_request(next_look())) serve(*request);
    return reason_;
  }

 private:
  using Clock = std::chrono::steady_clock;
  static constexpr double rhythm = 0.05;  // seconds between looks at the clock and the user

  // Operations of one kind, of each worker.
  static std::vector<std::uint64_t> count(const LiveTrace& trace, Verb verb) {
    std::vector<std::uint64_t> counts;
    for (const auto& list : trace.workers)
      counts.push_back(static_cast<std::uint64_t>(std::count_if(
          list.begin(), list.end(), [&](const LiveOperation& operation) { return operation.verb == verb; })));
    return counts;
  }
  static std::uint64_t sum(const std::vector<std::uint64_t>& counts) {
    return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  }

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
    grants_[worker] += granted;
    under_way_ += granted && grants_[worker] == 2;  // whoever asks for the second has begun the first
    transport_.answer(worker, LiveLoop::gradients, {.granted = granted});
    if (granted && gradients_ == protocol_.gradients) close(StopReason::gradients);
  }

  void pair(Worker worker) {
    if (closed_) return transport_.answer(worker, LiveLoop::averagings, {});
    const auto partner = pairing_.offer(worker);
    if (!partner) return;
    transport_.answer(worker, LiveLoop::averagings, {1, partner->worker, exchanges_});
    transport_.answer(partner->worker, LiveLoop::averagings, {1, worker, exchanges_});
    if (++exchanges_ == protocol_.communications) close(StopReason::communications);
  }

  // Without a reason it is for a pause.
  void close(std::optional<StopReason> reason) {
    closed_ = true;
    reason_ = reason;
    for (const Worker worker : pairing_.release()) transport_.answer(worker, LiveLoop::averagings, {});
  }

  double elapsed() const { return before_ + std::chrono::duration<double>(Clock::now() - started_).count(); }
  double next_look() const {
    if (closed_ || !protocol_.wall_seconds) return rhythm;
    return std::clamp(*protocol_.wall_seconds - elapsed(), 0.0, rhythm);
  }

  void poll() {
    const double now = elapsed();
    if (!closed_ && control_.interrupt != nullptr && control_.interrupt->load(std::memory_order_relaxed))
      close(StopReason::interrupted);
    if (!closed_ && protocol_.wall_seconds && now >= *protocol_.wall_seconds) close(StopReason::wall_seconds);
    if (!closed_ && now >= next_save_ && under_way_ == protocol_.workers) close(std::nullopt);
    if (control_.on_progress && now > last_progress_ + rhythm) {
      last_progress_ = now;
      control_.on_progress(now, gradients_);
    }
  }

  const LiveProtocol& protocol_;
  LiveTransport& transport_;
  const LiveControl& control_;
  Pairing pairing_;
  const Clock::time_point started_ = Clock::now();
  const double before_;  // seconds of the run that had passed then
  const double next_save_;
  double last_progress_;
  std::uint64_t gradients_, exchanges_;  // of the whole run
  std::vector<std::uint64_t> grants_;    // per worker, since the last pause
  Worker under_way_ = 0;                 // workers that have begun a gradient since then
  Worker finished_ = 0;
  bool closed_ = false;
  std::optional<StopReason> reason_;
};

}  // namespace

std::optional<StopReason> coordinate(const LiveProtocol& protocol, LiveTransport& transport,
                                     const LiveControl& control, const LiveHistory& history) {
  return Coordinator(protocol, transport, control, history).run();
}

}  // namespace acidsim
