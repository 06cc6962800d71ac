// What one event costs on states: communication and gradient-step kernels, beside a yardstick of the same
// binary: an in-place read-modify-write over a working set of the same size. `bytes_per_second` counts each
// number read and written.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/events/poisson_schedule.hpp"

namespace acidsim {
namespace {

// 64 workers as long as their states stay within 1 GiB.
Worker workers_for(Index dimension) { return dimension >= 1000000 ? 16 : 64; }

std::vector<Event> ring_events(Worker workers, std::size_t count) {
  std::vector<Edge> edges;
  for (Worker i = 0; i < workers; ++i)
    edges.push_back({std::min(i, (i + 1) % workers), std::max(i, (i + 1) % workers), 0.5});
  const PoissonSchedule schedule(1, std::vector<double>(workers, 0.0), edges);
  const auto cursor = schedule.from(0.0);
  std::vector<Event> events;
  while (events.size() < count) {
    const auto block = cursor->next();
    events.insert(events.end(), block.begin(), block.end());
  }
  events.resize(count);
  return events;
}

template <class Scalar>
void fill(Kernel<Scalar>& kernel) {
  for (Worker i = 0; i < kernel.workers(); ++i)
    kernel.initialise(i, Vector<Scalar>::Constant(kernel.dimension(), Scalar(i)));
}

template <class Scalar>
void communicate(benchmark::State& state, Kernel<Scalar>& kernel) {
  fill(kernel);
  std::vector<Event> events = ring_events(kernel.workers(), kernel.dimension() >= 10000 ? 64 : 4096);
  const double period = events.back().time;
  for (auto _ : state) {
    kernel.communicate(events);
    for (Event& event : events) event.time += period;
  }
  const double done = static_cast<double>(state.iterations()) * static_cast<double>(events.size());
  state.counters["events"] = benchmark::Counter(done, benchmark::Counter::kIsRate);
  state.SetBytesProcessed(static_cast<std::int64_t>(
      done * 2 * 2 * kernel.vectors() * static_cast<double>(kernel.dimension()) * sizeof(Scalar)));
}

template <class Scalar>
void a2cid2_communicate(benchmark::State& state) {
  const Index d = state.range(0);
  communicate(state, *make_a2cid2_kernel<Scalar>({0.035, 0.5, 7.26}, workers_for(d), d));
}

template <class Scalar>
void gossip_communicate(benchmark::State& state) {
  const Index d = state.range(0);
  communicate(state, *make_async_gossip_kernel<Scalar>({0.5}, workers_for(d), d));
}

// Reading the model and landing the step, without the gradient itself.
template <class Scalar>
void a2cid2_gradient_step(benchmark::State& state) {
  const Index d = state.range(0);
  const Worker workers = workers_for(d);
  const auto kernel = make_a2cid2_kernel<Scalar>({0.035, 0.5, 7.26}, workers, d);
  fill(*kernel);
  Vector<Scalar> x(d);
  double time = 0;
  Worker i = 0;
  for (auto _ : state) {
    time += 1e-3;
    i = (i + 37) % workers;
    kernel->read(i, 0, time, {x.data(), static_cast<std::size_t>(d)});
    kernel->step(i, time, 1e-9, x);
  }
  state.counters["events"] =
      benchmark::Counter(static_cast<double>(state.iterations()), benchmark::Counter::kIsRate);
}

// The yardstick: y ← a·y + b over the working set that 64 (16) workers with two vectors have.
void yardstick(benchmark::State& state) {
  const Index d = state.range(0);
  Vector<double> y = Vector<double>::Ones(2 * d * workers_for(d));
  for (auto _ : state) {
    y.array() = 0.999999 * y.array() + 1e-6;
    benchmark::DoNotOptimize(y.data());
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations()) * y.size() *
                          static_cast<std::int64_t>(2 * sizeof(double)));
}

#define ACIDSIM_DIMENSIONS ->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(10000)->Arg(1000000)
BENCHMARK(yardstick)->Name("kernel/yardstick/d") ACIDSIM_DIMENSIONS;
BENCHMARK(a2cid2_communicate<double>)->Name("kernel/a2cid2/communicate/double/d") ACIDSIM_DIMENSIONS;
BENCHMARK(a2cid2_communicate<float>)->Name("kernel/a2cid2/communicate/float/d") ACIDSIM_DIMENSIONS;
BENCHMARK(gossip_communicate<double>)->Name("kernel/gossip/communicate/double/d") ACIDSIM_DIMENSIONS;
BENCHMARK(a2cid2_gradient_step<double>)->Name("kernel/a2cid2/gradient_step/double/d") ACIDSIM_DIMENSIONS;
#undef ACIDSIM_DIMENSIONS

}  // namespace
}  // namespace acidsim
