// Push-sum where messages get lost and come twice: with running sums nothing is lost for good, and without them it is.
#include <gtest/gtest.h>

#include <cmath>

#include "sim/algorithms/generic_kernel.hpp"
#include "sim/algorithms/push_sum.hpp"
#include "sim/timing/directed_schedule.hpp"
#include "sim/timing/poisson_schedule.hpp"
#include "tests/engine/runs.hpp"

namespace acidsim {
namespace lost_messages_test {
namespace {

constexpr Worker workers = 12;

// Both clocks of every worker of the ring.
EdgeClocks clocks_of_the_ring() {
  EdgeClocks edges{.first = {0}, .clocks = {}, .most = 2};
  const std::vector<Edge> ring = ring_edges(workers);
  for (Worker i = 0; i < workers; ++i) {
    for (std::uint32_t e = 0; e < ring.size(); ++e)
      if (ring[e].i == i || ring[e].j == i) edges.clocks.push_back(workers + e);
    edges.first.push_back(edges.clocks.size());
  }
  return edges;
}

DirectedSchedule faulty(const MessageFaults& faults) {
  const std::vector<Edge> edges = ring_edges(workers);
  return {
      5, std::make_unique<PoissonSchedule>(5, std::vector<double>(workers, 0.0), edges), workers, {}, faults};
}

// Worker i starts at i². What it has at the end: its model, and of x and w what it holds and what is on its edges.
struct End {
  std::vector<double> models;
  double x = 0, weights = 0;
};
template <class Run>
End end_of(bool running_sums, const MessageFaults& faults, double time, const Run& run) {
  const DirectedSchedule schedule = faulty(faults);
  const auto kernel = make_generic_kernel<double>(push_sum_dynamics(running_sums), workers, 1);
  if (running_sums) kernel->keep_sums(clocks_of_the_ring());
  for (Worker i = 0; i < workers; ++i) kernel->initialise(i, Vector<double>::Constant(1, 1.0 * i * i));
  Simulation<double> simulation{.schedule = schedule, .kernel = *kernel};
  simulation.stop.time = time;
  simulation.stop.diverged_above = infinity;  // repeated messages bring ever more
  run(simulation);
  End end{std::vector<double>(workers)};
  std::vector<double> stored(kernel->stored_size());
  for (Worker i = 0; i < workers; ++i) {
    kernel->model(i, time, {&end.models[i], 1});
    kernel->save(i, stored);
    end.x += stored[0];
    end.weights += weight_of<double>(*kernel, stored);
    for (std::size_t at = 2; at < stored.size(); at += 4) end.x += stored[at] - stored[at + 2];
  }
  return end;
}

const auto serially = [](const Simulation<double>& simulation) { run_serial(simulation); };
const auto on_three_threads = [](const Simulation<double>& simulation) {
  run_openmp(simulation, 3, Sharing::always);
};

TEST(RunningSums, ConserveWhatIsHeldAndWhatIsStillToBeSeen) {
  for (const MessageFaults& faults : {MessageFaults{}, MessageFaults{.lost = 0.3}, MessageFaults{0.3, 0.5}})
    for (const double time : {1.0, 10.0, 3000.0}) {
      const End end = end_of(true, faults, time, serially);
      EXPECT_NEAR(end.weights, workers, 1e-9) << time;
      EXPECT_NEAR(end.x, 506, 1e-7) << time;
    }
}

TEST(RunningSums, EndAtTheExactMean) {
  for (const MessageFaults& faults : {MessageFaults{.lost = 0.3}, MessageFaults{0.3, 0.5}})
    for (const double model : end_of(true, faults, 3000, serially).models)
      EXPECT_NEAR(model, 506 / 12.0, 1e-9);
}

// All agree, on something else.
TEST(LostMessages, MoveTheMeanWithoutRunningSums) {
  for (const MessageFaults& faults : {MessageFaults{.lost = 0.3}, MessageFaults{.repeated = 0.5}}) {
    const End end = end_of(false, faults, 2000, serially);
    for (const double model : end.models) EXPECT_NEAR(model, end.models[0], 1e-9);
    EXPECT_GT(std::abs(end.models[0] - 506 / 12.0), 0.5);
  }
}

TEST(RunningSums, AreTheSameOnThreads) {
  for (const bool running_sums : {false, true}) {
    const End serial = end_of(running_sums, {0.3, 0.5}, 50, serially);
    const End shared = end_of(running_sums, {0.3, 0.5}, 50, on_three_threads);
    EXPECT_EQ(shared.models, serial.models);
    EXPECT_EQ(shared.weights, serial.weights);
  }
}

// Without faults running sums are plain push-sum, to rounding.
TEST(RunningSums, ChangeNothingWhereNothingIsLost) {
  const End plain = end_of(false, {}, 30, serially), sums = end_of(true, {}, 30, serially);
  for (Worker i = 0; i < workers; ++i) EXPECT_NEAR(sums.models[i], plain.models[i], 1e-11);
}

}  // namespace
}  // namespace lost_messages_test
}  // namespace acidsim
