// The program killed or interrupted on its way, then started again with --resume or --extend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <random>
#include <thread>

#include "sim/experiment/checkpoint_folder.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

// A run of the program that takes some tenths of a second.
Json long_experiment() {
  return changed(small_experiment(), {{"stop.time", 20000.3},
                                      {"record.every", 900},
                                      {"record.communication_counts", true},
                                      {"repeats", 2},
                                      {"optimizer.momentum", 0.5},
                                      {"checkpoint.every", 300}});
}

void expect_same_results(const fs::path& a, const fs::path& b) {
  for (const char* name : {"metrics.csv", "communication_counts.csv", "worker_counts.csv"})
    EXPECT_EQ(read_text(a / name), read_text(b / name)) << name;
  EXPECT_EQ(read_results(a / "run.json")["state_digest"], read_results(b / "run.json")["state_digest"]);
}

// Starts the same command again and again, and kills it after a while of up to 0.2 s; then lets it finish.
void run_killed(const Scratch& scratch, std::vector<std::string> arguments, unsigned seed) {
  std::mt19937_64 random(seed);
  arguments.insert(arguments.end(), {"--backend", "serial"});
  for (int k = 0; k < 15; ++k) {
    arguments.back() = k % 3 == 1 ? "openmp" : "serial";
    Program program(scratch.path(), arguments);
    std::this_thread::sleep_for(std::chrono::milliseconds(random() % 200));
    program.send(SIGKILL);
    const Finished finished = program.finish(std::chrono::seconds(60));
    ASSERT_TRUE(finished.code == 128 + SIGKILL || finished.code == 0) << finished.err;
  }
  succeed(scratch, arguments);
}

TEST(Checkpoint, KilledAtRandomMoments) {
  const Scratch scratch;
  scratch.write("long.json", long_experiment().dump());
  succeed(scratch, {"run", "long.json", "--quiet", "--out", "whole"});
  run_killed(scratch, {"run", "long.json", "--quiet", "--resume", "--out", "out"}, 1);
  expect_same_results(scratch / "out", scratch / "whole");
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator(scratch.path())) names.push_back(entry.path().filename());
  EXPECT_THAT(names, ::testing::UnorderedElementsAre("long.json", "whole", "out"));
}

TEST(Checkpoint, WhatAKilledRunLeftIsClearedAway) {
  const Scratch scratch;
  scratch.write("long.json", changed(long_experiment(), {{"stop.time", 1000}}).dump());
  succeed(scratch, {"run", "long.json", "--quiet", "--out", "out"});
  succeed(scratch, {"run", "long.json", "--quiet", "--out", "whole", "--set", "stop.time=1100"});
  // Results that were half written when they were to be replaced, and a figure that somebody has drawn.
  scratch.write("out/.pending/metrics.csv", "half");
  scratch.write("out/plots/loss.png", "a figure");
  succeed(scratch, {"run", "long.json", "--quiet", "--extend", "1100", "--out", "out"});
  EXPECT_FALSE(fs::exists(scratch / "out/.pending"));
  EXPECT_EQ(read_text(scratch / "out/plots/loss.png"), "a figure");
  EXPECT_EQ(read_text(scratch / "out/metrics.csv"), read_text(scratch / "whole/metrics.csv"));
}

TEST(Checkpoint, KilledSweepsGoOn) {
  const Scratch scratch;
  scratch.write(
      "sweep.json",
      changed(long_experiment(), {{"repeats", 1}, {"stop.time", 10000}, {"sweep", {{"seed", {1, 2, 3}}}}})
          .dump());
  succeed(scratch, {"run", "sweep.json", "--quiet", "--out", "whole"});
  run_killed(scratch, {"run", "sweep.json", "--quiet", "--threads", "1", "--out", "out"}, 2);
  EXPECT_EQ(read_text(scratch / "out/metrics.csv"), read_text(scratch / "whole/metrics.csv"));
  for (const char* cell : {"seed=1", "seed=2", "seed=3"})
    expect_same_results(scratch / "out" / cell, scratch / "whole" / cell);
}

TEST(Checkpoint, KilledExtensionsKeepTheOldResultsOrHaveTheNew) {
  const Scratch scratch;
  scratch.write("long.json", long_experiment().dump());
  succeed(scratch, {"run", "long.json", "--quiet", "--out", "whole", "--set", "stop.time=40000"});
  succeed(scratch, {"run", "long.json", "--quiet", "--out", "out"});
  run_killed(scratch, {"run", "long.json", "--quiet", "--extend", "40000", "--out", "out"}, 3);
  expect_same_results(scratch / "out", scratch / "whole");
}

TEST(Checkpoint, ExtendRefusesWhatItCannotDo) {
  const Scratch scratch;
  const auto refused = [&](const Json& changes, const std::string& time) {
    scratch.write("small.json",
                  changed(changed(small_experiment(), {{"checkpoint.every", 1}}), changes).dump());
    fs::remove_all(scratch / "out");
    succeed(scratch, {"run", "small.json", "--quiet", "--out", "out"});
    const std::string before = read_text(scratch / "out/run.json");
    const Finished finished = run_program(scratch, {"run", "small.json", "--out", "out", "--extend", time});
    EXPECT_EQ(finished.code, 2) << finished.out;
    EXPECT_EQ(read_text(scratch / "out/run.json"), before);
    return finished.err;
  };
  EXPECT_THAT(refused({}, "4"), HasSubstr("come further already"));
  EXPECT_THAT(refused({}, "nan"), HasSubstr("not a time"));
  EXPECT_THAT(refused({{"optimizer.schedule", "cosine"}}, "9"), HasSubstr("depend on stop.time"));
  EXPECT_THAT(refused({{"stop.gradients", 20}}, "9"), HasSubstr("ended before its stop.time"));
  EXPECT_THAT(refused({{"checkpoint.every", nullptr}}, "9"), HasSubstr("no checkpoint to extend"));
  fs::remove_all(scratch / "out");
  EXPECT_THAT(run_program(scratch, {"run", "small.json", "--out", "out", "--extend", "9"}).err,
              HasSubstr("there is no run to extend"));
}

TEST(Checkpoint, InterruptedRunSaysHowItGoesOn) {
  const Scratch scratch;
  scratch.write("long.json", changed(long_experiment(), {{"stop.time", 1e9}}).dump());
  Program program(scratch.path(), {"run", "long.json", "--quiet", "--out", "out"});
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!newest_header(scratch / "out/checkpoint/repeat_0") && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  const Finished second = run_program(scratch, {"run", "long.json", "--out", "out", "--resume"});
  EXPECT_EQ(second.code, 2);
  EXPECT_THAT(second.err, HasSubstr("another run is writing"));
  program.send(SIGINT);
  const Finished finished = program.finish(std::chrono::seconds(60));
  EXPECT_EQ(finished.code, 1);
  EXPECT_THAT(finished.err, HasSubstr("--resume goes on from here"));
  const Finished again = run_program(scratch, {"run", "long.json", "--out", "out"});
  EXPECT_EQ(again.code, 2);
  EXPECT_THAT(again.err, HasSubstr("give --resume to go on"));
}

}  // namespace
}  // namespace acidsim::testing
