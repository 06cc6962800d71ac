// One worker of a live run: its gradient loop, its averaging loop, and what they share.
#pragma once

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <vector>

#include "sim/algorithms/kernel.hpp"
#include "sim/live/live_protocol.hpp"
#include "sim/live/live_trace.hpp"
#include "sim/live/transport.hpp"
#include "sim/objectives/objective.hpp"
#include "sim/optimizers/optimizer.hpp"

namespace acidsim {

// The clock of a worker's mixing: time in units of its own gradient duration, an exponential moving average
// (½, ½) of what it measures. It stands at 0 until the first gradient has been measured.
class LiveClock {
 public:
  // wall: seconds, never going down.
  double at(double wall) const { return unit_ > 0 ? time_ + (wall - wall_) / unit_ : 0.0; }
  void measured(double wall, double gradient_seconds) {
    const double duration = std::max(gradient_seconds, 1e-9);
    time_ = at(wall);
    wall_ = wall;
    unit_ = unit_ > 0 ? 0.5 * (unit_ + duration) : duration;
  }

 private:
  double unit_ = 0, wall_ = 0, time_ = 0;
};

template <class Scalar>
struct LiveWorkerSetup {
  const LiveProtocol& protocol;
  Worker worker;  // of all
  Worker local;   // its place in the kernel and in the optimizer
  Kernel<Scalar>& kernel;
  Optimizer<Scalar>& optimizer;
  const Objective<Scalar>& objective;
  LiveTransport& transport;
  double gradient_seconds = 0;  // a gradient takes at least this
  double horizon = 1;           // of the learning rate: gradients of all workers
};

// γ of a worker's gradient number `index`: its steps count as index × workers, as in the reference
// implementation.
template <class Scalar>
double live_learning_rate(const Optimizer<Scalar>& optimizer, std::uint64_t index, Worker workers,
                          double horizon) {
  const auto steps = static_cast<double>(index);
  return optimizer.learning_rate(steps, steps * static_cast<double>(workers), horizon);
}

// The two loops meet in `debt`: the averagings that are due. The gradient loop adds what is due and computes;
// it begins the next gradient when the averaging loop has paid, or when nobody meets any more. The kernel's
// state, the clock and the list of operations are touched under the mutex alone. When nobody meets any more the
// debt stays: it is paid when the run goes on.
template <class Scalar>
class LiveWorker {
 public:
  // `operations`: what it did before; it goes on from there. An offer that found no partner is withdrawn.
  LiveWorker(const LiveWorkerSetup<Scalar>& setup, std::vector<LiveOperation> operations);

  // Walls count from here. Before the loops start.
  void set_start(std::chrono::steady_clock::time_point start) { start_ = start; }
  void run_gradients();
  void run_averagings();
  // Ends waits between the two loops, after a failure.
  void abandon();

  // When both loops have ended.
  std::vector<LiveOperation>& operations() { return operations_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Lock = std::unique_lock<std::mutex>;

  double wall() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }
  void note(Verb verb, double time, double at, Worker peer = 0, std::uint64_t exchange = 0);
  void follow(const LiveOperation& operation);
  void compute();
  void meet(const LiveAnswer& meeting);
  bool has_debt();  // waits for one; false: there will be none

  const LiveWorkerSetup<Scalar> setup_;
  AveragingCounts counts_;
  bool meets_;  // false: nobody to average with
  Vector<Scalar> model_, direction_;
  const std::unique_ptr<GradientScratch> scratch_;
  std::vector<Scalar> told_, heard_;

  std::mutex mutex_;
  std::condition_variable changed_;
  LiveClock clock_;
  std::vector<LiveOperation> operations_;
  std::uint64_t changes_ = 0;  // steps and receives
  std::uint64_t index_;        // of its next gradient
  double begun_ = 0;           // wall of the last read
  std::uint64_t debt_ = 0;
  bool released_ = false;  // nobody meets any more
  bool computed_ = false;  // the gradient loop has ended
  bool abandoned_ = false;
  Clock::time_point start_;
};

}  // namespace acidsim
