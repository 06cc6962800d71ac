// Objectives of LibTorch through the front door: every backend, facts, messages, export.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/npy.hpp"
#include "tests/app/ranks.hpp"
#include "tests/torch/needs_torch.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

nlohmann::json scripted(const std::string& file = "mlp.pt") {
  return nlohmann::json::parse(R"({
    "name": "scripted", "precision": "single", "topology": {"family": "cycle", "workers": 4},
    "objective": {"name": "torchscript", "batch_size": 8, "file": ")" +
                               file + R"(",
      "data": {"dataset": "synthetic", "samples": 120, "test_samples": 40, "features": 5, "classes": 3}},
    "optimizer": {"learning_rate": 0.1, "momentum": 0.9}, "stop": {"time": 10},
    "record": {"every": 5, "metrics": ["loss", "minibatch_loss", "consensus_distance"]}})");
}

void copy_network(const Scratch& scratch, const std::string& name) {
  fs::copy_file(fs::path(ACIDSIM_TEST_DATA) / "torch" / name, scratch / name);
}

std::string digest_of(const Scratch& scratch, const std::string& folder) {
  return read_results(scratch / folder / "run.json")["state_digest"];
}

TEST(TorchProgram, DigestsAreThoseOfASerialRun) {
  ACIDSIM_NEEDS_TORCH();
  const Scratch scratch;
  copy_network(scratch, "mlp.pt");
  scratch.write("e.json", scripted().dump());
  succeed(scratch, {"run", "e.json", "--out", "serial", "--backend", "serial"});
  succeed(scratch, {"run", "e.json", "--out", "threads", "--backend", "openmp", "--threads", "2"});
  for (const char* extra : {"", "10"}) {
    std::vector<std::string> arguments = {"run",   "e.json",      "--out", "parts",
                                          "--set", "stop.time=5", "--set", "checkpoint.every=1"};
    if (*extra != '\0') arguments.insert(arguments.end(), {"--extend", extra});
    succeed(scratch, arguments);
  }
  EXPECT_EQ(digest_of(scratch, "serial"), digest_of(scratch, "threads"));
  EXPECT_EQ(digest_of(scratch, "serial"), digest_of(scratch, "parts"));
  EXPECT_EQ(read_text(scratch / "serial/metrics.csv"), read_text(scratch / "threads/metrics.csv"));
  const Table table = read_table(scratch / "serial/metrics.csv");
  EXPECT_LT(table.number(2, "loss"), table.number(0, "loss"));
}

TEST(TorchProgram, RanksGiveTheSameBits) {
  ACIDSIM_NEEDS_TORCH();
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  copy_network(scratch, "mlp.pt");
  scratch.write("e.json", scripted().dump());
  succeed(scratch, {"run", "e.json", "--out", "serial", "--backend", "serial"});
  succeed_on_ranks(scratch, 2, {"run", "e.json", "--out", "ranks", "--backend", "mpi", "--verify"});
  EXPECT_EQ(digest_of(scratch, "serial"), digest_of(scratch, "ranks"));
}

// LibTorch's code for other processors rounds in other ways: one rank is told to take it.
TEST(TorchProgram, RefusesRanksThatWouldRoundDifferently) {
  ACIDSIM_NEEDS_TORCH();
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  copy_network(scratch, "mlp.pt");
  scratch.write("e.json", scripted().dump());
  const std::string program = program_under_test();
  std::vector<std::string> words = {"--allow-run-as-root", "--oversubscribe"};
  for (const char* setting : {"ATEN_CPU_CAPABILITY=default", "NO_SUCH_VARIABLE=1"}) {
    if (words.size() > 2) words.push_back(":");
    words.insert(words.end(),
                 {"-np", "1", "-x", setting, program, "run", "e.json", "--out", "out", "--backend", "mpi"});
  }
  const Finished finished = Program(scratch.path(), words, mpirun()).finish(std::chrono::seconds(120));
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err,
              HasSubstr("LibTorch, its BLAS or its kind of processor: is not what rank 0 sees"));
  EXPECT_FALSE(fs::exists(scratch / "out"));
}

TEST(TorchProgram, LiveRunsAreReplayedToTheBit) {
  ACIDSIM_NEEDS_TORCH();
  const Scratch scratch;
  copy_network(scratch, "mlp.pt");
  nlohmann::json source = scripted();
  source["stop"] = {{"gradients", 60}};
  source["record"] = {{"metrics", {"loss"}}};
  scratch.write("e.json", source.dump());
  succeed(scratch, {"run", "e.json", "--backend", "live", "--out", "live", "--quiet"});
  succeed(scratch, {"run", "live/replay.json", "--out", "again", "--quiet"});
  EXPECT_EQ(digest_of(scratch, "live"), digest_of(scratch, "again"));
}

TEST(TorchProgram, ResultsNameTheNetworkAndTheLibraries) {
  ACIDSIM_NEEDS_TORCH();
  const Scratch scratch;
  copy_network(scratch, "mlp.pt");
  scratch.write("e.json", scripted().dump());
  succeed(scratch, {"run", "e.json", "--out", "out"});
  const auto run = read_results(scratch / "out/run.json");
  EXPECT_EQ(run["inputs"]["mlp.pt"].get<std::string>().size(), 64u);
  for (const char* fact : {"torch", "blas", "cpu_capability"})
    EXPECT_FALSE(run["libraries"][fact].get<std::string>().empty()) << fact;
  const std::string text = succeed(scratch, {"explain", "e.json"});
  EXPECT_THAT(text, AllOf(HasSubstr("0.weight  from 0         8 × 5\n"),
                          HasSubstr("2.bias    from 72        3, a bias"),
                          HasSubstr("which LibTorch does not tell")));
}

TEST(TorchProgram, ResNet18TrainsOnAMadeUpSet) {
  ACIDSIM_NEEDS_TORCH();
  const Scratch scratch;
  succeed(scratch, {"data", "colour_fashion", "--out", "made", "--rows", "100", "--test-rows", "20"});
  nlohmann::json source = scripted();
  source["topology"]["workers"] = 2;
  source["objective"] = {{"name", "torch_resnet18"},
                         {"batch_size", 8},
                         {"data", {{"dataset", "cifar10"}, {"directory", "made"}}}};
  source["optimizer"]["learning_rate"] = 0.02;
  source["optimizer"]["decay_excludes"] = {"bias", "norm"};
  source["optimizer"]["weight_decay"] = 5e-4;
  source["stop"] = {{"gradients", 8}};
  source["record"]["metrics"] = {"minibatch_loss", "consensus_distance"};
  scratch.write("e.json", source.dump());
  succeed(scratch, {"run", "e.json", "--out", "out"});
  const auto run = read_results(scratch / "out/run.json");
  EXPECT_EQ(run["dimension"], 11173962);
  EXPECT_EQ(run["repeats"][0]["gradients"], 8);
  const Table table = read_table(scratch / "out/metrics.csv");
  const double loss = table.number(table.rows.size() - 1, "minibatch_loss");
  EXPECT_GT(loss, 0.1);
  EXPECT_LT(loss, 10);
}

TEST(TorchProgram, RefusesInOneMessageAndWritesNothing) {
  ACIDSIM_NEEDS_TORCH();
  const Scratch scratch;
  copy_network(scratch, "mlp.pt");
  copy_network(scratch, "dropout.pt");
  scratch.write("e.json", scripted().dump());
  const auto message = [&](const std::string& setting) {
    const Finished finished = run_program(scratch, {"run", "e.json", "--out", "out", "--set", setting});
    EXPECT_EQ(finished.code, 2) << setting;
    EXPECT_FALSE(fs::exists(scratch / "out"));
    return finished.err;
  };
  EXPECT_THAT(message("precision=double"),
              HasSubstr("e.json: /objective/name: computes in single precision alone (\"double\")"));
  EXPECT_THAT(message("objective.file=dropout.pt"), HasSubstr("e.json: /objective/file: "));
  EXPECT_THAT(message("objective.file=none.pt"), HasSubstr("no such file"));
  EXPECT_THAT(message("objective.input=[4]"), HasSubstr("e.json: /objective/input: is not the shape"));
  EXPECT_THAT(message("initial={\"kind\":\"network\",\"workers\":\"independent\"}"),
              HasSubstr("e.json: /initial/workers: the weights of a file are one start"));
}

// With and without the plug-in.
TEST(TorchProgram, NobodyLoadsLibTorchUnasked) {
  const Scratch scratch;
  const Finished finished = run_shell(scratch, R"(LD_DEBUG=files "$0" list objectives)");
  EXPECT_EQ(finished.code, 0);
  EXPECT_THAT(finished.out, AllOf(HasSubstr("torchscript"), HasSubstr("scripts/setup torch")));
  EXPECT_THAT(finished.err,
              AllOf(HasSubstr("libc.so"), Not(HasSubstr("libtorch")), Not(HasSubstr("acidsim_torch"))));
}

TEST(TorchProgram, SaysHowToGetThePlugIn) {
  const Scratch scratch;
  copy_network(scratch, "mlp.pt");
  scratch.write("e.json", scripted().dump());
  fs::create_directory(scratch / "bin");
  fs::copy_file(program_under_test(), scratch / "bin/acidsim");
  const Finished without = run_shell(scratch, "bin/acidsim run e.json");
  EXPECT_EQ(without.code, 2);
  EXPECT_THAT(without.err,
              AllOf(HasSubstr("e.json: /objective/name: needs the plug-in for LibTorch, which was not built"),
                    HasSubstr("scripts/setup torch")));
  scratch.write("broken.so", "no library");
  const Finished broken = run_shell(scratch, "ACIDSIM_TORCH_PLUGIN=./broken.so bin/acidsim run e.json");
  EXPECT_EQ(broken.code, 2);
  EXPECT_THAT(broken.err, HasSubstr("the plug-in for LibTorch cannot be loaded"));
}

TEST(TorchProgram, AnExportedNetworkStartsWhereTheRunEnded) {
  ACIDSIM_NEEDS_TORCH();
  const Scratch scratch;
  for (const char* name : {"mlp", "batch_norm"}) {
    const std::string file = std::string(name) + ".pt", out = std::string(name) + "_out";
    copy_network(scratch, file);
    nlohmann::json source = scripted(file);
    source["record"]["states"] = "final";
    source["record"]["metrics"] = {"loss"};
    if (std::string(name) == "batch_norm") {
      source["objective"]["input"] = {1, 4, 4};
      source["objective"]["data"]["features"] = 16;
    }
    scratch.write("e.json", source.dump());
    succeed(scratch, {"run", "e.json", "--out", out});
    succeed(scratch, {"export", out, std::string(name) + "_after.pt"});
    succeed(scratch, {"run", "e.json", "--out", out + "_after", "--set",
                      "objective.file=" + std::string(name) + "_after.pt", "--set", "stop.time=0"});
    // metric "loss": of the mean model.
    const Table before = read_table(scratch / out / "metrics.csv");
    const Table after = read_table(scratch / (out + "_after") / "metrics.csv");
    EXPECT_NEAR(after.number(0, "loss"), before.number(before.rows.size() - 1, "loss"), 1e-5) << name;
    EXPECT_GT(std::abs(before.number(0, "loss") - after.number(0, "loss")), 1e-2) << name;
  }
}

}  // namespace
}  // namespace acidsim::testing
