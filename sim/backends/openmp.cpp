#include <omp.h>

#include <exception>

#include "sim/backends/event_application.hpp"
#include "sim/backends/run_loop.hpp"

namespace acidsim {
namespace {

// Below this many numbers moved (some 50 µs of work) waking the threads may cost more than they save.
constexpr double smallest_parallel_wave = 1 << 17;
// A gradient reads data beside the state: its cost in passes over the model, roughly.
constexpr double gradient_passes = 16;

// A piece of the event stream, sorted into waves: all events of a wave name disjoint workers, and each comes
// after the last earlier event of its workers. Waves are applied one after another, the events of a wave side
// by side.
class Waves {
 public:
  explicit Waves(Worker workers) : level_(workers, 0) {}

  // Valid until the next call; wave w holds sorted()[starts()[w] … starts()[w + 1] − 1].
  void schedule(std::span<const Event> events) {
    const std::uint32_t before = deepest_;  // earlier pieces are done: every event may start from there
    wave_of_.clear();
    starts_.assign(1, 0);
    for (const Event& event : events) {
      const std::uint32_t level = 1 + std::max({before, level_[event.i], level_[event.j]});
      level_[event.i] = level_[event.j] = level;
      deepest_ = std::max(deepest_, level);
      wave_of_.push_back(level - before - 1);
      starts_.resize(std::max<std::size_t>(starts_.size(), level - before + 1), 0);
      ++starts_[level - before];
    }
    for (std::size_t w = 1; w < starts_.size(); ++w) starts_[w] += starts_[w - 1];
    sorted_.resize(events.size());
    next_ = starts_;
    for (std::size_t k = 0; k < events.size(); ++k) sorted_[next_[wave_of_[k]]++] = events[k];
  }

  std::size_t count() const { return starts_.size() - 1; }
  std::span<const Event> wave(std::size_t w) const {
    return std::span(sorted_).subspan(starts_[w], starts_[w + 1] - starts_[w]);
  }

 private:
  std::vector<std::uint32_t> level_;  // per worker: the level of its last event
  std::uint32_t deepest_ = 0;
  std::vector<std::uint32_t> wave_of_;  // per event
  std::vector<std::size_t> starts_, next_;
  std::vector<Event> sorted_;
};

template <class Scalar>
class WaveRunner {
 public:
  WaveRunner(const Simulation<Scalar>& simulation, int threads)
      : simulation_(simulation),
        threads_(threads),
        waves_(simulation.kernel.workers()),
        scratch_(static_cast<std::size_t>(threads)),
        failures_(static_cast<std::size_t>(threads)) {}

  void operator()(std::span<const Event> piece, Counts& counts) {
    if (threads_ == 1) return apply_in_order(simulation_, piece, counts, scratch_[0]);
    waves_.schedule(piece);
    for (std::size_t w = 0; w < waves_.count(); ++w) {
      const std::span<const Event> wave = waves_.wave(w);
      if (work(wave) < smallest_parallel_wave) {
        apply_in_order(simulation_, wave, counts, scratch_[0]);
      } else {
        apply_in_parallel(wave, counts);
      }
    }
  }

 private:
  double work(std::span<const Event> wave) const {
    if (wave.size() < 2) return 0;
    double passes = 0;
    for (const Event& event : wave) {
      passes += event.kind == EventKind::gradient ? gradient_passes : 2.0 * simulation_.kernel.vectors();
    }
    return passes * static_cast<double>(simulation_.kernel.dimension());
  }

  // Thread t takes the t-th share of the wave. An exception must not leave the parallel region: it is carried
  // out, and the first one is thrown again.
  void apply_in_parallel(std::span<const Event> wave, Counts& counts) {
    const auto parts = static_cast<std::size_t>(threads_);
#pragma omp parallel for num_threads(threads_) schedule(static, 1)
    for (std::size_t t = 0; t < parts; ++t) {
      const std::size_t first = wave.size() * t / parts, last = wave.size() * (t + 1) / parts;
      try {
        apply_in_order(simulation_, wave.subspan(first, last - first), counts, scratch_[t]);
      } catch (...) {
        failures_[t] = std::current_exception();
      }
    }
    for (const std::exception_ptr& failure : failures_) {
      if (failure) std::rethrow_exception(failure);
    }
  }

  const Simulation<Scalar>& simulation_;
  int threads_;
  Waves waves_;
  std::vector<GradientScratch<Scalar>> scratch_;  // one per thread
  std::vector<std::exception_ptr> failures_;
};

}  // namespace

template <class Scalar>
Outcome run_openmp(const Simulation<Scalar>& simulation, int threads) {
  threads = std::max(threads, 1);
  WaveRunner<Scalar> runner(simulation, threads);
  const auto apply = [&](std::span<const Event> piece, Counts& counts) { runner(piece, counts); };
  return RunLoop(simulation, static_cast<std::size_t>(16 * threads), apply).run();
}
template Outcome run_openmp<float>(const Simulation<float>&, int);
template Outcome run_openmp<double>(const Simulation<double>&, int);

}  // namespace acidsim
