// acidsim schedule, and traces read back.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Trace : public ::testing::TestWithParam<const char*> {};
INSTANTIATE_TEST_SUITE_P(
    Settings, Trace,
    ::testing::Values("algorithm.name=a2cid2", "algorithm.name=async_gossip", "algorithm.name=local_only",
                      "algorithm={\"name\": \"server_async_sgd\", \"rule\": \"ringmaster\"}",
                      "optimizer.momentum=0.9", "precision=single", "stop={\"gradients\":40,\"time\":30}",
                      "topology.family=exponential", "optimizer.schedule=cosine",
                      "optimizer.schedule={\"name\": \"cosine\", \"clock\": \"local_steps\"}"),
    [](const auto& test) { return "case" + std::to_string(test.index); });

TEST_P(Trace, GivesTheIdenticalRun) {
  const Scratch scratch;
  scratch.write("small.json", changed(small_experiment(), {{"stop.time", 30}}).dump());
  const std::string setting = GetParam();
  succeed(scratch, {"schedule", "small.json", "--out", "events.csv", "--set", setting});
  succeed(scratch, {"run", "small.json", "--out", "drawn", "--quiet", "--set", setting, "--set",
                    "record.events=true"});
  succeed(scratch,
          {"run", "small.json", "--out", "traced", "--quiet", "--set", setting, "--set", "record.events=true",
           "--set", "timing={\"model\": \"trace\", \"file\": \"events.csv\"}"});
  const auto drawn = read_results(scratch / "drawn/run.json"),
             traced = read_results(scratch / "traced/run.json");
  EXPECT_EQ(traced["state_digest"], drawn["state_digest"]);
  EXPECT_GT(traced["repeats"][0]["gradients"], 30);
  for (const char* file : {"metrics.csv", "communication_counts.csv", "events.csv"})
    EXPECT_EQ(read_text(scratch / "traced" / file), read_text(scratch / "drawn" / file)) << file;
  if (setting.find("gradients") != std::string::npos) return;  // the run ends earlier
  EXPECT_EQ(read_text(scratch / "drawn/events.csv"), read_text(scratch / "events.csv"))
      << "what is announced is what happens";
}

TEST(TraceFile, OfARunIsATraceToo) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  succeed(scratch, {"run", "small.json", "--out", "a", "--quiet", "--set", "record.events=true"});
  succeed(scratch, {"run", "small.json", "--out", "b", "--quiet", "--set",
                    "timing={\"model\": \"trace\", \"file\": \"a/events.csv\"}"});
  EXPECT_EQ(read_results(scratch / "a/run.json")["state_digest"],
            read_results(scratch / "b/run.json")["state_digest"]);
}

TEST(Schedule, ShorterOnesArePrefixes) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  const std::string whole = succeed(scratch, {"schedule", "small.json"});
  EXPECT_TRUE(whole.starts_with("index,time,kind,i,j\n0,"));
  EXPECT_EQ(whole, succeed(scratch, {"schedule", "small.json", "--until", "5"})) << "to stop.time by default";
  std::size_t size = 0;
  for (const char* until : {"0", "0.5", "2", "4.999", "5"}) {
    const std::string shorter = succeed(scratch, {"schedule", "small.json", "--until", until});
    EXPECT_TRUE(whole.starts_with(shorter)) << until;
    EXPECT_GE(shorter.size(), size);
    size = shorter.size();
  }
  EXPECT_TRUE(succeed(scratch, {"schedule", "small.json", "--until", "50"}).starts_with(whole));
}

TEST(Schedule, UntilIsInclusive) {
  const Scratch scratch;
  scratch.write("small.json",
                changed(small_experiment(), {{"timing", {{"model", "trace"}, {"file", "t.csv"}}}}).dump());
  scratch.write("t.csv",
                "index,time,kind,i,j\n0,1,gradient,0,-1\n1,2,communication,0,1\n2,2,gradient,3,-1\n3,3,"
                "gradient,3,-1\n");
  // Equal times are put in the order of clocks: those of the workers come before those of the edges.
  EXPECT_EQ(succeed(scratch, {"schedule", "small.json", "--until", "2"}),
            "index,time,kind,i,j\n0,1,gradient,0,-1\n1,2,gradient,3,-1\n2,2,communication,0,1\n");
}

TEST(Schedule, RefusesToOverwrite) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  scratch.write("events.csv", "precious");
  const Finished refused = run_program(scratch, {"schedule", "small.json", "--out", "events.csv"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("events.csv: is there already"));
  EXPECT_EQ(read_text(scratch / "events.csv"), "precious");
  EXPECT_EQ(run_program(scratch, {"schedule", "small.json", "--out", "no/such/folder.csv"}).code, 2);
  EXPECT_THAT(scratch.listing(), ElementsAre("events.csv", "small.json"));
}

TEST(Schedule, WritesTheFileWhole) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  succeed(scratch, {"schedule", "small.json", "--out", "events.csv"});
  EXPECT_EQ(read_text(scratch / "events.csv"), succeed(scratch, {"schedule", "small.json"}));
  EXPECT_THAT(scratch.listing(), ElementsAre("events.csv", "small.json"));
}

}  // namespace
}  // namespace acidsim::testing
