// Exchanges that average what optimizers remember.
#include "sim/engine/averaged_buffers.hpp"

#include <gtest/gtest.h>

#include "sim/optimizers/adam.hpp"
#include "tests/engine/runs.hpp"

namespace acidsim {
namespace buffers_test {

constexpr Index d = 3;

// A run of two workers with momentum, whose kernel averages the buffers or does not.
struct Pair {
  OwnedRun<double> owned{make_async_gossip_kernel<double>({}, 2, d),
                         make_quadratic<double>({.dimension = d, .heterogeneity = 1}, 2, 1, 1),
                         {.learning_rate = {.base = 0.1}, .momentum = 0.5}};

  Vector<double> buffer(Worker worker) {
    const auto span = owned.optimizer.memory().vector(worker, 0);
    return Eigen::Map<const Vector<double>>(span.data(), d);
  }
};

const std::vector<Event> gradients = {gradient_event(0.1, 0), gradient_event(0.2, 1), gradient_event(0.3, 0)};

TEST(AveragedBuffers, AreTheMeansOfThoseOfThePair) {
  Pair plain, averaged;
  averaged.owned.kernel = std::make_unique<AveragedBuffers<double>>(std::move(averaged.owned.kernel),
                                                                    averaged.owned.optimizer.memory());
  std::vector<Event> events = gradients;
  events.push_back(communication_event(0.4, 0, 1, 2));
  const ListSchedule schedule(events);
  run_serial(plain.owned.on(schedule, until(1)));
  run_serial(averaged.owned.on(schedule, until(1)));
  const Vector<double> mean = (plain.buffer(0) + plain.buffer(1)) / 2;
  EXPECT_GT((plain.buffer(0) - plain.buffer(1)).norm(), 0.1);
  for (Worker worker = 0; worker < 2; ++worker) {
    EXPECT_NEAR((averaged.buffer(worker) - mean).norm(), 0, 1e-15);
    std::vector<double> x(d), y(d);
    plain.owned.kernel->read(worker, 0, 1, x);
    averaged.owned.kernel->read(worker, 0, 1, y);
    EXPECT_EQ(x, y) << "the models go as they would";
  }
}

// A gradient that lands between the two halves of an exchange stays.
TEST(AveragedBuffers, KeepWhatCameBetweenTheHalves) {
  WorkerMemory<double> memory(1, 2, 1, 1, 4);
  memory.statistics(0)[3] = 9;
  memory.vector(0, 0)[1] = 2;
  memory.scalar(0, 0) = 1;
  std::vector<double> own(memory.numbers()), peer = {3, 0, 6};
  memory.save(0, own);
  memory.vector(0, 0)[1] = 20;
  memory.approach(0, own, peer);
  EXPECT_EQ(memory.vector(0, 0)[1], 22);
  EXPECT_EQ(memory.scalar(0, 0), 2);
  EXPECT_EQ(memory.statistics(0)[3], 9) << "statistics are each worker's own";
}

}  // namespace buffers_test
}  // namespace acidsim
