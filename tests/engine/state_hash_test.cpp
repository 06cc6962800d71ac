#include "sim/engine/state_hash.hpp"

#include <gtest/gtest.h>

#include "sim/timing/poisson_schedule.hpp"
#include "tests/engine/runs.hpp"

namespace acidsim {
namespace state_hash_test {

OwnedRun<double> small_run() {
  return {make_a2cid2_kernel<double>({0.3, 0.5, 0.8}, 6, 3),
          make_quadratic<double>({.dimension = 3, .noise = 0.5, .heterogeneity = 1}, 6, 1, 2),
          {.momentum = 0.5}};
}

std::vector<StateHash> hashes_of(OwnedRun<double>& run, double time) {
  const PoissonSchedule schedule(3, ones(6), ring_edges(6));
  auto simulation = run.on(schedule, until(time));
  std::vector<StateHash> hashes;
  simulation.observe.on_state = [&](const StateHash& hash) { hashes.push_back(hash); };
  run_serial(simulation);
  return hashes;
}

TEST(StateHash, ARunThatIsHashedIsTheSameRun) {
  auto hashed = small_run(), plain = small_run();
  hashes_of(hashed, 20);
  const PoissonSchedule schedule(3, ones(6), ring_edges(6));
  run_serial(plain.on(schedule, until(20)));
  EXPECT_EQ(hashed.states(20), plain.states(20));
}

TEST(StateHash, EveryPartOfAStateCounts) {
  auto run = small_run();
  hashes_of(run, 5);
  StateHasher<double> hasher;
  const std::uint64_t before = hasher(*run.kernel, &run.optimizer, 2);
  EXPECT_EQ(hasher(*run.kernel, &run.optimizer, 2), before);

  std::vector<double> stored(6);
  const double time = run.kernel->save(2, stored);
  for (double& number : stored) {
    const double was = number;
    number = std::nextafter(was, 10.0);
    run.kernel->restore(2, time, stored);
    EXPECT_NE(hasher(*run.kernel, &run.optimizer, 2), before);
    number = was;
  }
  run.kernel->restore(2, time + 1e-9, stored);
  EXPECT_NE(hasher(*run.kernel, &run.optimizer, 2), before) << "the time";
  run.kernel->restore(2, time, stored);
  EXPECT_EQ(hasher(*run.kernel, &run.optimizer, 2), before);
  run.optimizer.memory().vector(2, 0)[1] = 0.25;
  EXPECT_NE(hasher(*run.kernel, &run.optimizer, 2), before) << "the momentum";
}

TEST(StateHash, TheFirstDifferenceIsFound) {
  auto one = small_run(), other = small_run();
  const std::vector<StateHash> hashes = hashes_of(one, 10);
  EXPECT_FALSE(first_difference(hashes, hashes));

  // The same run with one worker's start changed by one bit: it shows at that worker's first event.
  std::vector<double> stored(6);
  other.kernel->save(4, stored);
  stored[1] = std::nextafter(stored[1], 10.0);
  other.kernel->restore(4, 0.0, stored);
  const auto found = first_difference(hashes, hashes_of(other, 10));
  ASSERT_TRUE(found);
  const auto first =
      std::find_if(hashes.begin(), hashes.end(), [](const StateHash& h) { return h.worker == 4; });
  EXPECT_EQ(found->event, first->event);

  const auto shorter = first_difference(hashes, std::span(hashes).first(hashes.size() - 3));
  ASSERT_TRUE(shorter) << "one that ends before the other differs there";
  EXPECT_EQ(shorter->event, hashes[hashes.size() - 3].event);
}

}  // namespace state_hash_test
}  // namespace acidsim
