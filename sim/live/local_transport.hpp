// A live run within one process: mailboxes, each with a lock of its own.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>

#include "sim/live/transport.hpp"

namespace acidsim {

class LocalTransport final : public LiveTransport {
 public:
  explicit LocalTransport(Worker workers) : boxes_(workers) {}

  int rank() const override { return 0; }
  Worker first_worker() const override { return 0; }
  Worker last_worker() const override { return static_cast<Worker>(boxes_.size()); }
  void ask(const LiveRequest& request) override;
  LiveAnswer await(Worker worker, LiveLoop loop) override;
  std::optional<LiveRequest> next_request(double seconds) override;
  void answer(Worker worker, LiveLoop loop, const LiveAnswer& answer) override;
  void exchange(Worker own, Worker peer, std::span<const std::byte> out, std::span<std::byte> in) override;
  void abandon(const std::string& why) override;
  void broadcast(Worker, std::span<std::byte>) override {}
  void collect(Worker, std::vector<std::byte>&) override {}
  void barrier() override {}

 private:
  struct Box {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<LiveAnswer> answers[2];  // by loop
    std::vector<std::byte> message;        // from the partner of the exchange under way
    bool full = false;
  };

  std::vector<Box> boxes_;
  std::mutex mutex_;  // of the requests
  std::condition_variable asked_;
  std::deque<LiveRequest> requests_;
  std::atomic<bool> abandoned_ = false;
};

}  // namespace acidsim
