// The processes that run together: one for each rank of MPI_COMM_WORLD.
#pragma once

#include <atomic>
#include <chrono>
#include <stdexcept>
#include <string>
#include <vector>

namespace acidsim {

// Thrown where a rank was asked to stop while it waited for others.
class WaitInterrupted : public std::runtime_error {
 public:
  WaitInterrupted() : std::runtime_error("interrupted while waiting for other ranks") {}
};

// MPI from its initialisation to its end; at most one in a program's life. All calls are by the main thread,
// all but those marked as local are collective. Waits poll and sleep, so that ranks that share a core do not
// take it from each other.
class MpiWorld {
 public:
  enum class Threads { one, several };  // that call MPI: MPI_THREAD_FUNNELED, MPI_THREAD_MULTIPLE

  // interrupt: looked at while waiting; may be null. Throws InputError if the program was built without MPI
  // or if the library does not offer the level of threads.
  MpiWorld(Threads threads, const std::atomic<bool>* interrupt);
  ~MpiWorld();  // waits for the others; where that is no use, abort() before
  MpiWorld(const MpiWorld&) = delete;
  MpiWorld& operator=(const MpiWorld&) = delete;

  static bool available();  // local: the program was built with MPI
  static bool launched();   // local: the program was started by mpirun or srun
  // Local: which of several processes of the same command this is, and how many there are, as mpirun or
  // srun says in the environment; {0, 1} where neither does.
  struct ProcessRank {
    int rank = 0, size = 1;
  };
  static ProcessRank launched_as();

  int rank() const { return rank_; }
  int size() const { return size_; }
  const std::string& host() const { return host_; }  // of this rank

  void broadcast(std::string& text);                         // from rank 0
  std::vector<std::string> gather(const std::string& text);  // at rank 0 those of all ranks, else empty
  bool all(bool holds);
  // Local: ends every rank, with this exit code.
  [[noreturn]] void abort(int code);

  // Local: calls done() until it is true, more and more seldom (at first without a break, at last every
  // millisecond). Throws WaitInterrupted half a second after an interrupt: mpirun kills then.
  template <class Done>
  void wait(const Done& done) const {
    for (Pause pause(interrupt_); !done();) pause();
  }

 private:
  class Pause {
   public:
    explicit Pause(const std::atomic<bool>* interrupt) : interrupt_(interrupt) {}
    void operator()();

   private:
    using Clock = std::chrono::steady_clock;
    const std::atomic<bool>* interrupt_;
    Clock::time_point since_{}, interrupted_{};
  };

  const std::atomic<bool>* interrupt_;
  int rank_ = 0, size_ = 1;
  std::string host_;
};

}  // namespace acidsim
