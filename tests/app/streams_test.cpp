// Standard output and error that cannot be written: full, closed, or a terminal that is gone. Results and exit codes are
// the same as otherwise.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

class Unwritable : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(Streams, Unwritable,
                         ::testing::Values("2>/dev/full", "2>&-", ">/dev/full", ">&-", ">&- 2>&-",
                                           "<&- >&- 2>&-", ">/dev/full 2>/dev/full"),
                         [](const auto& test) { return "case" + std::to_string(test.index); });

TEST_P(Unwritable, ARunLeavesTheSameResults) {
  const Scratch scratch;
  scratch.write("run.json", changed(small_experiment(), {{"repeats", 3}, {"record.events", true}}).dump());
  succeed(scratch, {"run", "run.json", "--out", "expected"});
  const Finished finished = run_shell(scratch, std::string("\"$0\" run run.json --out out ") + GetParam());
  EXPECT_EQ(finished.code, 0) << finished.err;
  for (const char* file : {"metrics.csv", "events.csv", "events_2.csv"})
    EXPECT_EQ(read_text(scratch / "out" / file), read_text(scratch / "expected" / file)) << file;
}

TEST_P(Unwritable, BadInputIsStillBadInput) {
  const Scratch scratch;
  scratch.write("run.json", changed(small_experiment(), {{"topology.workers", -1}}).dump());
  EXPECT_EQ(run_shell(scratch, std::string("\"$0\" run run.json ") + GetParam()).code, 2);
  EXPECT_EQ(run_shell(scratch, std::string("\"$0\" validate run.json ") + GetParam()).code, 2);
}

TEST_P(Unwritable, ARunThatDivergesSaysSoByItsCode) {
  const Scratch scratch;
  scratch.write("run.json",
                changed(small_experiment(), {{"optimizer.learning_rate", 1e3}, {"stop.time", 500}}).dump());
  EXPECT_EQ(run_shell(scratch, std::string("\"$0\" run run.json --out out ") + GetParam()).code, 3);
}

TEST(Streams, ALiveRunAndASweepGoOn) {
  const Scratch scratch;
  scratch.write("run.json", small_experiment().dump());
  scratch.write("sweep.json", changed(small_experiment(), {{"sweep", {{"seed", {1, 2}}}}}).dump());
  EXPECT_EQ(
      run_shell(scratch, "\"$0\" run run.json --backend live --set stop.gradients=50 --out live 2>/dev/full")
          .code,
      0);
  EXPECT_EQ(run_shell(scratch, "\"$0\" run sweep.json --out sweep 2>&- >&-").code, 0);
  EXPECT_TRUE(fs::exists(scratch / "live/run.json"));
  EXPECT_TRUE(fs::exists(scratch / "sweep/metrics.csv"));
}

// What is printed is lost, and that is what the command was for.
TEST(Streams, ACommandThatPrintsFailsWhereItCannot) {
  const Scratch scratch;
  const Finished finished = run_shell(scratch, "\"$0\" list >/dev/full");
  EXPECT_EQ(finished.code, 1);
  EXPECT_THAT(finished.err, HasSubstr("standard output: cannot be written"));
}

TEST(Streams, AReaderThatIsGoneEndsNoRun) {
  const Scratch scratch;
  scratch.write("run.json", changed(small_experiment(), {{"repeats", 9}}).dump());
  run_shell(scratch, "\"$0\" run run.json --out out 2>&1 | true");
  EXPECT_TRUE(fs::exists(scratch / "out/run.json"));
}

// The terminal that a run was started from is closed: the run, in the background and under nohup, writes to nowhere.
TEST(Streams, ATerminalThatIsGoneEndsNoRunUnderNohup) {
  const int terminal = ::posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  ASSERT_EQ(::grantpt(terminal), 0);
  ASSERT_EQ(::unlockpt(terminal), 0);
  const std::string name = ::ptsname(terminal);
  const Scratch scratch;
  scratch.write("run.json",
                changed(small_experiment(), {{"stop.time", 20000}, {"record.every", 2000}}).dump());
  // sh waits until this process has closed its end.
  scratch.write("wait.sh", "exec 2>" + name +
                               "; echo > open; while [ ! -e closed ]; do sleep 0.01; done; trap '' HUP\n"
                               "exec \"$1\" run run.json --out out\n");
  Program program(scratch.path(), {"wait.sh", program_under_test()}, "/bin/sh");
  while (!fs::exists(scratch / "open")) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  ::close(terminal);
  scratch.write("closed", "");
  EXPECT_EQ(program.finish(std::chrono::seconds(120)).code, 0);
  EXPECT_TRUE(fs::exists(scratch / "out/run.json"));
}

}  // namespace
}  // namespace acidsim::testing
