// Networks through the front door: every backend, resumed runs, recipes, messages.
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"
#include "tests/app/ranks.hpp"

namespace acidsim::testing {
namespace {

// Images of Fashion-MNIST's size, few of them.
Json small_network(const Json& objective) {
  Json source = {
      {"name", "network"},
      {"precision", "single"},
      {"topology", {{"family", "cycle"}, {"workers", 4}}},
      {"objective",
       {{"name", "mlp"}, {"data", {{"dataset", "fashion_mnist"}, {"limit", 300}}}, {"batch_size", 4}}},
      {"optimizer", {{"learning_rate", 0.05}, {"momentum", 0.9}}},
      {"stop", {{"time", 5}}},
      {"record", {{"every", 2.5}, {"metrics", {"minibatch_loss", "consensus_distance"}}}}};
  source["objective"].update(objective);
  return source;
}

std::string digest_of(const Scratch& scratch, const std::string& folder) {
  return read_results(scratch / folder / "run.json")["repeats"][0]["state_digest"];
}

TEST(Networks, HaveTheSameDigestSerialOnThreadsAndResumed) {
  for (
      const Json& objective :
      {Json{{"name", "mlp"}, {"hidden", {16, 8}}, {"activation", "tanh"}}, Json{{"name", "lenet"}},
       Json::parse(
           R"({"name": "network", "layers": [{"conv": 4, "kernel": 3, "stride": 2, "bias": false}, "batch_norm", "relu",
                        {"residual": [{"conv": 4}, "gelu", {"dropout": 0.2}]}, "global_average_pool", {"dense": null}]})")}) {
    const Scratch scratch;
    scratch.write("e.json", small_network(objective).dump());
    succeed(scratch, {"run", "e.json", "--out", "serial", "--backend", "serial"});
    succeed(scratch, {"run", "e.json", "--out", "threads", "--backend", "openmp", "--threads", "2"});
    succeed(scratch,
            {"run", "e.json", "--out", "parts", "--set", "stop.time=2.5", "--set", "checkpoint.every=1"});
    succeed(scratch, {"run", "e.json", "--out", "parts", "--set", "stop.time=2.5", "--set",
                      "checkpoint.every=1", "--extend", "5"});
    EXPECT_EQ(digest_of(scratch, "serial"), digest_of(scratch, "threads")) << objective.dump();
    EXPECT_EQ(digest_of(scratch, "serial"), digest_of(scratch, "parts")) << objective.dump();
    const Table table = read_table(scratch / "serial/metrics.csv");
    EXPECT_GT(table.number(table.rows.size() - 1, "minibatch_loss"), 0);
  }
}

// A network with batch normalisation on a small part of the data.
Json normalised_network(const std::string& normalisation) {
  Json source = small_network(Json::parse(
      R"({"name": "network", "layers": [{"dense": 16}, "batch_norm", "relu", {"dense": null}]})"));
  source["objective"]["normalisation"] = normalisation;
  source["record"] = {{"every", 2.5},
                      {"metrics", {"minibatch_loss", "loss", "test_accuracy", "mean_worker_accuracy"}},
                      {"test_rows", 200}};
  return source;
}

std::vector<std::string> values_of(const Table& table, const std::string& name) {
  std::vector<std::string> values;
  for (const auto& row : table.rows) values.push_back(row.at(table.column(name)));
  return values;
}

// They say how models are evaluated, not how they train.
TEST(Networks, StatisticsOfNormalisationNeverInfluenceTraining) {
  const Scratch scratch;
  std::vector<std::vector<std::string>> trained, evaluated;
  for (const std::string kind : {"recomputed", "running", "mean"}) {
    scratch.write("e.json", normalised_network(kind).dump());
    succeed(scratch, {"run", "e.json", "--out", kind, "--backend", "serial"});
    const Table table = read_table(scratch / kind / "metrics.csv");
    trained.push_back(values_of(table, "minibatch_loss"));
    evaluated.push_back(values_of(table, "loss"));
  }
  EXPECT_EQ(trained[0], trained[1]);
  EXPECT_EQ(trained[0], trained[2]);
  EXPECT_NE(evaluated[0], evaluated[1]);
  EXPECT_NE(evaluated[1], evaluated[2]) << "of worker 0, and of all";
}

TEST(Networks, RunningStatisticsAreTheSameOnEveryBackend) {
  ACIDSIM_NEEDS_MPIRUN();
  for (const std::string kind : {"running", "mean"}) {
    const Scratch scratch;
    scratch.write("e.json", normalised_network(kind).dump());
    succeed(scratch, {"run", "e.json", "--out", "serial", "--backend", "serial"});
    succeed(scratch, {"run", "e.json", "--out", "threads", "--backend", "openmp", "--threads", "2"});
    succeed_on_ranks(scratch, 3, {"run", "e.json", "--out", "ranks", "--backend", "mpi"});
    succeed(scratch,
            {"run", "e.json", "--out", "parts", "--set", "stop.time=2.5", "--set", "checkpoint.every=1"});
    succeed(scratch, {"run", "e.json", "--out", "parts", "--set", "stop.time=2.5", "--set",
                      "checkpoint.every=1", "--extend", "5"});
    for (const std::string folder : {"threads", "ranks", "parts"}) {
      EXPECT_EQ(digest_of(scratch, "serial"), digest_of(scratch, folder)) << kind << folder;
      EXPECT_EQ(read_text(scratch / "serial/metrics.csv"), read_text(scratch / folder / "metrics.csv"))
          << kind << folder;
    }
  }
}

TEST(Networks, StatisticsOfAServerAreRefused) {
  const Scratch scratch;
  Json source = normalised_network("running");
  source["algorithm"]["name"] = "server_async_sgd";
  scratch.write("e.json", source.dump());
  const Finished finished = run_program(scratch, {"validate", "e.json"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_NE(finished.err.find("/objective/normalisation: server_async_sgd evaluates the model of a server"),
            std::string::npos)
      << finished.err;
}

// One step from the mean of four starts, as each worker makes it at its own.
TEST(Networks, MayTakeAStepBeforeTheAverage) {
  const Scratch scratch;
  Json source = small_network({{"hidden", {16}}});
  source["initial"] = {{"kind", "network"}, {"workers", "mean_of_independent"}};
  source["record"] = {{"every", 2.5}, {"metrics", {"loss", "consensus_distance"}}};
  scratch.write("plain.json", source.dump());
  source["initial"]["step_before_average"] = true;
  scratch.write("step.json", source.dump());
  succeed(scratch, {"run", "plain.json", "--out", "plain", "--backend", "serial"});
  succeed(scratch, {"run", "step.json", "--out", "step", "--backend", "serial"});
  succeed(scratch, {"run", "step.json", "--out", "threads", "--backend", "openmp", "--threads", "2"});
  const Table plain = read_table(scratch / "plain/metrics.csv"),
              step = read_table(scratch / "step/metrics.csv");
  EXPECT_LT(step.number(0, "loss"), plain.number(0, "loss"));
  EXPECT_EQ(step.number(0, "consensus_distance"), 0);
  const auto gradients = [&](const char* folder) {
    return read_results(scratch / folder / "run.json")["repeats"][0]["gradients"];
  };
  EXPECT_EQ(gradients("plain"), gradients("step")) << "it is not counted";
  EXPECT_EQ(digest_of(scratch, "step"), digest_of(scratch, "threads"));
  if (mpirun().empty()) return;
  succeed_on_ranks(scratch, 3, {"run", "step.json", "--out", "ranks", "--backend", "mpi"});
  EXPECT_EQ(digest_of(scratch, "step"), digest_of(scratch, "ranks"));
}

// Batch normalisation takes all 60 000 rows at once here, with hundreds of thousands of numbers for each.
TEST(Networks, CountWhatLiesBetweenTheLayers) {
  const Scratch scratch;
  Json source = small_network({{"name", "resnet18"}, {"batch_size", 0}});
  source["objective"]["data"] = {{"dataset", "fashion_mnist"}};
  scratch.write("e.json", source.dump());
  const Finished finished = run_program(scratch, {"validate", "e.json"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_NE(finished.err.find("/objective/batch_size: the layers between keep"), std::string::npos)
      << finished.err;
}

TEST(Networks, StartWhereTheConfigurationSays) {
  const Scratch scratch;
  Json source = small_network({{"hidden", {16}}});
  source["stop"] = {{"time", 0}};
  source["record"] = {{"every", 1}, {"metrics", {"consensus_distance"}}};
  source["objective"]["data"]["limit"] = 50;
  source["sweep"] = {
      {"initial",
       Json::parse(R"([{"kind": "auto"}, {"kind": "network"}, {"kind": "network", "workers": "independent"},
                                               {"kind": "network", "workers": "mean_of_independent"}, {"kind": "zero"}])")}};
  scratch.write("e.json", source.dump());
  succeed(scratch, {"run", "e.json", "--out", "out"});
  const Table table = read_table(scratch / "out/metrics.csv");
  const auto distance = [&](std::size_t cell) { return table.number(cell, "consensus_distance"); };
  ASSERT_EQ(table.rows.size(), 5u);
  EXPECT_EQ(distance(0), 0);
  EXPECT_EQ(distance(1), 0);
  EXPECT_EQ(distance(3), 0);
  EXPECT_EQ(distance(4), 0);
  // Uniform weights of variance 1/(3·784) in the first layer, 1/(3·16) in the second; (1 − 1/n) of that, n = 4.
  const double variance = 785.0 * 16 / (3 * 784) + 17.0 * 10 / (3 * 16);
  EXPECT_NEAR(distance(2), 0.75 * variance, 0.05 * variance);
}

TEST(Networks, TheRecipesOfTheOriginalsRunOnAMadeUpSet) {
  const Scratch scratch;
  succeed(scratch, {"data", "colour_fashion", "--out", "made", "--rows", "100", "--test-rows", "20"});
  for (const std::string name : {"cifar10_resnet18", "cifar10_julia"}) {
    const auto file = fs::path(ACIDSIM_SOURCE_DIR) / "experiments/paper" / (name + ".json");
    std::vector<std::string> arguments = {"run", file.string(), "--out", name};
    for (const std::string setting : {"objective.batch_size=2", "stop.epochs=null", "stop.gradients=6",
                                      "record.metrics=[\"minibatch_loss\"]"})
      arguments.insert(arguments.end(), {"--set", setting});
    arguments.insert(arguments.end(), {"--set", "objective.data.directory=" + (scratch / "made").string()});
    if (name == "cifar10_resnet18") arguments.insert(arguments.end(), {"--set", "topology.workers=2"});
    succeed(scratch, arguments);
    const auto run = read_results(scratch / name / "run.json");
    EXPECT_EQ(run["dimension"], 11173962);
    EXPECT_EQ(run["repeats"][0]["gradients"], 6);
    const Table table = read_table(scratch / name / "metrics.csv");
    const double loss = table.number(table.rows.size() - 1, "minibatch_loss");
    EXPECT_GT(loss, 0.1);
    EXPECT_LT(loss, 50);
  }
}

TEST(Networks, ExplainPrintsThePiecesOfAModel) {
  const Scratch scratch;
  scratch.write("e.json", small_network({{"name", "lenet"}}).dump());
  const std::string text = succeed(scratch, {"explain", "e.json"});
  EXPECT_NE(text.find("3.weight"), std::string::npos) << text;
  EXPECT_NE(text.find("from 416"), std::string::npos) << text;
  EXPECT_NE(text.find("32 × 16 × 5 × 5"), std::string::npos) << text;
}

}  // namespace
}  // namespace acidsim::testing
