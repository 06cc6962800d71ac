// How the parts of a live run reach one another: workers the coordinator, the coordinator workers, and
// partners each other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// What a worker asks of the coordinator. `gradient` and `partner` get exactly one answer each.
struct LiveRequest {
  enum class Kind : std::uint32_t { gradient, partner, finished };
  Kind kind = Kind::finished;
  Worker worker = 0;
};

// What the coordinator answers. To `gradient`: granted or not. To `partner`: granted, with the partner and
// the number of the exchange; or not, and nobody meets any more.
struct LiveAnswer {
  std::uint32_t granted = 0;
  Worker partner = 0;
  std::uint64_t exchange = 0;
};

// Which of a worker's two loops an answer is for.
enum class LiveLoop : std::uint32_t { gradients, averagings };

// Thrown by whoever waits while another part of the run has failed.
class LiveAbandoned : public std::runtime_error {
 public:
  LiveAbandoned() : std::runtime_error("the live run was abandoned") {}
};

// One per rank. A rank has the workers first_worker() … last_worker() − 1; rank 0 has the coordinator. Waits
// do not keep a processor busy. The calls for the parts of a run may come from several threads at once, one
// for each loop of each worker and one for the coordinator.
class LiveTransport {
 public:
  virtual ~LiveTransport() = default;
  virtual int rank() const = 0;
  virtual Worker first_worker() const = 0;
  virtual Worker last_worker() const = 0;

  virtual void ask(const LiveRequest& request) = 0;
  virtual LiveAnswer await(Worker worker, LiveLoop loop) = 0;
  // Coordinator: the next request, or nothing after about `seconds`.
  virtual std::optional<LiveRequest> next_request(double seconds) = 0;
  virtual void answer(Worker worker, LiveLoop loop, const LiveAnswer& answer) = 0;
  // Sends `out` to the peer and waits for what the peer sends: as many bytes. At most one exchange of a
  // worker is under way.
  virtual void exchange(Worker own, Worker peer, std::span<const std::byte> out, std::span<std::byte> in) = 0;
  // A part of the run failed: whoever waits, on every rank, stops waiting.
  virtual void abandon(const std::string& why) = 0;

  // By one thread of each rank, in the same order everywhere, while no loop is at work.
  // The owner's bytes, for all ranks; as many everywhere.
  virtual void broadcast(Worker owner, std::span<std::byte> bytes) = 0;
  // The owner's bytes to rank 0, where `bytes` takes their size.
  virtual void collect(Worker owner, std::vector<std::byte>& bytes) = 0;
  virtual void barrier() = 0;
};

}  // namespace acidsim
