// A configuration as the experiment that it becomes: every field is off its default, and arrives.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/topologies/expect_error.hpp"
#include "topologies/families/families.hpp"

namespace acidsim::testing {
namespace {

using ::testing::ElementsAre;

Json unusual() {
  return Json::parse(R"({
    "name": "unusual", "seed": 7, "repeats": 3, "precision": "single",
    "topology": {"chi_precision": "high", "family": "star", "workers": 6, "rates": {"scheme": "optimized", "max_worker_rate": 9,
                 "objective": "chi_2", "budget": 2.5, "prune": 0.125}, "failures": {"mean_up": 3, "mean_down": 2}},
    "timing": {"gradient_rate": {"distribution": "two_speed", "fast": 2, "slow": 0.5, "slow_fraction": 0.5},
               "communication_rate": 0.75, "barrier": "local", "backup_workers": 2, "gradient": {"read": "at_start"},
               "churn": {"mean_present": 9, "mean_away": 2, "join_at": [0, 1, 0, 0, 0, 0],
                         "leave_at": [null, 8, null, null, null, null], "on_return": "copied"},
               "messages": {"lost": 0.25, "repeated": 0.125}},
    "algorithm": {"name": "async_gossip", "alpha": 0.375},
    "objective": {"name": "logistic_regression",
                  "data": {"dataset": "synthetic", "samples": 60, "test_samples": 20, "features": 4, "noise": 0.5,
                           "condition": 3, "limit": 48, "standardise": true, "bias": false, "seed": 5},
                  "partition": {"scheme": "by_size", "exponent": 0.5, "seed": 11},
                  "batch_size": 2, "sampling": "epoch", "l2": 0.25},
    "initial": {"kind": "normal", "scale": 2, "average": true},
    "optimizer": {"name": "lars", "learning_rate": 0.5, "momentum": 0.25, "nesterov": true, "weight_decay": 0.125,
                  "trust": 0.5, "epsilon": 0.25, "always_adapt": true, "clip_norm": 3, "clip_epsilon": 0.0625,
                  "decay_excludes": ["norm", "bias"], "average_buffers": true,
                  "schedule": {"name": "goyal", "clock": "local_steps", "milestones_in": "epochs", "scale": 4, "warmup": 2,
                               "milestones": [7, 5], "factor": 0.5}},
    "stop": {"time": 12, "epochs": 1.5, "gradients": 90, "communications": 80, "rounds": 70, "bytes": 60, "wall_seconds": 30, "average": true,
             "diverged_above": 1e6,
             "target": {"metric": "loss", "below": 0.01}},
    "record": {"every": 3, "metrics": ["loss"], "events": true, "states": "all", "train_rows": 30, "test_rows": true,
               "communication_counts": false, "staleness": true, "bytes_per_number": 2,
               "timeline": 7},
    "checkpoint": {"every": 4, "every_seconds": 60},
    "mpi": {"partition": "metis"},
    "tune": {"initial.scale": {"range": [1, 3, 3]}},
    "live": {"deterministic_neighbor": true, "deterministic_averagings": true, "gradient_seconds": [0, 1, 2, 3, 4, 5]}
  })");
}

// Every field of the grammar that has the same value in both, by its path.
void equal_fields(const Field& field, const Json& a, const Json& b, const std::string& path,
                  std::vector<std::string>& found) {
  if (!a.is_object() || !b.is_object()) {
    if (a == b) found.push_back(path);
    return;
  }
  for (const Field* inner : fields_of(field, a))
    if (a.contains(inner->name) && b.contains(inner->name))
      equal_fields(*inner, a[inner->name], b[inner->name], path + "/" + inner->name, found);
}

TEST(Bind, TestsEveryFieldOfTheGrammar) {
  const Json given = make_configuration("x.json", unusual()).cells[0].config;
  const Json plain = make_configuration("x.json", Json::object()).cells[0].config;
  std::vector<std::string> untested;
  equal_fields(configuration_grammar(), given, plain, "", untested);
  EXPECT_THAT(untested, ElementsAre("/timing/model"));  // the others read a file
}

TEST(Bind, EveryFieldArrives) {
  const Configuration configuration = make_configuration("folder/x.json", unusual());
  const Experiment e = bind(configuration, configuration.cells[0]);
  EXPECT_EQ(e.name, "unusual");
  EXPECT_EQ(e.place, "folder/x.json");
  EXPECT_EQ(e.seed, 7u);
  EXPECT_EQ(e.repeats, 3);
  EXPECT_EQ(e.precision, Precision::single_precision);

  std::vector<std::string> notices;
  ASSERT_TRUE(e.topology.graph);
  EXPECT_EQ(e.topology.graph(notices).name, star(6).name);
  EXPECT_EQ(e.topology.rates.scheme, RateScheme::optimized);
  EXPECT_EQ(e.topology.rates.max_worker_rate, 9);
  EXPECT_TRUE(e.topology.narrow_bounds);
  EXPECT_EQ(e.topology.rates.objective, RateObjective::chi_2);
  EXPECT_EQ(e.topology.rates.budget, 2.5);
  EXPECT_EQ(e.topology.rates.prune, 0.125);
  ASSERT_TRUE(e.topology.failures);
  EXPECT_EQ(e.topology.failures->mean_up, 3);
  EXPECT_EQ(e.topology.failures->mean_down, 2);

  EXPECT_EQ(e.timing.model, TimingModel::poisson);
  const auto& speeds = std::get<TwoSpeedRate>(std::get<RateDistribution>(e.timing.gradient_rate));
  EXPECT_EQ(speeds.fast, 2);
  EXPECT_EQ(speeds.slow, 0.5);
  EXPECT_EQ(speeds.slow_fraction, 0.5);
  EXPECT_EQ(e.timing.communication_rate, 0.75);
  EXPECT_EQ(e.timing.barrier, Barrier::local);
  EXPECT_EQ(e.timing.backup_workers, 2u);
  EXPECT_EQ(e.timing.read, GradientRead::at_start);
  ASSERT_TRUE(e.timing.churn && e.timing.churn->absences);
  EXPECT_EQ(e.timing.churn->absences->mean_present, 9);
  EXPECT_EQ(e.timing.churn->absences->mean_away, 2);
  EXPECT_THAT(e.timing.churn->join_at, ElementsAre(0, 1, 0, 0, 0, 0));
  EXPECT_THAT(e.timing.churn->leave_at, ElementsAre(infinity, 8, infinity, infinity, infinity, infinity));
  EXPECT_EQ(e.timing.churn->on_return, Return::copied);
  EXPECT_EQ(e.timing.messages.lost, 0.25);
  EXPECT_EQ(e.timing.messages.repeated, 0.125);

  EXPECT_EQ(e.algorithm.name, "async_gossip");
  EXPECT_EQ(e.algorithm.parameters.number("alpha"), 0.375);

  EXPECT_EQ(e.objective.name, "logistic_regression");
  EXPECT_TRUE(e.objective.needs.classification);
  EXPECT_EQ(e.objective.batch_size, 2);
  EXPECT_FALSE(e.objective.shared_rows);
  EXPECT_EQ(e.objective.varies, Varies::with_workers);
  ASSERT_TRUE(e.objective.data);
  const DatasetPair<float> data = e.objective.data->load.get<float>()({.classification = true});
  EXPECT_EQ(data.train->samples(), 48);
  EXPECT_EQ(data.test->samples(), 20);
  EXPECT_EQ(data.train->features.rows(), 4);  // no bias

  EXPECT_EQ(e.initial.kind, InitialKind::normal);
  EXPECT_EQ(e.initial.scale, 2);
  EXPECT_TRUE(e.initial.average);

  const LarsParameters lars = std::get<LarsParameters>(e.optimizer.rule);
  EXPECT_EQ(lars.learning_rate.base, 0.5);
  EXPECT_EQ(lars.learning_rate.kind, LearningRate::Kind::goyal);
  EXPECT_EQ(lars.learning_rate.unit, ProgressUnit::epochs);
  EXPECT_EQ(lars.learning_rate.scale, 4);
  EXPECT_EQ(lars.learning_rate.warmup, 2);
  EXPECT_THAT(lars.learning_rate.milestones, ElementsAre(5, 7));
  EXPECT_EQ(lars.learning_rate.factor, 0.5);
  EXPECT_EQ(lars.momentum, 0.25);
  EXPECT_TRUE(lars.nesterov);
  EXPECT_EQ(lars.weight_decay, 0.125);
  EXPECT_EQ(lars.trust, 0.5);
  EXPECT_EQ(lars.epsilon, 0.25);
  EXPECT_TRUE(lars.always_adapt);
  EXPECT_EQ(lars.clip_norm, 3);
  EXPECT_EQ(lars.clip_epsilon, 0.0625);
  EXPECT_THAT(lars.decay_excludes, ElementsAre(BlockRole::norm, BlockRole::bias));
  EXPECT_TRUE(e.optimizer.average_buffers);
  EXPECT_FALSE(e.optimizer.automatic_scale);
  EXPECT_EQ(e.optimizer.clock, ProgressClock::local_steps);

  EXPECT_EQ(e.stop.rules.time, 12);
  EXPECT_EQ(e.stop.rules.gradients, 90u);
  EXPECT_EQ(e.stop.epochs, 1.5);
  EXPECT_EQ(e.stop.rules.communications, 80u);
  EXPECT_EQ(e.stop.rules.rounds, 70u);
  EXPECT_EQ(e.stop.rules.bytes, 60u);
  EXPECT_EQ(e.stop.rules.wall_seconds, 30);
  EXPECT_EQ(e.stop.rules.diverged_above, 1e6);
  EXPECT_TRUE(e.stop.average);
  ASSERT_TRUE(e.stop.target);
  EXPECT_EQ(e.stop.target->metric, "loss");
  EXPECT_EQ(e.stop.target->below, 0.01);

  EXPECT_EQ(e.record.every, 3);
  EXPECT_THAT(e.record.metrics, ElementsAre("loss"));
  EXPECT_TRUE(e.record.events);
  EXPECT_FALSE(e.record.train_rows);
  EXPECT_EQ(e.record.evaluated_train, 30u);
  EXPECT_FALSE(e.record.evaluated_test);
  EXPECT_TRUE(e.record.test_rows);
  EXPECT_EQ(e.record.states, RecordedStates::all);
  EXPECT_FALSE(e.record.communication_counts);
  EXPECT_TRUE(e.record.staleness);
  EXPECT_EQ(e.record.timeline, 7);
  EXPECT_EQ(e.record.bytes_per_number, 2);
  EXPECT_EQ(e.checkpoint.every, 4);
  EXPECT_EQ(e.checkpoint.every_seconds, 60);
  EXPECT_EQ(e.rank_partition, RankPartition::metis);
  EXPECT_TRUE(e.live.deterministic_neighbor);
  EXPECT_TRUE(e.live.deterministic_averagings);
  EXPECT_THAT(std::get<std::vector<double>>(e.live.gradient_seconds), ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Bind, OtherSectionsArrive) {
  const auto bound = [](const Json& changes) {
    const Configuration configuration = make_configuration("folder/x.json", changed(unusual(), changes));
    return bind(configuration, configuration.cells[0]);
  };
  const Experiment trace = bound({{"timing", {{"model", "trace"}, {"file", "events.csv"}}}});
  EXPECT_EQ(trace.timing.model, TimingModel::trace);
  EXPECT_EQ(trace.timing.trace, "folder/events.csv");
  const Experiment live =
      bound({{"timing", {{"model", "live_trace"}, {"file", "/t.csv"}, {"horizon", 400}}}});
  EXPECT_EQ(live.timing.model, TimingModel::live_trace);
  EXPECT_EQ(live.timing.trace, "/t.csv");
  EXPECT_EQ(live.timing.horizon, 400);
  EXPECT_THAT(std::get<std::vector<double>>(
                  bound({{"timing.gradient_rate", {1, 2, 3, 4, 5, 6}}}).timing.gradient_rate),
              ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_EQ(std::get<double>(bound({{"timing.gradient_rate", 0.5}}).timing.gradient_rate), 0.5);
  const Experiment walk =
      bound({{"topology", {{"family", "random_matchings"}, {"workers", 6}, {"window", 7}}}});
  EXPECT_FALSE(walk.topology.graph);
  ASSERT_TRUE(walk.topology.sequence);
  EXPECT_EQ(walk.topology.window, 7);
  EXPECT_FALSE(walk.topology.failures);
  const Experiment listed =
      bound({{"topology",
              {{"edges", {{0, 1}, {1, 2}}},
               {"rates", {{"scheme", "explicit"}, {"edges", {{0, 1, 0.5}, {1, 2, 2}}}}}}}});
  ASSERT_EQ(listed.topology.rates.explicit_edges.size(), 2u);
  EXPECT_EQ(listed.topology.rates.explicit_edges[1].rate, 2);
  EXPECT_EQ(listed.topology.field, "/topology/edges");
  const Experiment point = bound({{"initial", {{"kind", "point"}, {"x", {1, 2, 3}}}}});
  EXPECT_EQ(point.initial.kind, InitialKind::points);
  EXPECT_EQ(point.initial.field, "/initial/x");
  EXPECT_EQ(point.initial.points(), Eigen::Vector3d(1, 2, 3));
  EXPECT_EQ(bound({{"initial", {{"kind", "file"}, {"file", "x.npy"}}}}).initial.field, "/initial/file");
  EXPECT_TRUE(
      bound({{"initial",
              {{"kind", "network"}, {"workers", "mean_of_independent"}, {"step_before_average", true}}}})
          .initial.step_before);
  EXPECT_EQ(bound({{"initial", {{"kind", "auto"}}}}).initial.kind, InitialKind::automatic);
  const auto network = [&](const char* workers) {
    return bound({{"initial", {{"kind", "network"}, {"workers", workers}}}}).initial;
  };
  EXPECT_EQ(network("same").kind, InitialKind::network);
  EXPECT_TRUE(network("same").common && !network("same").average);
  EXPECT_TRUE(!network("independent").common && !network("independent").average);
  EXPECT_TRUE(!network("mean_of_independent").common && network("mean_of_independent").average);
  const ObjectiveSource scripted =
      bound({{"objective", {{"name", "torchscript"}, {"file", "net.pt"}, {"input", {3, 32, 32}}}}}).objective;
  EXPECT_EQ(scripted.name, "torchscript");
  EXPECT_TRUE(scripted.needs.classification && scripted.needs.bytes);
  EXPECT_EQ(bound({{"record.states", "final"}}).record.states, RecordedStates::final_states);
  EXPECT_TRUE(bound({{"optimizer.schedule", "goyal"}}).optimizer.automatic_scale);
  EXPECT_EQ(bound({{"optimizer.schedule", "goyal"}}).optimizer.clock, ProgressClock::time);
  const SgdParameters sgd = std::get<SgdParameters>(bound({{"optimizer",
                                                            {{"momentum", 0.5},
                                                             {"nesterov", true},
                                                             {"weight_decay", 0.25},
                                                             {"clip_norm", 2},
                                                             {"clip_epsilon", 1}}}})
                                                        .optimizer.rule);
  EXPECT_EQ(sgd.momentum, 0.5);
  EXPECT_TRUE(sgd.nesterov);
  EXPECT_EQ(sgd.weight_decay, 0.25);
  EXPECT_EQ(sgd.clip_norm, 2);
  EXPECT_EQ(sgd.clip_epsilon, 1);
  const AdamParameters adam = std::get<AdamParameters>(bound({{"optimizer",
                                                               {{"name", "adamw"},
                                                                {"beta_1", 0.5},
                                                                {"beta_2", 0.75},
                                                                {"epsilon", 2},
                                                                {"weight_decay", 0.25},
                                                                {"decay_excludes", {"bias"}},
                                                                {"clip_norm", 4}}}})
                                                           .optimizer.rule);
  EXPECT_TRUE(adam.decoupled);
  EXPECT_EQ(adam.beta_1, 0.5);
  EXPECT_EQ(adam.beta_2, 0.75);
  EXPECT_EQ(adam.epsilon, 2);
  EXPECT_EQ(adam.weight_decay, 0.25);
  EXPECT_THAT(adam.decay_excludes, ElementsAre(BlockRole::bias));
  EXPECT_EQ(adam.clip_norm, 4);
  EXPECT_FALSE(std::get<AdamParameters>(bound({{"optimizer", {{"name", "adam"}}}}).optimizer.rule).decoupled);
  const LearningRate cosine = bound({{"optimizer.schedule",
                                      {{"name", "cosine"},
                                       {"milestones_in", "gradients"},
                                       {"length", 70},
                                       {"warmup", 10},
                                       {"warmup_start", 0.5}}}})
                                  .optimizer.learning_rate();
  EXPECT_EQ(cosine.unit, ProgressUnit::gradients);
  EXPECT_EQ(cosine.length, 70);
  EXPECT_EQ(cosine.warmup, 10);
  EXPECT_EQ(cosine.warmup_start, 0.5);
  EXPECT_FALSE(bound({{"record.every", "auto"}}).record.every);
  EXPECT_EQ(bound({{"stop.time", nullptr}}).stop.rules.time, infinity);
  const Experiment gossip = bound({{"objective", {{"name", "none"}, {"dimension", 6}}}});
  EXPECT_FALSE(gossip.objective.has_gradients());
  EXPECT_EQ(gossip.objective.dimension, 6);
  const Experiment quadratic = bound({{"objective",
                                       {{"name", "quadratic"},
                                        {"dimension", 2},
                                        {"seed", 3},
                                        {"noise", 1},
                                        {"heterogeneity", 2},
                                        {"curvature_max", 4}}}});
  EXPECT_TRUE(quadratic.objective.noise);
  EXPECT_TRUE(quadratic.objective.own_centres);
  EXPECT_EQ(quadratic.objective.varies, Varies::with_workers);
  EXPECT_EQ(quadratic.objective.make.get<double>()({6, 1, nullptr})->constants().smoothness, 4);
  const Experiment given =
      bound({{"objective", Json::parse(R"({"name": "quadratic", "centers": [[1, 2], [3, 4]],
                                                               "matrices": [[[5, 0], [0, 1]], [[1, 0], [0, 2]]]})")}});
  EXPECT_EQ(given.objective.dimension, 2);
  const auto made = given.objective.make.get<double>()({2, 1, nullptr});
  EXPECT_EQ(made->worker_loss(0, Eigen::Vector2d(0, 0)), 0.5 * (5 * 1 + 4));
  EXPECT_EQ(made->worker_loss(1, Eigen::Vector2d(0, 0)), 0.5 * (9 + 2 * 16));
}

TEST(Bind, AnAutomaticScaleNeedsABatchSize) {
  EXPECT_THAT(input_error_of([] {
                Trial(changed(unusual(), {{"optimizer.schedule", "goyal"}, {"objective.batch_size", 0}}));
              }),
              ::testing::HasSubstr("/optimizer/schedule/scale: has no automatic value"));
}

}  // namespace
}  // namespace acidsim::testing
