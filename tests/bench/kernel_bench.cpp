// What one event costs on states, beside a yardstick of the same binary, by turns: an in-place
// read-modify-write over a working set of the same size. Both count each number read and written.
// Goals: at least 85 % of the yardstick's bytes per second in the cache (d = 100 … 10⁴), 90 % in memory (d =
// 10⁶), event by event; many events together, tile by tile of the dimension, twice the yardstick.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <vector>

#include "sim/algorithms/a2cid2.hpp"
#include "sim/algorithms/async_gossip.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "tests/bench/goal.hpp"

namespace acidsim {
namespace {

constexpr Worker workers = 64;

std::vector<Event> ring_events(std::size_t count) {
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

// `events` handed over `together` at a time.
template <class Scalar>
void communicate(benchmark::State& state, Kernel<Scalar>& kernel, std::size_t count, std::size_t together,
                 double goal) {
  fill(kernel);
  std::vector<Event> events = ring_events(count);
  const double period = events.back().time;
  const double size =
      static_cast<double>(kernel.vectors() * kernel.dimension()) * sizeof(Scalar);  // a worker's
  Vector<Scalar> yardstick = Vector<Scalar>::Ones(workers * kernel.vectors() * kernel.dimension());
  double kernel_seconds = 0, yardstick_seconds = 0;
  for (auto _ : state) {
    const double start = cpu_seconds();
    for (std::size_t k = 0; k < count; k += together)
      kernel.communicate(std::span<const Event>(events).subspan(k, std::min(together, count - k)));
    const double middle = cpu_seconds();
    for (std::size_t k = 0; k < count; k += workers / 2) {  // as many bytes, all in all
      yardstick.array() = Scalar(0.999999) * yardstick.array() + Scalar(1e-6);
      benchmark::DoNotOptimize(yardstick.data());
      benchmark::ClobberMemory();
    }
    kernel_seconds += middle - start;
    yardstick_seconds += cpu_seconds() - middle;
    state.SetIterationTime(middle - start);
    for (Event& event : events) event.time += period;
  }
  const double done = static_cast<double>(state.iterations()) * static_cast<double>(count);
  state.counters["events"] = done / kernel_seconds;
  state.counters["GB_per_s"] = 1e-9 * done * 2 * 2 * size / kernel_seconds;
  if (goal > 0) state_goal_ratio(state, yardstick_seconds / kernel_seconds, goal);
}

std::size_t enough_events(Index dimension) { return dimension >= 10000 ? 64 : 4096; }
double goal_at(Index dimension) { return dimension < 100 ? 0.0 : dimension > 10000 ? 0.9 : 0.85; }

template <class Scalar>
void a2cid2_communicate(benchmark::State& state) {
  const Index d = state.range(0);
  const std::size_t together = d > 10000 ? 1 : 4096;
  communicate(state, *make_a2cid2_kernel<Scalar>({0.035, 0.5, 7.26}, workers, d), enough_events(d), together,
              goal_at(d));
}
template <class Scalar>
void gossip_communicate(benchmark::State& state) {
  const Index d = state.range(0);
  const std::size_t together = d > 10000 ? 1 : 4096;
  communicate(state, *make_async_gossip_kernel<Scalar>({0.5}, workers, d), enough_events(d), together,
              goal_at(d));
}
// The same events in tiles. As many together as a whole run takes.
template <class Scalar>
void a2cid2_in_tiles(benchmark::State& state) {
  communicate(state, *make_a2cid2_kernel<Scalar>({0.035, 0.5, 7.26}, workers, state.range(0)), 512, 512, 2.0);
}

// Reading the model and landing the step, without the gradient itself. No goal.
template <class Scalar>
void a2cid2_gradient_step(benchmark::State& state) {
  const Index d = state.range(0);
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

#define ACIDSIM_DIMENSIONS ->Arg(1)->Arg(10)->Arg(100)->Arg(1000)->Arg(10000)->Arg(1000000)
BENCHMARK(a2cid2_communicate<double>)
    ->Name("kernel/a2cid2/communicate/double/d")
    ->UseManualTime() ACIDSIM_DIMENSIONS;
BENCHMARK(a2cid2_communicate<float>)
    ->Name("kernel/a2cid2/communicate/float/d")
    ->UseManualTime() ACIDSIM_DIMENSIONS;
BENCHMARK(gossip_communicate<double>)
    ->Name("kernel/gossip/communicate/double/d")
    ->UseManualTime() ACIDSIM_DIMENSIONS;
BENCHMARK(a2cid2_in_tiles<double>)
    ->Name("kernel/a2cid2/tiles/double/d")
    ->UseManualTime()
    ->Iterations(3)
    ->Arg(1000000);
BENCHMARK(a2cid2_in_tiles<float>)
    ->Name("kernel/a2cid2/tiles/float/d")
    ->UseManualTime()
    ->Iterations(3)
    ->Arg(1000000);
BENCHMARK(a2cid2_gradient_step<double>)->Name("kernel/a2cid2/gradient_step/double/d") ACIDSIM_DIMENSIONS;
#undef ACIDSIM_DIMENSIONS

}  // namespace
}  // namespace acidsim
