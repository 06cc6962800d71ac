#include "sim/live/live_run.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <exception>
#include <optional>
#include <span>
#include <thread>
#include <type_traits>

namespace acidsim {
namespace {

template <class Scalar>
class LiveRank {
 public:
  LiveRank(const LiveRun<Scalar>& run, LiveTransport& transport) : run_(run), transport_(transport) {}

  LiveResult<Scalar> run() {
    if (run_.before)
      static_cast<LiveHistory&>(result_) = *run_.before;
    else
      begin();
    while (run_segment()) {
    }
    result_.states = collect_states();
    if (result_.states) result_.mean = mean_model(*result_.states);
    return std::move(result_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  Index dimension() const { return run_.kernel.dimension(); }
  bool is_own(Worker worker) const {
    return worker >= transport_.first_worker() && worker < transport_.last_worker();
  }
  Worker local(Worker worker) const { return worker - transport_.first_worker(); }

  void begin() {
    result_.trace.workers.resize(run_.protocol.workers);
    if (run_.average_at_start) average_at_start();
    if (run_.kernel.has_gradient_at_start()) take_gradients_at_start();
    const auto at_start = collect_states();
    if (at_start && run_.on_start) run_.on_start(*at_start);
  }

  void average_at_start() {
    OrderedMean<Scalar> mean(dimension());
    std::vector<Scalar> x(static_cast<std::size_t>(dimension()));
    for (Worker worker = 0; worker < run_.protocol.workers; ++worker) {
      if (is_own(worker)) run_.kernel.read(local(worker), 0, 0.0, x);
      transport_.broadcast(worker, std::as_writable_bytes(std::span(x)));
      mean.add(x);
    }
    const Vector<Scalar> start = mean.mean();
    for (Worker worker = 0; worker < run_.kernel.workers(); ++worker) run_.kernel.initialise(worker, start);
  }

  // Of the methods that take a gradient before the first event: gradient number 0 of each worker.
  void take_gradients_at_start() {
    const auto scratch = run_.objective.scratch();
    Vector<Scalar> model(dimension()), direction(dimension());
    for (Worker place = 0; place < run_.kernel.workers(); ++place) {
      run_.kernel.model(place, 0.0, {model.data(), static_cast<std::size_t>(model.size())});
      run_.objective.gradient(transport_.first_worker() + place, 0, model, direction, *scratch);
      run_.optimizer.take_in(place, scratch->statistics);
      run_.optimizer.direction(place, model, direction);
      run_.kernel.land_at_start(
          place, live_learning_rate(run_.optimizer, 0, run_.protocol.workers, run_.horizon), direction);
    }
  }

  // What rank 0 tells the others when all loops have ended.
  struct SegmentEnd {
    double wall_seconds = 0;
    std::uint32_t ended = 0, saved = 0;
  };

  // Returns whether another one follows.
  bool run_segment() {
    make_workers();
    transport_.barrier();
    start_ = Clock::now() -
             std::chrono::ceil<Clock::duration>(std::chrono::duration<double>(result_.wall_seconds));
    const std::optional<StopReason> reason = run_loops();
    SegmentEnd end;
    end.wall_seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    collect_trace();
    if (transport_.rank() == 0) {
      for (const auto& list : result_.trace.workers)
        if (!list.empty()) end.wall_seconds = std::max(end.wall_seconds, list.back().wall);
      end.ended = reason.has_value();
      end.saved = run_.save && (!reason || *reason == StopReason::interrupted);
      result_.reason = reason.value_or(StopReason::gradients);
    }
    transport_.broadcast(0, std::as_writable_bytes(std::span(&end, 1)));
    result_.wall_seconds = end.wall_seconds;
    if (end.saved != 0) save();
    return end.ended == 0;
  }

  void make_workers() {
    workers_.clear();
    for (Worker worker = transport_.first_worker(); worker < transport_.last_worker(); ++worker)
      workers_.push_back(std::make_unique<LiveWorker<Scalar>>(
          LiveWorkerSetup<Scalar>{.protocol = run_.protocol,
                                  .worker = worker,
                                  .local = local(worker),
                                  .kernel = run_.kernel,
                                  .optimizer = run_.optimizer,
                                  .objective = run_.objective,
                                  .transport = transport_,
                                  .gradient_seconds = run_.gradient_seconds[worker],
                                  .horizon = run_.horizon},
          result_.trace.workers[worker]));
  }

  // Every loop of every worker in a thread of its own, and the coordinator's. What that says, at rank 0.
  std::optional<StopReason> run_loops() {
    std::optional<StopReason> reason;
    std::vector<std::jthread> threads;
    if (transport_.rank() == 0)
      threads.emplace_back(
          [&] { guarded([&] { reason = coordinate(run_.protocol, transport_, run_.control, result_); }); });
    std::vector<std::jthread> loops;
    for (const auto& worker : workers_) worker->set_start(start_);
    for (const auto& worker : workers_) {
      loops.emplace_back([&] { guarded([&] { worker->run_gradients(); }); });
      loops.emplace_back([&] { guarded([&] { worker->run_averagings(); }); });
    }
    for (std::size_t k = 0; k < loops.size(); ++k) {
      loops[k].join();
      const auto worker = static_cast<Worker>(transport_.first_worker() + k / 2);
      if (k % 2 == 1) guarded([&] { transport_.ask({LiveRequest::Kind::finished, worker}); });
    }
    for (std::jthread& thread : threads) thread.join();
    if (failure_) std::rethrow_exception(failure_);
    return reason;
  }

  template <class Work>
  void guarded(const Work& work) {
    try {
      work();
    } catch (const LiveAbandoned&) {  // the cause is elsewhere
      fail("another part of the run failed", std::current_exception(), false);
    } catch (const std::exception& error) {
      fail(error.what(), std::current_exception(), true);
    } catch (...) {
      fail("unknown failure", std::current_exception(), true);
    }
  }

  void fail(const std::string& why, std::exception_ptr error, bool is_cause) {
    {
      const std::scoped_lock lock(mutex_);
      if (!failure_ || (is_cause && !has_cause_)) failure_ = error;
      has_cause_ |= is_cause;
    }
    transport_.abandon(why);
    for (const auto& worker : workers_) worker->abandon();
  }

  // On rank 0 the states of all workers, each at its own time; null elsewhere.
  std::unique_ptr<CollectedStates<Scalar>> collect_states() {
    const int vectors = run_.kernel.vectors();
    const auto d = static_cast<std::size_t>(dimension());
    const std::size_t state_size = static_cast<std::size_t>(vectors + 1) * d;  // and the model
    std::unique_ptr<CollectedStates<Scalar>> states;
    if (transport_.rank() == 0)
      states = std::make_unique<CollectedStates<Scalar>>(run_.protocol.workers, vectors, dimension());
    std::vector<std::byte> bytes;
    for (Worker worker = 0; worker < run_.protocol.workers; ++worker) {
      if (is_own(worker)) {
        std::vector<Scalar> values(state_size);
        const double time = result_.trace.time_of(worker);
        for (int a = 0; a < vectors; ++a)
          run_.kernel.read(local(worker), a, time,
                           std::span(values).subspan(static_cast<std::size_t>(a) * d, d));
        run_.kernel.model(local(worker), time, std::span(values).last(d));
        const auto view = std::as_bytes(std::span(values));
        const auto memory = run_.optimizer.memory().bytes(local(worker));
        bytes.assign(view.begin(), view.end());
        bytes.insert(bytes.end(), memory.begin(), memory.end());
      }
      transport_.collect(worker, bytes);
      if (!states) continue;
      std::vector<Scalar>& state = states->state(worker);
      state.resize(state_size);
      const std::size_t state_bytes = state_size * sizeof(Scalar);
      std::memcpy(state.data(), bytes.data(), state_bytes);
      states->memory(worker).assign(bytes.begin() + static_cast<std::ptrdiff_t>(state_bytes), bytes.end());
    }
    return states;
  }

  // All operations, at rank 0.
  void collect_trace() {
    static_assert(std::is_trivially_copyable_v<LiveOperation>);
    std::vector<std::byte> bytes;
    for (Worker worker = 0; worker < run_.protocol.workers; ++worker) {
      std::vector<LiveOperation>& list = result_.trace.workers[worker];
      if (is_own(worker)) {
        list = std::move(workers_[local(worker)]->operations());
        if (transport_.rank() == 0) continue;
        const auto view = std::as_bytes(std::span(list));
        bytes.assign(view.begin(), view.end());
      }
      transport_.collect(worker, bytes);
      if (transport_.rank() != 0) continue;
      list.resize(bytes.size() / sizeof(LiveOperation));
      if (!list.empty()) std::memcpy(list.data(), bytes.data(), bytes.size());
    }
  }

  void save() {
    if (transport_.rank() == 0)
      run_.save(result_, [this](const LiveVisit<Scalar>& visit) { collect_stored(visit); });
    else
      collect_stored({});
  }

  // Every worker's state as the kernel stores it, and its optimizer's memory: at rank 0 `visit` gets them.
  void collect_stored(const LiveVisit<Scalar>& visit) {
    std::vector<Scalar> stored(run_.kernel.stored_size());
    const std::size_t state_bytes = stored.size() * sizeof(Scalar);
    std::vector<std::byte> bytes;
    for (Worker worker = 0; worker < run_.protocol.workers; ++worker) {
      double time = 0;
      if (is_own(worker)) {
        time = run_.kernel.save(local(worker), stored);
        bytes.clear();
        for (const auto part : {std::as_bytes(std::span(&time, 1)), std::as_bytes(std::span(stored)),
                                std::span<const std::byte>(run_.optimizer.memory().bytes(local(worker)))})
          bytes.insert(bytes.end(), part.begin(), part.end());
      }
      transport_.collect(worker, bytes);
      if (!visit) continue;
      std::memcpy(&time, bytes.data(), sizeof(time));
      std::memcpy(stored.data(), bytes.data() + sizeof(time), state_bytes);
      visit(time, stored, std::span(bytes).subspan(sizeof(time) + state_bytes));
    }
  }

  const LiveRun<Scalar>& run_;
  LiveTransport& transport_;
  std::vector<std::unique_ptr<LiveWorker<Scalar>>> workers_;
  LiveResult<Scalar> result_;
  Clock::time_point start_;
  std::mutex mutex_;
  std::exception_ptr failure_;
  bool has_cause_ = false;
};

}  // namespace

template <class Scalar>
LiveResult<Scalar> run_live(const LiveRun<Scalar>& run, LiveTransport& transport) {
  return LiveRank<Scalar>(run, transport).run();
}
template LiveResult<float> run_live<float>(const LiveRun<float>&, LiveTransport&);
template LiveResult<double> run_live<double>(const LiveRun<double>&, LiveTransport&);

}  // namespace acidsim
