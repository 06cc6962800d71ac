#include "sim/live/local_transport.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

namespace acidsim {

void LocalTransport::ask(const LiveRequest& request) {
  const std::scoped_lock lock(mutex_);
  requests_.push_back(request);
  asked_.notify_one();
}

std::optional<LiveRequest> LocalTransport::next_request(double seconds) {
  std::unique_lock lock(mutex_);
  asked_.wait_for(lock, std::chrono::duration<double>(seconds),
                  [&] { return abandoned_ || !requests_.empty(); });
  if (abandoned_) throw LiveAbandoned();
  if (requests_.empty()) return std::nullopt;
  const LiveRequest request = requests_.front();
  requests_.pop_front();
  return request;
}

void LocalTransport::answer(Worker worker, LiveLoop loop, const LiveAnswer& answer) {
  Box& box = boxes_[worker];
  const std::scoped_lock lock(box.mutex);
  box.answers[static_cast<std::size_t>(loop)] = answer;
  box.changed.notify_all();
}

LiveAnswer LocalTransport::await(Worker worker, LiveLoop loop) {
  Box& box = boxes_[worker];
  std::optional<LiveAnswer>& slot = box.answers[static_cast<std::size_t>(loop)];
  std::unique_lock lock(box.mutex);
  box.changed.wait(lock, [&] { return abandoned_ || slot; });
  if (abandoned_) throw LiveAbandoned();
  return *std::exchange(slot, std::nullopt);
}

void LocalTransport::exchange(Worker own, Worker peer, std::span<const std::byte> out,
                              std::span<std::byte> in) {
  {
    Box& box = boxes_[peer];  // empty: the peer emptied it in its last exchange, before it was paired again
    const std::scoped_lock lock(box.mutex);
    box.message.assign(out.begin(), out.end());
    box.full = true;
    box.changed.notify_all();
  }
  Box& box = boxes_[own];
  std::unique_lock lock(box.mutex);
  box.changed.wait(lock, [&] { return abandoned_ || box.full; });
  if (abandoned_) throw LiveAbandoned();
  std::copy(box.message.begin(), box.message.end(), in.begin());
  box.full = false;
}

void LocalTransport::abandon(const std::string&) {
  abandoned_ = true;
  {
    const std::scoped_lock lock(mutex_);
    asked_.notify_all();
  }
  for (Box& box : boxes_) {
    const std::scoped_lock lock(box.mutex);
    box.changed.notify_all();
  }
}

}  // namespace acidsim
