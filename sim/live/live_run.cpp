#include "sim/live/live_run.hpp"

#include <cstring>
#include <exception>
#include <thread>
#include <type_traits>

namespace acidsim {
namespace {

template <class Scalar>
class LiveRank {
 public:
  LiveRank(const LiveRun<Scalar>& run, LiveTransport& transport) : run_(run), transport_(transport) {
    for (Worker worker = transport.first_worker(); worker < transport.last_worker(); ++worker)
      workers_.push_back(std::make_unique<LiveWorker<Scalar>>(
          LiveWorkerSetup<Scalar>{.protocol = run.protocol,
                                  .worker = worker,
                                  .local = local(worker),
                                  .kernel = run.kernel,
                                  .optimizer = run.optimizer,
                                  .objective = run.objective,
                                  .transport = transport,
                                  .gradient_seconds = run.gradient_seconds[worker],
                                  .horizon = run.horizon}));
  }

  LiveResult<Scalar> run() {
    if (run_.average_at_start) average_at_start();
    if (run_.kernel.has_gradient_at_start()) take_gradients_at_start();
    const auto at_start = collect_states();
    if (at_start && run_.on_start) run_.on_start(*at_start);
    transport_.barrier();
    start_ = Clock::now();
    run_loops();
    result_.wall_seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    collect_traces();
    result_.states = collect_states();
    if (result_.states) {
      result_.mean = mean_model(*result_.states);
    }
    return std::move(result_);
  }

 private:
  using Clock = std::chrono::steady_clock;

  Index dimension() const { return run_.kernel.dimension(); }
  bool is_own(Worker worker) const {
    return worker >= transport_.first_worker() && worker < transport_.last_worker();
  }
  Worker local(Worker worker) const { return worker - transport_.first_worker(); }

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
      run_.optimizer.direction(place, model, direction);
      run_.kernel.land_at_start(
          place, live_learning_rate(run_.optimizer, 0, run_.protocol.workers, run_.horizon), direction);
    }
  }

  // Every loop of every worker in a thread of its own, and the coordinator's.
  void run_loops() {
    std::vector<std::jthread> threads;
    if (transport_.rank() == 0)
      threads.emplace_back(
          [this] { guarded([&] { result_.reason = coordinate(run_.protocol, transport_, run_.control); }); });
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
        const double time = workers_[local(worker)]->time();
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

  void collect_traces() {
    static_assert(std::is_trivially_copyable_v<LiveOperation>);
    const Worker workers = run_.protocol.workers;
    if (transport_.rank() == 0) {
      result_.trace.workers.resize(workers);
      result_.idle_seconds.resize(workers);
    }
    std::vector<std::byte> bytes;
    for (Worker worker = 0; worker < workers; ++worker) {
      if (is_own(worker)) {
        const double idle = workers_[local(worker)]->idle_seconds();
        const auto& list = workers_[local(worker)]->operations();
        const auto view = std::as_bytes(std::span(list)), number = std::as_bytes(std::span(&idle, 1));
        bytes.assign(number.begin(), number.end());
        bytes.insert(bytes.end(), view.begin(), view.end());
      }
      transport_.collect(worker, bytes);
      if (transport_.rank() != 0) continue;
      std::vector<LiveOperation>& list = result_.trace.workers[worker];
      list.resize((bytes.size() - sizeof(double)) / sizeof(LiveOperation));
      std::memcpy(&result_.idle_seconds[worker], bytes.data(), sizeof(double));
      if (!list.empty())
        std::memcpy(list.data(), bytes.data() + sizeof(double), list.size() * sizeof(LiveOperation));
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
