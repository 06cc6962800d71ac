// Where methods end, as equations say before they run, against limits that were computed independently.
#include "sim/experiment/limits.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>
#include <numbers>

#include "sim/experiment/run.hpp"
#include "tests/engine/rivals.hpp"
#include "topologies/families/directed.hpp"
#include "topologies/families/families.hpp"
#include "topologies/spectrum/mixing_spectrum.hpp"

namespace acidsim {
namespace limits_test {

using Kind = LimitRule::Kind;

constexpr double rounding = 1e-9;  // numbers below 1, from systems of condition 1e3 at most

std::vector<QuadraticForm> rival_forms(const json& problem) {
  std::vector<QuadraticForm> forms;
  for (Worker i = 0; i < rival_workers; ++i) {
    Matrix<double> a(3, 3);
    for (int k = 0; k < 3; ++k) a.row(k) = vector_of(problem["A"][i][static_cast<std::size_t>(k)]);
    forms.push_back({a, a * vector_of(problem["b"][i])});
  }
  return forms;
}

struct RoundLimit {
  const char* name;
  LimitRule rule;
  double learning_rate;
};
class LimitOfRounds : public ::testing::TestWithParam<RoundLimit> {};
INSTANTIATE_TEST_SUITE_P(
    Rivals, LimitOfRounds,
    ::testing::Values(RoundLimit{"dpsgd_cta", {.kind = Kind::combine_adapt}, 1.0 / 8},
                      RoundLimit{"dpsgd_atc", {.kind = Kind::adapt_combine}, 1.0 / 8},
                      RoundLimit{"dsgd_momentum", {.kind = Kind::adapt_combine}, 8.0 / 32},  // γ/(1 − 7/8)
                      RoundLimit{"qg_dsgdm", {.kind = Kind::adapt_combine}, 1.0 / 32},
                      RoundLimit{"local_sgd", {.kind = Kind::local_steps, .steps = 4}, 1.0 / 8},
                      RoundLimit{"diloco", {.kind = Kind::local_steps, .steps = 4}, 1.0 / 8}),
    [](const auto& test) { return test.param.name; });

TEST_P(LimitOfRounds, IsTheComputedOne) {
  const json problem = rivals("problem.json");
  const Vector<double> optimum = vector_of(problem["x_star"]);
  const Matrix<double> states = limit_states(
      GetParam().rule, {GetParam().learning_rate, {}, mixing_matrix(group_of(problem["W_chords"]))},
      rival_forms(problem));
  EXPECT_NEAR((states.colwise() - optimum).squaredNorm() / rival_workers,
              rivals("rates.json")[GetParam().name]["limit_mse_to_x_star"], rounding);
}

// On quadratics in one dimension, whose Hessian is its own diagonal.
TEST(LimitOfPairs, IsTheExactMean) {
  const json file = rivals("bias.json");
  const auto rates = file["gradient_rates"].get<std::vector<double>>();
  std::vector<QuadraticForm> forms;
  for (std::size_t i = 0; i < 4; ++i) {
    const double h = file["h"][i], b = file["b"][i];
    forms.push_back({Matrix<double>::Constant(1, 1, h), Vector<double>::Constant(1, h * b)});
  }
  Matrix<double> laplacian = Matrix<double>::Zero(4, 4);
  for (Index i = 0; i < 4; ++i) {
    const double rate = file["edge_rate"];
    laplacian(i, i) = 2 * rate;
    laplacian(i, (i + 1) % 4) = laplacian(i, (i + 3) % 4) = -rate;
  }
  const auto expect = [&](const char* name, const LimitRule& rule) {
    const Matrix<double> states = limit_states(rule, {file["gamma"], rates, laplacian}, forms);
    for (Index i = 0; i < 4; ++i)
      EXPECT_NEAR(states(0, i), file[name]["exact"][static_cast<std::size_t>(i)], 1e-12) << name;
  };
  expect("async_gossip", {.weight = 0.5});
  expect("ad_psgd_before", {.weight = 0.5});
  expect("ad_psgd_after", {.weight = 0.5, .stale = true});
  expect("a2cid2", {.weight = (0.5 + file["alpha~"].get<double>()) / 2});
}

Experiment experiment_with(const std::string& method) {
  Experiment experiment;
  experiment.topology = fixed_graph(star(6));
  experiment.algorithm.name = method;
  experiment.objective = quadratic_objective({.dimension = 3, .curvature_max = 2, .heterogeneity = 1}, 1);
  experiment.optimizer.sgd().learning_rate.base = 0.2;
  experiment.record.metrics = {"consensus_distance", "distance_to_optimum", "mean_distance_to_optimum"};
  return experiment;
}

// Hessians that differ, as only they bias local steps.
ObjectiveSource unequal_quadratics() {
  GivenQuadratic given;
  for (int i = 0; i < 6; ++i) given.matrices.push_back((1 + 0.2 * i) * Matrix<double>::Identity(3, 3));
  return quadratic_objective({.dimension = 3, .heterogeneity = 1}, 1, given);
}

// A run without noise ends where it is said to.
TEST(KnownBias, IsThatOfTheRun) {
  for (const char* method : {"d_psgd", "qg_dsgdm", "choco_sgd", "local_sgd", "diloco"}) {
    Experiment experiment = experiment_with(method);
    experiment.objective = unequal_quadratics();
    experiment.stop.rules.time = infinity;
    experiment.stop.rules.rounds = 1500;
    Resources resources;
    const auto bias = known_limits(make_plan(experiment, resources), resources).bias;
    ASSERT_TRUE(bias) << method;
    const auto last = run(experiment).repeats[0].records.back().metrics;
    EXPECT_NEAR(last[1], bias->of_mean, rounding) << method;
    EXPECT_NEAR(last[2], bias->of_workers, rounding) << method;
    EXPECT_GT(bias->of_workers, 1e-4) << method << ": there is something to see";
  }
}

// A run of these rounds without noise ends where it is said to, to 1e-9 of what is said.
void expect_known_bias(Experiment experiment, std::uint64_t rounds) {
  experiment.stop.rules.time = infinity;
  experiment.stop.rules.rounds = rounds;
  Resources resources;
  const auto bias = known_limits(make_plan(experiment, resources), resources).bias;
  ASSERT_TRUE(bias);
  const auto last = run(experiment).repeats[0].records.back().metrics;
  EXPECT_NEAR(last[1], bias->of_mean, rounding * bias->of_mean);
  EXPECT_NEAR(last[2], bias->of_workers, rounding * bias->of_workers);
  EXPECT_GT(bias->of_mean, 1e-6) << "there is something to see";
}

// Shares of a star differ, and with them the weights.
TEST(KnownBias, IsThatOfPushedRounds) {
  for (const Graph& graph : {star(6), directed_ring(6), directed_exponential(6)})
    for (const std::int64_t overlap : {0, 1, 2, 4}) {
      SCOPED_TRACE(graph.name + " " + std::to_string(overlap));
      Experiment experiment = experiment_with("push_sum");
      experiment.topology = fixed_graph(graph);
      experiment.algorithm.parameters = {{"timing", std::string("rounds")}, {"overlap", overlap}};
      experiment.objective = unequal_quadratics();
      experiment.optimizer.sgd().learning_rate.base = 0.05;
      expect_known_bias(experiment, 4000);
    }
}

// Graphs on which one exchange averages, and which take several.
TEST(KnownBias, IsThatOfAcceleratedGossip) {
  for (const Graph& graph : {star(6), cycle(6), path(6)}) {
    SCOPED_TRACE(graph.name);
    Experiment experiment = experiment_with("chebyshev_gossip");
    experiment.topology = fixed_graph(graph);
    experiment.objective = unequal_quadratics();
    for (const double momentum : {0.0, 0.5}) {
      experiment.optimizer.sgd().momentum = momentum;
      expect_known_bias(experiment, 1500);
    }
  }
}

TEST(KnownBias, IsNotGivenWhereNoEquationHolds) {
  Resources resources;
  const auto known = [&](const Experiment& experiment) {
    return known_limits(make_plan(experiment, resources), resources).bias.has_value();
  };
  Experiment experiment = experiment_with("async_gossip");
  EXPECT_TRUE(known(experiment));
  experiment.optimizer.sgd().momentum = 0.5;
  EXPECT_TRUE(known(experiment));
  experiment.algorithm.name = "ad_psgd";
  EXPECT_FALSE(known(experiment)) << "momentum beside stale gradients";
  experiment.optimizer.sgd().momentum = 0;
  EXPECT_TRUE(known(experiment));
  experiment.optimizer.sgd().weight_decay = 0.1;
  EXPECT_FALSE(known(experiment)) << "another objective";
  experiment.optimizer.sgd().weight_decay = 0;
  experiment.optimizer.sgd().learning_rate.kind = LearningRate::Kind::cosine;
  EXPECT_FALSE(known(experiment)) << "no fixed step";
  EXPECT_FALSE(known(experiment_with("extra"))) << "exact";
  EXPECT_FALSE(known(experiment_with("push_sum"))) << "single messages have random weights";
}

// Just below the limit rounds contract, just above they do not. On the star of 6 λ_n of Metropolis weights is 0, so that the
// limits are 5/(4L) and, for all workers with one Hessian, 1/(2L), 1/L and 2/L.
TEST(KnownStepLimit, IsTheLimitOfRuns) {
  for (const char* method : {"d_psgd", "extra", "nids", "d2", "all_reduce_sgd", "gradient_tracking"}) {
    Experiment experiment = experiment_with(method);
    Resources resources;
    const auto limit = known_limits(make_plan(experiment, resources), resources).step;
    ASSERT_TRUE(limit) << method;
    const auto grows = [&](double share) {
      experiment.optimizer.sgd().learning_rate.base = share * limit->value;
      experiment.stop.rules.time = infinity;
      experiment.stop.rules.rounds = 3000;
      const RepeatResult result = run(experiment).repeats[0];
      return result.outcome.reason == StopReason::diverged || !(result.records.back().metrics[2] < 10);
    };
    EXPECT_FALSE(grows(0.98)) << method;
    EXPECT_TRUE(grows(1.02)) << method;
  }
}

// L = 2 and six workers, by hand.
TEST(KnownStepLimit, OfServersIsThatOfTheirTheories) {
  const auto limit = [](const std::string& rule, const Values& noise = {}) {
    Experiment experiment = experiment_with("server_async_sgd");
    experiment.algorithm.parameters = noise;
    experiment.algorithm.parameters.set("rule", rule);
    Resources resources;
    return known_limits(make_plan(experiment, resources), resources).step.value();
  };
  const Values noise = {{"variance", 0.5}, {"accuracy", 0.1}};  // R = 5
  EXPECT_DOUBLE_EQ(limit("plain").value, std::sin(std::numbers::pi / 22));
  EXPECT_DOUBLE_EQ(limit("delay_adaptive").value, 1.0 / 48);
  EXPECT_DOUBLE_EQ(limit("ringmaster").value, 1.0 / 24);
  EXPECT_DOUBLE_EQ(limit("ringmaster", noise).value, 0.1 / 4);
  EXPECT_DOUBLE_EQ(limit("ringmaster", {{"variance", 0.5}, {"accuracy", 1.0}}).value, 1.0 / 4);
  EXPECT_DOUBLE_EQ(limit("rennala").value, 1);
  EXPECT_DOUBLE_EQ(limit("ringleader").value, 1.0 / 96);
  EXPECT_DOUBLE_EQ(limit("ringleader", noise).value, 0.1 / 10);
  EXPECT_EQ(limit("ringmaster").words,
            "γ ≤ 0.0416667 by theory, min(1/(2RL), ε/(4Lσ²)) [Maranjyan et al. 2025]");
}

// How far the server's model is from the minimiser after gradients of workers that take turns: every delay is n − 1.
double distance_after_turns(Experiment experiment, double learning_rate) {
  const auto file =
      std::filesystem::temp_directory_path() / ("acidsim-turns-" + std::to_string(::getpid()) + ".csv");
  std::ofstream trace(file);
  trace << "index,time,kind,i,j\n";
  for (int k = 0; k < 6000; ++k) trace << k << "," << k + 1 << ",gradient," << k % 6 << ",-1\n";
  trace.close();
  experiment.timing.model = TimingModel::trace;
  experiment.timing.trace = file;
  experiment.optimizer.sgd().learning_rate.base = learning_rate;
  experiment.stop.rules.time = infinity;
  experiment.stop.rules.gradients = 6000;
  const RepeatResult result = run(experiment).repeats[0];
  std::filesystem::remove(file);
  return result.outcome.reason == StopReason::diverged ? infinity : result.records.back().metrics[2];
}

TEST(KnownStepLimit, OfServersIsTheLimitOfRuns) {
  for (const char* rule : {"plain", "rennala"}) {
    Experiment experiment = experiment_with("server_async_sgd");
    experiment.algorithm.parameters = {{"rule", std::string(rule)}};
    Resources resources;
    const double limit = known_limits(make_plan(experiment, resources), resources).step->value;
    EXPECT_LT(distance_after_turns(experiment, 0.98 * limit), 10) << rule;
    EXPECT_GT(distance_after_turns(experiment, 1.02 * limit), 1e6) << rule;
  }
}

}  // namespace limits_test
}  // namespace acidsim
