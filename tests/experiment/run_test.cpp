// Experiments as values, run without a configuration.
#include "sim/experiment/run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <set>

#include "sim/experiment/checkpoint_folder.hpp"
#include "sim/experiment/repeat.hpp"
#include "tests/topologies/expect_error.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace run_test {

using ::testing::HasSubstr;

Experiment small() {
  Experiment experiment;
  experiment.topology = fixed_graph(cycle(8));
  experiment.objective =
      quadratic_objective({.dimension = 3, .curvature_max = 2, .noise = 1, .heterogeneity = 1});
  experiment.stop.rules.time = 5;
  experiment.record.metrics = {"consensus_distance", "suboptimality"};
  return experiment;
}

std::string refusal(const std::function<void(Experiment&)>& change) {
  Experiment experiment = small();
  change(experiment);
  return input_error_of([&] { run(experiment); });
}

TEST(Run, GivesEveryRepeatWithItsRecordsAndDigest) {
  Experiment experiment = small();
  experiment.repeats = 3;
  experiment.record.every = 1;
  const Results results = run(experiment);
  ASSERT_EQ(results.repeats.size(), 3u);
  EXPECT_EQ(results.plan.workers(), 8u);
  std::set<std::string> digests;
  for (const RepeatResult& repeat : results.repeats) {
    digests.insert(repeat.state_digest);
    EXPECT_EQ(repeat.records.size(), 6u);  // at 0, 1, …, 5
    EXPECT_EQ(repeat.records[0].metrics.size(), 2u);
    EXPECT_EQ(repeat.outcome.reason, StopReason::time);
  }
  EXPECT_EQ(digests.size(), 3u);
}

TEST(Run, GivesTheSameBitsOnSeveralThreads) {
  const Results serial = run(small()), shared = run(small(), {}, OpenMp{3, Sharing::always});
  EXPECT_EQ(shared.repeats.at(0).state_digest, serial.repeats.at(0).state_digest);
  EXPECT_EQ(shared.repeats[0].outcome.decision, "3 threads: as demanded");
}

TEST(Run, EndsWhereItIsInterrupted) {
  Experiment experiment = small();
  experiment.repeats = 3;
  const std::atomic<bool> interrupt = true;
  EXPECT_TRUE(run(experiment, {.interrupt = &interrupt}).repeats.empty());
}

TEST(Run, RefusesByThePlaceOfWhatIsWrong) {
  EXPECT_THAT(refusal([](Experiment& e) { e.topology = {}; }), HasSubstr("/topology: no graph is given"));
  EXPECT_THAT(refusal([](Experiment& e) { e.algorithm.name = "a2cid"; }),
              HasSubstr("/algorithm/name: unknown algorithm (a2cid) — did you mean \"a2cid2\"?"));
  EXPECT_THAT(refusal([](Experiment& e) { e.algorithm.parameters.set("etta", 1.0); }),
              HasSubstr("/algorithm/etta: unknown parameter"));
  EXPECT_THAT(refusal([](Experiment& e) { e.record.metrics = {"los"}; }),
              HasSubstr("/record/metrics/0: unknown metric"));
  EXPECT_THAT(refusal([](Experiment& e) { e.stop.rules.time = infinity; }),
              HasSubstr("/stop: nothing would surely end this run"));
  EXPECT_THAT(refusal([](Experiment& e) {
                e.timing.gradient_rate = std::vector<double>{1, 2};
              }),
              HasSubstr("/timing/gradient_rate: has 2 rates for 8 workers"));
  EXPECT_THAT(refusal([](Experiment& e) {
                e.place = "mine";
                e.topology = {};
              }),
              HasSubstr("mine: /topology"));
}

// Sources without an identity of their own are never taken for one another, within one set of resources.
TEST(Run, TwoGraphsWithoutNamesAreTwo) {
  Experiment other = small();
  other.topology = fixed_graph(complete(8));
  Resources resources;
  EXPECT_EQ(make_plan(small(), resources).network->edges.size(), 8u);
  EXPECT_EQ(make_plan(other, resources).network->edges.size(), 28u);
}

TEST(Run, CheckpointsAreTakenUpByTheSameDescriptionAlone) {
  const std::filesystem::path folder =
      std::filesystem::temp_directory_path() / ("acidsim-run-test-" + process_name());
  Experiment experiment = small();
  experiment.checkpoint.every = 1;
  Resources resources;
  const Plan plan = make_plan(experiment, resources);
  RunControl control;
  control.checkpoints.folder = folder;
  control.checkpoints.description = "{\"made by\": 1}";
  const std::string digest = run_repeat(plan, 0, resources, control).state_digest;
  EXPECT_EQ(digest, run(small()).repeats.at(0).state_digest);
  EXPECT_EQ(run_repeat(plan, 0, resources, control).state_digest, digest);
  control.checkpoints.description = "{\"made by\": 2}";
  EXPECT_THAT(input_error_of([&] { run_repeat(plan, 0, resources, control); }),
              HasSubstr("of another experiment"));
  std::filesystem::remove_all(folder);
}

}  // namespace run_test
}  // namespace acidsim
