// Repeats in steps: the same as in one go.
#include "sim/experiment/repeat_steps.hpp"

#include <gtest/gtest.h>

#include <atomic>

#include "sim/experiment/run.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace repeat_steps_test {

// With gradients under way.
Experiment noisy() {
  Experiment experiment;
  experiment.topology = fixed_graph(cycle(6));
  experiment.objective = quadratic_objective({.dimension = 3, .noise = 1, .heterogeneity = 1});
  experiment.timing.read = GradientRead::at_start;
  experiment.stop.rules.time = 9;
  experiment.record.every = 2;
  return experiment;
}

TEST(RepeatSteps, RecordsAndStatesAreThoseOfTheRun) {
  for (const Precision precision : {Precision::double_precision, Precision::single_precision}) {
    Experiment experiment = noisy();
    experiment.precision = precision;
    const Results whole = run(experiment);
    Resources resources;
    const Plan plan = make_plan(experiment, resources);
    const RunControl control;
    const auto steps = repeat_in_steps(plan, 0, resources, control);
    for (const double until : {0.3, 2.0, 2.0, 5.5})
      EXPECT_TRUE(steps->advance(until)) << "there is more after " << until;
    EXPECT_EQ(steps->so_far().outcome.time, 5.5);
    EXPECT_EQ(steps->so_far().records.size(), 4u);  // at 0, 2, 4 and now
    EXPECT_FALSE(steps->advance(infinity));
    EXPECT_EQ(steps->so_far().outcome.time, 9);
    EXPECT_EQ(steps->digest(), whole.repeats.at(0).state_digest);
    ASSERT_EQ(steps->so_far().records.size(), whole.repeats[0].records.size());
    for (std::size_t k = 0; k < whole.repeats[0].records.size(); ++k)
      EXPECT_EQ(steps->so_far().records[k].metrics, whole.repeats[0].records[k].metrics) << k;
  }
}

TEST(RepeatSteps, GoOnWhereTheyWereInterrupted) {
  const Experiment experiment = noisy();
  Resources resources;
  const Plan plan = make_plan(experiment, resources);
  std::atomic<bool> stop = false;
  RunControl control;
  control.interrupt = &stop;
  const auto steps = repeat_in_steps(plan, 0, resources, control);
  stop = true;
  EXPECT_TRUE(steps->advance(9));
  EXPECT_EQ(steps->so_far().outcome.reason, StopReason::interrupted);
  stop = false;
  EXPECT_FALSE(steps->advance(9));
  EXPECT_EQ(steps->digest(), run(experiment).repeats.at(0).state_digest);
}

}  // namespace repeat_steps_test
}  // namespace acidsim
