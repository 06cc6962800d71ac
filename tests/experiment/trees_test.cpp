// What relay_sgd asks of an experiment: a tree that stays as it is, and one point where all start.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/experiment/run.hpp"
#include "tests/topologies/expect_error.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace trees_test {

using ::testing::HasSubstr;

Experiment on_a_path() {
  Experiment experiment;
  experiment.topology = fixed_graph(path(8));
  experiment.algorithm.name = "relay_sgd";
  experiment.objective = quadratic_objective({.dimension = 3, .curvature_max = 2, .heterogeneity = 1}, 1);
  experiment.optimizer.sgd().learning_rate.base = 0.1;
  experiment.stop.rules.time = infinity;
  experiment.stop.rules.rounds = 5;
  experiment.record.metrics = {"distance_to_optimum"};
  return experiment;
}

std::string refusal(const std::function<void(Experiment&)>& change) {
  Experiment experiment = on_a_path();
  change(experiment);
  return input_error_of([&] { run(experiment); });
}

// In single precision too: rounding adds up over 2000 rounds, and stays far below the start's squared distance of 0.07.
TEST(RelaySgd, EndsAtTheMinimiserOfUnequalData) {
  for (const auto& [precision, tolerance] :
       {std::pair(Precision::double_precision, 1e-18), std::pair(Precision::single_precision, 1e-6)}) {
    Experiment experiment = on_a_path();
    experiment.precision = precision;
    experiment.stop.rules.rounds = 2000;
    const Results results = run(experiment);
    const auto& records = results.repeats.front().records;
    EXPECT_GT(records.front().metrics[0], 0.05);
    EXPECT_LT(records.back().metrics[0], tolerance);
    EXPECT_EQ(results.repeats.front().outcome.counts.vectors_sent, 2000u * 14)
        << "one vector each way on 7 edges";
  }
}

TEST(RelaySgd, RefusesWhatIsNoTree) {
  EXPECT_THAT(refusal([](Experiment& e) { e.topology = fixed_graph(cycle(8)); }),
              HasSubstr("/topology: relay_sgd needs a tree: the graph has a cycle through workers"));
  EXPECT_THAT(refusal([](Experiment& e) { e.topology = fixed_graph(cycle(8)); }),
              HasSubstr("a spanning tree, for example family path, star or binary_tree"));
  EXPECT_THAT(
      refusal([](Experiment& e) { e.topology.failures = EdgeFailures{.mean_up = 1, .mean_down = 1}; }),
      HasSubstr("relay_sgd needs a tree: the graph changes over time"));
}

TEST(RelaySgd, RefusesDifferentStarts) {
  EXPECT_THAT(refusal([](Experiment& e) { e.initial.kind = InitialKind::normal; }),
              HasSubstr("/initial: relay_sgd counts sums from one point"));
  const auto points = [](double last) {
    return [last](Experiment& e) {
      e.initial = {.kind = InitialKind::points, .points = [last] {
                     Matrix<double> x = Matrix<double>::Ones(3, 8);
                     x(2, 7) = last;
                     return x;
                   }};
    };
  };
  EXPECT_THAT(refusal(points(2)), HasSubstr("/initial: relay_sgd counts sums from one point"));
  Experiment equal = on_a_path();
  points(1)(equal);
  EXPECT_NO_THROW(run(equal));
}

}  // namespace trees_test
}  // namespace acidsim
