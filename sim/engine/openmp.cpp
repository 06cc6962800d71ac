#include <omp.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <mutex>
#include <thread>

#include "sim/engine/local_run.hpp"
#include "sim/engine/run_loop.hpp"

namespace acidsim {
namespace {

// Calls work(0) … work(count − 1), each on some thread.
template <class Work>
void on_threads(std::size_t threads, std::size_t count, const Work& work) {
  std::exception_ptr failure;
  std::mutex mutex;
#pragma omp parallel for num_threads(static_cast <int>(threads)) schedule(dynamic, 1)
  for (std::size_t k = 0; k < count; ++k) {
    try {
      work(k);
    } catch (...) {  // must not leave the parallel region
      const std::scoped_lock lock(mutex);
      failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

// Whether whole groups mix at once, and not one member after another.
bool has_rounds(std::span<const Group> groups) {
  return !groups.empty() && groups.front().one_by_one.edges_first.empty();
}

// Runs the events of one piece on several threads, in an order that keeps that of every worker. Threads take
// events one after another, and each waits until the earlier events of its workers are done: the first event
// that is not done never waits, so no one waits for ever.
template <class Scalar>
class ThreadTeam {
 public:
  ThreadTeam(const Simulation<Scalar>& simulation, int threads)
      : simulation_(simulation), taken_(simulation.kernel.workers(), 0), done_(simulation.kernel.workers()) {
    for (int thread = 0; thread < threads; ++thread)
      gradients_.emplace_back(simulation, simulation.kernel.workers());
  }

  // No round among `events`; `routes` as for apply_events().
  void operator()(std::span<const Event> events, std::span<const Route<Scalar>> routes,
                  UnderWay<Scalar>& under_way, Counts& counts) {
    turns_.resize(events.size());
    for (std::size_t k = 0; k < events.size(); ++k) {
      const auto [i, j] = std::pair(events[k].i, events[k].j);
      turns_[k].i = taken_[i]++;
      turns_[k].j = j == i ? turns_[k].i : taken_[j]++;
    }
    find_publishers(events, routes);
    next_ = 0;
#pragma omp parallel num_threads(static_cast <int>(gradients_.size()))
    work(events, routes, under_way, counts, gradients_[static_cast<std::size_t>(omp_get_thread_num())]);
    if (failure_) std::rethrow_exception(failure_);
  }

  // The same where each event names one worker alone: every thread takes the events of some workers, and none waits.
  void by_workers(std::span<const Event> events, UnderWay<Scalar>& under_way, Counts& counts) {
    const std::size_t threads = gradients_.size(), workers = taken_.size();
    own_.resize(threads);
    on_threads(threads, threads, [&](std::size_t thread) {
      const std::size_t first = workers * thread / threads, last = workers * (thread + 1) / threads;
      std::vector<Event>& own = own_[thread];
      own.clear();
      std::copy_if(events.begin(), events.end(), std::back_inserter(own),
                   [&](const Event& event) { return first <= event.i && event.i < last; });
      if (simulation_.objective != nullptr) gradients_[thread].announce(own, counts);
      apply_events<Scalar>(simulation_, own, {}, gradients_[thread], under_way);
    });
  }

 private:
  // How many events of each worker come before an event.
  struct Turns {
    std::uint32_t i, j;
  };

  void work(std::span<const Event> events, std::span<const Route<Scalar>> routes, UnderWay<Scalar>& under_way,
            Counts& counts, EventGradients<Scalar>& gradients) {
    for (std::size_t k; (k = next_.fetch_add(1, std::memory_order_relaxed)) < events.size();) {
      const Event& event = events[k];
      if (!wait_for(event.i, turns_[k].i) || !wait_for(event.j, turns_[k].j)) return;
      for (const std::size_t published : publishers_[k])
        if (!wait_for(events[published].i, turns_[published].i + 1)) return;
      try {
        const std::span<const Event> one(&event, 1);
        if (simulation_.objective != nullptr) gradients.announce(one, counts);
        apply_events<Scalar>(simulation_, one, routes.empty() ? routes : routes.subspan(k, 1), gradients,
                             under_way);
      } catch (...) {  // must not leave the parallel region
        const std::scoped_lock lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        failed_ = true;
        return;
      }
      done_[event.i].store(turns_[k].i + 1, std::memory_order_release);
      if (event.j != event.i) done_[event.j].store(turns_[k].j + 1, std::memory_order_release);
    }
  }

  // For each mix, which of the events publish what it hears.
  void find_publishers(std::span<const Event> events, std::span<const Route<Scalar>> routes) {
    publishers_.resize(events.size());
    for (std::size_t k = 0; k < events.size(); ++k) {
      publishers_[k].clear();
      if (events[k].verb != Verb::mix) continue;
      for (std::size_t earlier = 0; earlier < k; ++earlier)
        if (events[earlier].verb == Verb::publish &&
            std::find(routes[k].letters.begin(), routes[k].letters.end(), routes[earlier].out) !=
                routes[k].letters.end())
          publishers_[k].push_back(earlier);
    }
  }

  // Until so many events of the worker are done. False where they never will be, because another thread failed.
  bool wait_for(Worker worker, std::uint32_t turn) const {
    constexpr int patience = 2000;  // looks before the processor is left to others, some microseconds
    const auto done = [&] {         // numbers may have wrapped
      return static_cast<std::int32_t>(done_[worker].load(std::memory_order_acquire) - turn) >= 0;
    };
    for (int looks = 0; !done(); ++looks) {
      if (failed_) return false;
      if (looks > patience) std::this_thread::yield();
    }
    return true;
  }

  const Simulation<Scalar>& simulation_;
  std::vector<std::uint32_t> taken_;               // per worker: events handed out
  std::vector<std::atomic<std::uint32_t>> done_;   // per worker: events applied
  std::vector<EventGradients<Scalar>> gradients_;  // one per thread
  std::vector<Turns> turns_;                       // of the events at hand
  std::vector<std::vector<std::size_t>> publishers_;
  std::vector<std::vector<Event>> own_;  // per thread: those of its workers
  std::atomic<std::size_t> next_ = 0;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;
  std::exception_ptr failure_;
};

// Applies pieces of the stream, shared out or not. Both give the same bits, so it may choose by the clock: it
// tries both in turn, and keeps to whatever is faster.
template <class Scalar>
class OpenmpExecutor final : public Executor<Scalar> {
 public:
  OpenmpExecutor(const Simulation<Scalar>& simulation, int threads, Sharing sharing)
      : Executor<Scalar>(simulation),
        threads_(threads),
        in_rounds_(has_rounds(simulation.schedule.groups())),
        local_(simulation),
        team_(simulation, threads),
        state_(threads == 1                 ? State::alone
               : sharing == Sharing::always ? State::shared
                                            : State::warm_up) {}

  bool start() override { return local_.start(); }

  void apply(std::span<const Event> events, Counts& counts) override {
    const auto started = std::chrono::steady_clock::now();
    if (state_ == State::shared || state_ == State::trying_shared) {
      apply_shared(events, counts);
    } else {
      local_.apply(events, counts, [](std::size_t count, const auto& work) {
        for (std::size_t k = 0; k < count; ++k) work(k);
      });
    }
    if (state_ == State::shared || state_ == State::alone) return;
    seconds_ += std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    units_ += in_rounds_ ? rounds_among(events) : events.size();
    if (seconds_ >= trial_seconds && units_ > 0) conclude_trial();
  }

  std::string decision() const {
    const auto in_us = [](double seconds) { return fmt::format("{:.3g} µs", seconds * 1e6); };
    const char* const unit = in_rounds_ ? "a round" : "an event";
    const std::string many = fmt::format("{} threads", threads_);
    if (threads_ == 1) return "one thread: no other was given";
    if (state_ == State::warm_up || state_ == State::trying_alone)
      return "one thread: the run was too short to share";
    if (alone_seconds_ == 0) return many + ": as demanded";
    if (alone_seconds_ < least_shared())
      return fmt::format("one thread: {} takes {}, too little to share", unit, in_us(alone_seconds_));
    if (state_ == State::trying_shared) return many + ": the run ended while they were on trial";
    return fmt::format("{}: {} takes {} on one thread, {} on {}",
                       state_ == State::shared ? many : "one thread", unit, in_us(alone_seconds_),
                       in_us(shared_seconds_), many);
  }

 protected:
  std::vector<Parcel<Scalar>> mail() override { return local_.in_flight().mail.save(); }

 private:
  enum class State { warm_up, trying_alone, trying_shared, shared, alone };
  static constexpr double trial_seconds = 0.02;
  // Handing an event and its states to another core costs some tenths of a microsecond; a round takes two or three
  // regions of some microseconds each.
  double least_shared() const { return in_rounds_ ? 2e-5 : 1e-6; }

  static std::uint64_t rounds_among(std::span<const Event> events) {
    return static_cast<std::uint64_t>(std::count_if(
        events.begin(), events.end(), [](const Event& event) { return event.verb == Verb::round; }));
  }

  void conclude_trial() {
    const double per_unit = seconds_ / static_cast<double>(units_);
    if (state_ == State::warm_up) {
      state_ = State::trying_alone;
    } else if (state_ == State::trying_alone) {
      alone_seconds_ = per_unit;
      state_ = alone_seconds_ < least_shared() ? State::alone : State::trying_shared;
    } else {
      shared_seconds_ = per_unit;
      state_ = shared_seconds_ < alone_seconds_ ? State::shared : State::alone;
    }
    seconds_ = 0;
    units_ = 0;
  }

  void apply_shared(std::span<const Event> events, Counts& counts) {
    local_.apply_with(
        events, counts,
        [&](std::size_t count, const auto& work) {
          on_threads(static_cast<std::size_t>(threads_), count, work);
        },
        [&](std::span<const Event> between) {
          const auto routes = local_.routes(between);
          UnderWay<Scalar>& under_way = local_.in_flight().gradients;
          if (simulation_.objective == nullptr && routes.empty()) return share_coordinates(between);
          if (in_rounds_ && of_one_worker_each(between)) return team_.by_workers(between, under_way, counts);
          team_(between, routes, under_way, counts);
        });
  }

  static bool of_one_worker_each(std::span<const Event> events) {
    return std::all_of(events.begin(), events.end(),
                       [](const Event& event) { return is_of_gradients(event.verb); });
  }

  // Of exchanges alone.
  void share_coordinates(std::span<const Event> events) {
    simulation_.kernel.communicate(events, [&](Index dimension, const auto& visit) {
      constexpr Index line = 64;  // threads write no common cache line
      const Index parts = threads_, lines = (dimension + line - 1) / line;
#pragma omp parallel for num_threads(threads_) schedule(static, 1)
      for (Index t = 0; t < parts; ++t) {
        const Index first = lines * t / parts * line,
                    last = std::min(lines * (t + 1) / parts * line, dimension);
        if (first < last) visit(first, last);
      }
    });
  }

  using Executor<Scalar>::simulation_;
  int threads_;
  bool in_rounds_;
  LocalRun<Scalar> local_;
  ThreadTeam<Scalar> team_;
  State state_;
  double seconds_ = 0;  // of the trial at hand
  std::uint64_t units_ = 0;
  double alone_seconds_ = 0, shared_seconds_ = 0;  // per event or round, as tried
};

}  // namespace

template <class Scalar>
Outcome run_openmp(const Simulation<Scalar>& simulation, int threads, Sharing sharing) {
  threads = std::max(threads, 1);
  OpenmpExecutor<Scalar> executor(simulation, threads, sharing);
  Outcome outcome = RunLoop<Scalar>(simulation, static_cast<std::size_t>(16 * threads), executor).run();
  outcome.decision = executor.decision();
  return outcome;
}
template Outcome run_openmp<float>(const Simulation<float>&, int, Sharing);
template Outcome run_openmp<double>(const Simulation<double>&, int, Sharing);

}  // namespace acidsim
