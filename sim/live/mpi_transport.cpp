#include "sim/live/mpi_transport.hpp"

#ifdef ACIDSIM_MPI

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <mutex>
#include <thread>
#include <type_traits>

#include "sim/core/error.hpp"
#include "sim/live/local_transport.hpp"
#include "sim/mpi/communicator.hpp"
#include "sim/mpi/ownership.hpp"

namespace acidsim {
namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// Between looks at what has come, in seconds: longer and longer, so that a wait costs little of the processor
// that a gradient may be using, and ends late by some eighth of itself.
class Pauses {
 public:
  double next() const { return std::clamp(Seconds(Clock::now() - since_).count() / 8, shortest, longest); }

 private:
  static constexpr double shortest = 20e-6, longest = 200e-6;
  const Clock::time_point since_ = Clock::now();
};

template <class Done>
void wait(const Done& done) {
  for (const Pauses pauses; !done();) std::this_thread::sleep_for(Seconds(pauses.next()));
}

// The messages of a loop have a tag of their own, and at most one of each kind is under way: a request gets
// one answer, and a worker offers again after its exchange is over.
class MpiTransport final : public LiveTransport {
 public:
  MpiTransport(MpiWorld& world, Worker workers)
      : world_(world), ownership_(own_blocks(workers, world.size(), world.rank())), local_(workers) {}

  int rank() const override { return world_.rank(); }
  Worker first_worker() const override { return ownership_.own.front(); }
  Worker last_worker() const override { return ownership_.own.back() + 1; }

  void ask(const LiveRequest& request) override {
    if (rank() == 0) return local_.ask(request);
    send(bytes_of(request), 0, 0, requests_);
  }

  LiveAnswer await(Worker worker, LiveLoop loop) override {
    if (rank() == 0) return local_.await(worker, loop);
    LiveAnswer answer;
    Requests receiving;
    receiving.receive(writable_bytes_of(answer), 0, tag_of(worker, loop), answers_.get());
    wait([&] { return receiving.done(); });
    return answer;
  }

  std::optional<LiveRequest> next_request(double seconds) override {
    if (world_.size() == 1) return local_.next_request(seconds);
    const auto end = Clock::now() + std::chrono::duration_cast<Clock::duration>(Seconds(seconds));
    for (const Pauses pauses;;) {
      if (const auto request = request_of_others()) return request;
      const double left = Seconds(end - Clock::now()).count();
      if (const auto request = local_.next_request(std::clamp(left, 0.0, pauses.next()))) return request;
      if (left <= 0) return std::nullopt;
    }
  }

  void answer(Worker worker, LiveLoop loop, const LiveAnswer& answer) override {
    const int to = owner_of(worker);
    if (to == 0) return local_.answer(worker, loop, answer);
    send(bytes_of(answer), to, tag_of(worker, loop), answers_);
  }

  void exchange(Worker own, Worker peer, std::span<const std::byte> out, std::span<std::byte> in) override {
    const int other = owner_of(peer);
    if (other == rank()) return local_.exchange(own, peer, out, in);
    Requests receiving, sending;
    receiving.receive(in, other, static_cast<int>(own), exchanges_.get());
    sending.send(out, other, static_cast<int>(peer), exchanges_.get());
    wait([&] {
      const bool sent = sending.done();
      return receiving.done() && sent;
    });
  }

  void abandon(const std::string& why) override {
    if (world_.size() == 1) return local_.abandon(why);
    const std::scoped_lock lock(ending_);  // never left: one message of each rank
    std::fputs(fmt::format("acidsim: rank {} on {}: {}\n", rank(), world_.host(), why).c_str(), stderr);
    world_.abort(1);
  }

  void broadcast(Worker owner, std::span<std::byte> bytes) override {
    constexpr std::size_t most = std::size_t{1} << 30;  // MPI counts in ints
    for (std::size_t offset = 0; offset < bytes.size(); offset += most) {
      const auto piece = bytes.subspan(offset, std::min(most, bytes.size() - offset));
      MPI_Request request;
      MPI_Ibcast(piece.data(), static_cast<int>(piece.size()), MPI_BYTE, owner_of(owner), together_.get(),
                 &request);
      finish(request);
    }
  }

  void collect(Worker owner, std::vector<std::byte>& bytes) override {
    const int from = owner_of(owner);
    if (from == 0 || (rank() != from && rank() != 0)) return;
    std::uint64_t size = bytes.size();
    if (rank() == from) {
      send(bytes_of(size), 0, 0, together_);
      send(bytes, 0, 0, together_);
      return;
    }
    receive(writable_bytes_of(size), from);
    bytes.resize(size);
    receive(bytes, from);
  }

  void barrier() override {
    MPI_Request request;
    MPI_Ibarrier(together_.get(), &request);
    finish(request);
  }

 private:
  template <class Message>
  static std::span<const std::byte> bytes_of(const Message& message) {
    static_assert(std::is_trivially_copyable_v<Message>);
    return std::as_bytes(std::span(&message, 1));
  }
  template <class Message>
  static std::span<std::byte> writable_bytes_of(Message& message) {
    static_assert(std::is_trivially_copyable_v<Message>);
    return std::as_writable_bytes(std::span(&message, 1));
  }

  int owner_of(Worker worker) const { return ownership_.rank_of[worker]; }
  static int tag_of(Worker worker, LiveLoop loop) {
    return static_cast<int>(2 * worker + static_cast<Worker>(loop));
  }

  static void send(std::span<const std::byte> bytes, int to, int tag, const Communicator& communicator) {
    Requests sending;
    sending.send(bytes, to, tag, communicator.get());
    wait([&] { return sending.done(); });
  }
  void receive(std::span<std::byte> bytes, int from) const {
    Requests receiving;
    receiving.receive(bytes, from, 0, together_.get());
    wait([&] { return receiving.done(); });
  }
  static void finish(MPI_Request& request) {
    wait([&] {
      int done = 0;
      MPI_Test(&request, &done, MPI_STATUS_IGNORE);
      return done != 0;
    });
  }

  std::optional<LiveRequest> request_of_others() {
    int there = 0;
    MPI_Message message;
    MPI_Improbe(MPI_ANY_SOURCE, 0, requests_.get(), &there, &message, MPI_STATUS_IGNORE);
    if (there == 0) return std::nullopt;
    LiveRequest request;
    MPI_Mrecv(&request, sizeof(request), MPI_BYTE, &message, MPI_STATUS_IGNORE);
    return request;
  }

  MpiWorld& world_;
  const Ownership ownership_;
  LocalTransport local_;  // between the parts of this rank
  Communicator requests_, answers_, exchanges_, together_;
  std::mutex ending_;
};

}  // namespace

std::unique_ptr<LiveTransport> make_mpi_transport(MpiWorld& world, Worker workers) {
  if (static_cast<std::uint64_t>(world.size()) > workers)
    throw InputError("--backend", "more ranks than workers", std::to_string(world.size()),
                     fmt::format("start at most {} with mpirun -np", workers));
  int level = MPI_THREAD_SINGLE;
  MPI_Query_thread(&level);
  if (level != MPI_THREAD_MULTIPLE) throw std::logic_error("live runs need MpiWorld::Threads::several");
  int there = 0;
  int* most = nullptr;
  MPI_Comm_get_attr(MPI_COMM_WORLD, MPI_TAG_UB, &most, &there);
  const std::uint64_t tags = there != 0 ? static_cast<std::uint64_t>(*most) : 32767;  // what MPI promises
  if (2 * static_cast<std::uint64_t>(workers) > tags)
    throw InputError("topology.workers", "too many for this MPI library's message tags",
                     std::to_string(workers), fmt::format("at most {}", tags / 2));
  return std::make_unique<MpiTransport>(world, workers);
}

}  // namespace acidsim

#else

namespace acidsim {

std::unique_ptr<LiveTransport> make_mpi_transport(MpiWorld&, Worker) {
  throw std::logic_error("built without MPI");
}

}  // namespace acidsim

#endif
