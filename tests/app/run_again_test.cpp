// What a run leaves behind as an experiment: run.json runs again, replay.json does so wherever its folder is moved.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/npy.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

// A ring whose rates are read from a file in a folder of its own, and points likewise.
void write_experiment(const Scratch& scratch, const Json& changes) {
  std::string ring;
  for (int k = 0; k < 8; ++k) ring += std::to_string(k) + " " + std::to_string((k + 1) % 8) + " 1\n";
  scratch.write("project/inputs/ring.txt", ring);
  scratch.write("project/inputs/x.npy", npy_text("{'descr': '<f8', 'fortran_order': False, 'shape': (3,), }",
                                                 bytes_of<double>({1, 2, 3})));
  scratch.write(
      "project/run.json",
      changed(changed(small_experiment(), {{"topology", {{"file", "inputs/ring.txt"}, {"rates", "explicit"}}},
                                           {"initial", {{"kind", "file"}, {"file", "inputs/x.npy"}}}}),
              changes)
          .dump());
}

TEST(RunJson, RunsAgainFromAnyFolder) {
  const Scratch scratch;
  write_experiment(scratch, {{"repeats", 2}});
  succeed(scratch, {"run", "project/run.json", "--out", "project/results/a", "--quiet", "--set", "seed=5"});
  const auto first = read_results(scratch / "project/results/a/run.json");
  EXPECT_EQ(first["config_directory"], "../..");
  fs::create_directories(scratch / "elsewhere");
  const auto from = [&](const char* folder, const std::vector<std::string>& arguments) {
    const Finished finished = Program(scratch / folder, arguments).finish(std::chrono::seconds(120));
    EXPECT_EQ(finished.code, 0) << finished.err;
    return finished.out;
  };
  from("elsewhere", {"run", "../project/results/a/run.json", "--out", "b", "--quiet"});
  const auto again = read_results(scratch / "elsewhere/b/run.json");
  EXPECT_EQ(again["state_digest"], first["state_digest"]);
  EXPECT_EQ(again["config"], first["config"]);
  EXPECT_EQ(read_text(scratch / "elsewhere/b/metrics.csv"),
            read_text(scratch / "project/results/a/metrics.csv"));
  from("elsewhere", {"run", "b/run.json", "--out", "c", "--quiet"});  // of a run of a run
  EXPECT_EQ(read_results(scratch / "elsewhere/c/run.json")["state_digest"], first["state_digest"]);
  from("project/results/a", {"run", "run.json", "--out", "../../d", "--quiet", "--set", "stop.time=1"});
  EXPECT_EQ(read_results(scratch / "project/d/run.json")["repeats"][0]["time"], 1);
  EXPECT_THAT(from("elsewhere", {"validate", "b/run.json"}), HasSubstr("b/run.json: valid"));
  EXPECT_THAT(from("elsewhere", {"explain", "b/run.json"}), HasSubstr("8 workers"));
  EXPECT_EQ(from("elsewhere", {"schedule", "b/run.json"}),
            from("project", {"schedule", "run.json", "--set", "seed=5"}));
}

TEST(RunJson, OfACellIsThatCell) {
  const Scratch scratch;
  write_experiment(scratch, {{"sweep", {{"algorithm.name", {"async_gossip", "a2cid2"}}}}});
  succeed(scratch, {"run", "project/run.json", "--out", "out", "--quiet"});
  const std::string cell = "out/algorithm.name=async_gossip/run.json";
  succeed(scratch, {"run", cell, "--out", "again", "--quiet"});
  EXPECT_EQ(read_results(scratch / "again/run.json")["state_digest"],
            read_results(scratch / cell)["state_digest"]);
}

TEST(RunJson, IsKnownByWhatItHolds) {
  const Scratch scratch;
  scratch.write("x.json", R"({"config": {"seed": 3}})");
  const Finished finished = run_program(scratch, {"validate", "x.json"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("x.json: /config: unknown key"));
}

TEST(Replay, GoesWithItsFolder) {
  const Scratch scratch;
  write_experiment(scratch, {{"stop", {{"gradients", 60}}}});
  succeed(scratch, {"run", "project/run.json", "--out", "project/live", "--quiet", "--backend", "live"});
  const auto replay = read_results(scratch / "project/live/replay.json");
  EXPECT_EQ(replay["topology"]["file"], "../inputs/ring.txt");
  EXPECT_EQ(replay["initial"]["file"], "../inputs/x.npy");
  EXPECT_EQ(replay["timing"]["file"], "trace.csv");
  const auto digest = read_results(scratch / "project/live/run.json")["state_digest"];
  fs::rename(scratch / "project", scratch / "moved");
  succeed(scratch, {"run", "moved/live/replay.json", "--out", "replay", "--quiet"});
  EXPECT_EQ(read_results(scratch / "replay/run.json")["state_digest"], digest);
}

TEST(StopCommunications, IsReachedExactlyOnAllWays) {
  const Scratch scratch;
  scratch.write("run.json", changed(small_experiment(), {{"stop", {{"communications", 123}}}}).dump());
  const auto repeat = [&](const char* out) { return read_results(scratch / out / "run.json")["repeats"][0]; };
  succeed(scratch, {"run", "run.json", "--out", "serial", "--quiet"});
  EXPECT_EQ(repeat("serial")["communications"], 123);
  EXPECT_EQ(repeat("serial")["stop_reason"], "communications");
  succeed(scratch,
          {"run", "run.json", "--out", "openmp", "--quiet", "--backend", "openmp", "--threads", "2"});
  EXPECT_EQ(repeat("openmp")["state_digest"], repeat("serial")["state_digest"]);
  succeed(scratch, {"run", "run.json", "--out", "live", "--quiet", "--backend", "live", "--set",
                    "live.gradient_seconds=1e-3"});
  EXPECT_EQ(repeat("live")["communications"], 123);
  EXPECT_EQ(repeat("live")["stop_reason"], "communications");
  succeed(scratch, {"run", "live/replay.json", "--out", "replay", "--quiet"});
  EXPECT_EQ(repeat("replay")["state_digest"], repeat("live")["state_digest"]);
  succeed(scratch, {"predict", "live"});
  // A round's averagings are one event: the run ends with the round that reaches the number.
  succeed(scratch, {"run", "run.json", "--out", "rounds", "--quiet", "--set", "algorithm.name=d_psgd"});
  EXPECT_EQ(repeat("rounds")["communications"], 128);
  const Finished extended =
      run_program(scratch, {"run", "run.json", "--out", "saved", "--quiet", "--set", "checkpoint.every=1"});
  EXPECT_EQ(extended.code, 0) << extended.err;
  const Finished refused = run_program(scratch, {"run", "run.json", "--out", "saved", "--quiet", "--set",
                                                 "checkpoint.every=1", "--extend", "99"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("only runs that stop.time ended can be extended"));
}

// The learning rate falls over the run that the rule leaves.
TEST(StopCommunications, IsTheHorizonOfTheLearningRate) {
  const Json source = changed(small_experiment(), {{"optimizer.schedule", "cosine"}});
  const RepeatResult by_time = run_once(changed(source, {{"stop.time", 50}}));
  const RepeatResult by_count = run_once(changed(source, {{"stop", {{"communications", 200}}}}));
  // Rate 8 · 1 / 2 = 4: horizon 50 either way, and the same events until the first of the two ends.
  for (std::size_t r = 0; r < 40; ++r)
    EXPECT_EQ(by_count.records.at(r).metrics, by_time.records.at(r).metrics);
}

}  // namespace
}  // namespace acidsim::testing
