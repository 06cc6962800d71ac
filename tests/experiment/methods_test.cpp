// What single methods ask of an experiment, and what they count.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "sim/experiment/live_settings.hpp"
#include "sim/experiment/run.hpp"
#include "tests/topologies/expect_error.hpp"
#include "topologies/families/families.hpp"

namespace acidsim {
namespace methods_test {

using ::testing::HasSubstr;

// Communications fast enough for any of the methods.
Experiment experiment_with(const std::string& method) {
  Experiment experiment;
  experiment.topology = fixed_graph(cycle(8));
  experiment.timing.communication_rate = 4;
  experiment.algorithm.name = method;
  experiment.objective = quadratic_objective({.dimension = 3, .curvature_max = 2, .heterogeneity = 1}, 1);
  experiment.optimizer.sgd().learning_rate.base = 1;
  experiment.stop.rules.time = 5;
  experiment.record.metrics = {"consensus_distance"};
  return experiment;
}

std::string refusal(const std::string& method, const std::function<void(Experiment&)>& change) {
  Experiment experiment = experiment_with(method);
  run(experiment);  // is fine
  change(experiment);
  return input_error_of([&] { run(experiment); });
}

TEST(Methods, WithStepSizesOfTheirOwnRefuseAnOptimizer) {
  for (const char* method : {"dadao", "continuized"}) {
    const std::string why = std::string(method) + " has step sizes of its own";
    EXPECT_THAT(refusal(method, [](Experiment& e) { e.optimizer.sgd().momentum = 0.9; }),
                HasSubstr("/optimizer/momentum: " + why));
    EXPECT_THAT(refusal(method, [](Experiment& e) { e.optimizer.sgd().weight_decay = 0.1; }),
                HasSubstr("/optimizer/weight_decay: " + why));
    EXPECT_THAT(refusal(method, [](Experiment& e) { e.optimizer.sgd().clip_norm = 1; }),
                HasSubstr("/optimizer/clip_norm: " + why));
    EXPECT_THAT(refusal(method, [](Experiment& e) { e.optimizer.sgd().learning_rate.base = 0.05; }),
                HasSubstr("/optimizer/learning_rate: " + why));
    EXPECT_THAT(
        refusal(method,
                [](Experiment& e) { e.optimizer.sgd().learning_rate.kind = LearningRate::Kind::cosine; }),
        HasSubstr("/optimizer/schedule: " + why));
  }
}

// On the cycle of 8 at one averaging per worker 2χ1χ2 = 2 · 3.4142 · 0.875.
TEST(Methods, DadaoNeedsFastCommunications) {
  const auto slow = [](Experiment& e) { e.timing.communication_rate = 1; };
  EXPECT_THAT(
      refusal("dadao", slow),
      HasSubstr("/timing/communication_rate: is too low for dadao's theory, which needs 2χ1χ2 ≤ 1 (2χ1χ2 = "
                "5.97487) — 2.44436 times as high at least"));
  Experiment given = experiment_with("dadao");
  slow(given);
  given.algorithm.parameters.set("beta_tilde", 0.5);
  EXPECT_EQ(run(given).repeats.size(), 1u);
}

TEST(Methods, TheoryNeedsLAndMu) {
  EXPECT_THAT(refusal("dadao", [](Experiment& e) { e.objective = pure_gossip(3); }),
              HasSubstr("/algorithm: the theory's constants need L and μ > 0 of the objective"));
}

TEST(Methods, ContinuizedNeedsConjugates) {
  const auto noisy = [](Experiment& e) {
    e.objective = quadratic_objective({.dimension = 3, .curvature_max = 2, .noise = 1});
  };
  EXPECT_THAT(
      refusal("continuized", noisy),
      HasSubstr("/objective: continuized needs ∇f_i*, the gradient of the conjugate, but the objective "
                "has noise"));
}

TEST(Methods, ContinuizedSaysThatItsStartIsItsOwn) {
  Resources resources;
  for (const auto& [method, notices] : {std::pair("continuized", 1u), std::pair("dadao", 0u)}) {
    Experiment experiment = experiment_with(method);
    EXPECT_TRUE(make_plan(experiment, resources).notices.empty()) << method;
    experiment.initial.kind = InitialKind::normal;
    EXPECT_EQ(make_plan(experiment, resources).notices.size(), notices) << method;
  }
}

// Two gradients of conjugates per communication, one on each side, and no others.
TEST(Methods, ContinuizedCountsTheGradientsOfItsCommunications) {
  Experiment experiment = experiment_with("continuized");
  const Counts counts = run(experiment).repeats.at(0).outcome.counts;
  EXPECT_GT(counts.communications, 0u);
  EXPECT_EQ(counts.gradients, 2 * counts.communications);
  EXPECT_EQ(std::accumulate(counts.worker_gradients.begin(), counts.worker_gradients.end(), std::uint64_t{0}),
            counts.gradients);
  experiment.stop.rules.time = infinity;
  experiment.stop.rules.gradients = 41;
  const Outcome stopped = run(experiment).repeats.at(0).outcome;
  EXPECT_EQ(stopped.reason, StopReason::gradients);
  EXPECT_EQ(stopped.counts.gradients, 42u);
  EXPECT_EQ(stopped.counts.communications, 21u);
}

// Consensus is at the minimiser: of DADAO and continuized whatever the data, whatever DADAO's gradient rates.
TEST(Methods, ExactOnesEndAtTheMinimiser) {
  for (const char* method : {"dadao", "continuized"}) {
    Experiment experiment = experiment_with(method);
    experiment.timing.gradient_rate = std::vector<double>{1, 0.6, 1, 0.8, 1, 1, 0.7, 1};
    experiment.stop.rules.time = 400;
    experiment.record.metrics = {"consensus_distance", "distance_to_optimum"};
    const std::vector<double> last = run(experiment).repeats.at(0).records.back().metrics;
    EXPECT_LT(last[0], 1e-12) << method;
    EXPECT_LT(last[1], 1e-12) << method;
  }
}

// The clocks of communications are slowed down by local_steps.
TEST(Methods, SwarmSgdMakesLocalSteps) {
  Experiment experiment = experiment_with("swarm_sgd");
  experiment.optimizer.sgd().learning_rate.base = 0.05;
  Resources resources;
  const double rate = make_plan(experiment, resources).network->rate_total;
  experiment.algorithm.parameters.set("local_steps", 4.0);
  const Plan plan = make_plan(experiment, resources);
  EXPECT_EQ(plan.network->rate_total, rate / 4);
  EXPECT_EQ(plan.communication_rate, 1);
  EXPECT_EQ(live_protocol(plan, 1).rate, 1);
}

TEST(Methods, LiveRunsRefuseWhatHasNoMeaningThere) {
  for (const auto& [method, why] :
       {std::pair("ad_psgd", "stale by themselves"), std::pair("continuized", "has no gradient events")}) {
    Experiment experiment = experiment_with(method);
    experiment.stop.rules.gradients = 100;
    Resources resources;
    const Plan plan = make_plan(experiment, resources);
    EXPECT_THAT(input_error_of([&] { check_live(plan); }), HasSubstr(why)) << method;
  }
}

}  // namespace methods_test
}  // namespace acidsim
