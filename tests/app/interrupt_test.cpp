// Ctrl-C in mid-run: nothing half written, and a sweep goes on where it stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr std::chrono::seconds patience(60);

bool wait_until(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + patience;
  while (!condition() && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  return condition();
}

class SingleRun : public ::testing::TestWithParam<std::pair<int, const char*>> {};
INSTANTIATE_TEST_SUITE_P(Interrupt, SingleRun,
                         ::testing::Values(std::pair(SIGINT, "serial"), std::pair(SIGTERM, "serial"),
                                           std::pair(SIGHUP, "serial"), std::pair(SIGINT, "openmp")),
                         [](const auto& test) { return "case" + std::to_string(test.index); });

TEST_P(SingleRun, LeavesNothing) {
  const Scratch scratch;
  scratch.write("small.json",
                changed(small_experiment(),
                        {{"stop.time", 1e9}, {"record.every", 1e3}, {"record.events", true}, {"repeats", 3}})
                    .dump());
  Program program(scratch.path(), {"run", "small.json", "--out", "out", "--backend", GetParam().second});
  // The run is under way once it has written events.
  ASSERT_TRUE(wait_until([&] {
    for (const std::string& name : scratch.listing())
      if (name.ends_with("events.csv") && fs::file_size(scratch / name) > 100000) return true;
    return false;
  }));
  program.send(GetParam().first);
  const Finished finished = program.finish(patience);
  EXPECT_EQ(finished.code, 1) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("interrupted; nothing was written"));
  EXPECT_THAT(scratch.listing(), ElementsAre("small.json"));
}

// χ1 and χ2 of an expander of this size take far longer than the patience here.
TEST(Interrupt, PlanningEndsAtOnce) {
  const Scratch scratch;
  scratch.write("large.json", changed(small_experiment(),
                                      {{"topology", {{"family", "random_regular"}, {"workers", 1000000}}}})
                                  .dump());
  Program program(scratch.path(), {"run", "large.json", "--out", "out"});
  std::this_thread::sleep_for(std::chrono::seconds(1));
  program.send(SIGINT);
  const Finished finished = program.finish(std::chrono::seconds(5));
  EXPECT_EQ(finished.code, 1) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("interrupted; nothing was written"));
  EXPECT_THAT(scratch.listing(), ElementsAre("large.json"));
}

TEST(Interrupt, SweepKeepsFinishedCellsAndGoesOn) {
  const Scratch scratch;
  // Cells that take some tenths of a second each.
  scratch.write("sweep.json", changed(small_experiment(), {{"stop.time", 60000},
                                                           {"record.every", 6000},
                                                           {"sweep", {{"seed", {1, 2, 3, 4, 5}}}}})
                                  .dump());
  const std::vector<std::string> run = {"run", "sweep.json", "--threads", "1", "--out"};
  const auto arguments = [&](const char* out) {
    auto words = run;
    words.push_back(out);
    return words;
  };
  Program program(scratch.path(), arguments("out"));
  ASSERT_TRUE(wait_until([&] { return fs::exists(scratch / "out/seed=1"); }));
  EXPECT_TRUE(fs::exists(scratch / "out/seed=1/run.json")) << "a folder appears whole";
  program.send(SIGINT);
  const Finished finished = program.finish(patience);
  EXPECT_EQ(finished.code, 1) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("finished cells are kept"));
  std::vector<std::string> cells;
  for (const auto& entry : fs::directory_iterator(scratch / "out")) {
    const std::string name = entry.path().filename();
    EXPECT_FALSE(name.starts_with(".")) << name;
    if (!entry.is_directory()) continue;
    cells.push_back(name);
    EXPECT_TRUE(fs::exists(entry.path() / "run.json") && fs::exists(entry.path() / "metrics.csv") &&
                fs::exists(entry.path() / "worker_counts.csv"))
        << name;
  }
  EXPECT_GE(cells.size(), 1u);
  EXPECT_LT(cells.size(), 5u) << "the signal came too late to test anything";

  succeed(scratch, arguments("out"));
  succeed(scratch, arguments("whole"));
  EXPECT_EQ(read_text(scratch / "out/metrics.csv"), read_text(scratch / "whole/metrics.csv"));
  for (int seed = 1; seed <= 5; ++seed) {
    const std::string cell = "seed=" + std::to_string(seed) + "/run.json";
    EXPECT_EQ(read_results(scratch / "out" / cell)["state_digest"],
              read_results(scratch / "whole" / cell)["state_digest"]);
  }
}

}  // namespace
}  // namespace acidsim::testing
