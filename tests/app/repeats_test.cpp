// Repeats that are added to a finished run, and what a run remembers of the files that it was made from.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "sim/app/output/finished_repeats.hpp"
#include "sim/core/error.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"
#include "tests/app/ranks.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

class MoreRepeats : public ::testing::TestWithParam<bool> {
 protected:
  MoreRepeats() {
    scratch_.write("run.json",
                   changed(small_experiment(), {{"repeats", 2},
                                                {"record.events", true},
                                                {"checkpoint.every", GetParam() ? Json(2) : Json(nullptr)}})
                       .dump());
    succeed(scratch_, {"run", "run.json", "--out", "whole", "--quiet", "--set", "repeats=5"});
    succeed(scratch_, {"run", "run.json", "--out", "out", "--quiet"});
  }
  void expect_the_same() const {
    for (const char* file : {"metrics.csv", "communication_counts.csv", "worker_counts.csv", "events.csv",
                             "events_1.csv", "events_4.csv"})
      EXPECT_EQ(read_text(scratch_ / "out" / file), read_text(scratch_ / "whole" / file)) << file;
    const auto run = read_results(scratch_ / "out/run.json"),
               whole = read_results(scratch_ / "whole/run.json");
    EXPECT_EQ(run["state_digest"], whole["state_digest"]);
    EXPECT_EQ(run["config"], whole["config"]);
    for (const char* fact :
         {"seed", "state_digest", "gradients", "communications", "time", "stop_reason", "final"})
      for (std::size_t r = 0; r < 5; ++r)
        EXPECT_EQ(run["repeats"].at(r)[fact], whole["repeats"][r][fact]) << fact << " of repeat " << r;
  }
  Scratch scratch_;
};
INSTANTIATE_TEST_SUITE_P(App, MoreRepeats, ::testing::Bool(),
                         [](const auto& test) { return test.param ? "checkpoints" : "plain"; });

TEST_P(MoreRepeats, AreAddedToThoseThatAreThere) {
  const std::string kept = read_results(scratch_ / "out/run.json")["repeats"][1]["wall_seconds"].dump();
  succeed(scratch_, {"run", "run.json", "--out", "out", "--quiet", "--resume", "--set", "repeats=3"});
  succeed(scratch_, {"run", "run.json", "--out", "out", "--quiet", "--resume", "--set", "repeats=5"});
  expect_the_same();
  EXPECT_EQ(read_results(scratch_ / "out/run.json")["repeats"][1]["wall_seconds"].dump(), kept)
      << "was run again";
}

TEST_P(MoreRepeats, AreSharedByRanksToo) {
  ACIDSIM_NEEDS_MPIRUN();
  succeed_on_ranks(
      scratch_, 2,
      {"run", "run.json", "--out", "out", "--quiet", "--resume", "--set", "repeats=5", "--backend", "mpi"});
  expect_the_same();
}

TEST_P(MoreRepeats, FewerAreRefused) {
  const auto before = read_text(scratch_ / "out/run.json");
  const Finished finished =
      run_program(scratch_, {"run", "run.json", "--out", "out", "--resume", "--set", "repeats=1"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("holds more repeats than are asked for (1 repeats, 2 are there)"));
  EXPECT_EQ(read_text(scratch_ / "out/run.json"), before);
}

TEST(Repeats, NumbersAreReadBackAsTheyWereWritten) {
  const Scratch scratch;
  scratch.write("run.json",
                R"({"dimension": 3, "repeats": [{"seed": 7, "gradients": 5, "communications": 4, "time": 2,
                "wall_seconds": 0.5, "state_digest": "ab", "stop_reason": "time",
                "rounds": 0, "vectors_sent": 8, "bytes_sent": 64}]})");
  // A name with quotes and commas; the smallest number above 0; what diverged.
  scratch.write("metrics.csv",
                "run,repeat,time,gradients,communications,loss\n"
                "\"a \"\"b\"\", c\",0,0,0,0,5e-324\n\"a \"\"b\"\", c\",0,2,5,4,nan\n");
  const std::vector<RepeatResult> repeats = read_finished_repeats(scratch.path(), {"loss"});
  ASSERT_EQ(repeats.size(), 1u);
  ASSERT_EQ(repeats[0].records.size(), 2u);
  EXPECT_EQ(repeats[0].records[0].metrics[0], std::numeric_limits<double>::denorm_min());
  EXPECT_TRUE(std::isnan(repeats[0].records[1].metrics[0]));
  EXPECT_EQ(repeats[0].records[1].gradients, 5u);
  EXPECT_EQ(repeats[0].outcome.reason, StopReason::time);
  EXPECT_THROW(read_finished_repeats(scratch.path(), {"suboptimality"}), InputError);
}

TEST(Repeats, OfASweepAreAddedCellByCell) {
  const Scratch scratch;
  scratch.write("sweep.json",
                changed(small_experiment(), {{"sweep", {{"topology.workers", {4, 6}}}}}).dump());
  succeed(scratch, {"run", "sweep.json", "--out", "whole", "--quiet", "--set", "repeats=3"});
  succeed(scratch, {"run", "sweep.json", "--out", "out", "--quiet"});
  succeed(scratch, {"run", "sweep.json", "--out", "out", "--quiet", "--set", "repeats=3"});
  EXPECT_EQ(read_text(scratch / "out/metrics.csv"), read_text(scratch / "whole/metrics.csv"));
}

// SHA-256 of the file's 12 bytes, by sha256sum.
constexpr const char* triangle = "0 1\n1 2\n2 0\n";
constexpr const char* triangle_digest = "b2d516ac2fbfdf330a3807ea2448b0f4c0e9f82abd7a9eefdb1522aa364ec48e";

Json on_a_file() {
  Json experiment = small_experiment();
  experiment["topology"] = {{"file", "graph.txt"}};
  return experiment;
}

TEST(InputFiles, AreKnownByTheirDigest) {
  const Scratch scratch;
  scratch.write("graph.txt", triangle);
  scratch.write("run.json", on_a_file().dump());
  succeed(scratch, {"run", "run.json", "--out", "out", "--quiet"});
  EXPECT_EQ(read_results(scratch / "out/run.json")["inputs"], (Json{{"graph.txt", triangle_digest}}));
  succeed(scratch, {"run", "run.json", "--out", "out", "--quiet", "--resume"});
  // The same graph in other words: nobody can know that.
  scratch.write("graph.txt", "0 1\n0 2\n1 2\n");
  const Finished finished = run_program(scratch, {"run", "run.json", "--out", "out", "--resume"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("has changed since the run began (graph.txt)"));
}

TEST(InputFiles, AreHeldAgainstCheckpoints) {
  const Scratch scratch;
  scratch.write("graph.txt", triangle);
  scratch.write("run.json", changed(on_a_file(), {{"checkpoint.every", 2}}).dump());
  succeed(scratch, {"run", "run.json", "--out", "out", "--quiet"});
  scratch.write("graph.txt", "0 1\n0 2\n1 2\n");
  const Finished finished = run_program(scratch, {"run", "run.json", "--out", "out", "--extend", "9"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("has changed since the run began (graph.txt)"));
}

TEST(InputFiles, MakeTheCellsOfASweepStale) {
  const Scratch scratch;
  scratch.write("graph.txt", triangle);
  scratch.write("other.txt", "0 1\n1 2\n");
  const Json sweep = changed(small_experiment(),
                             {{"sweep", {{"topology", {{{"file", "graph.txt"}}, {{"file", "other.txt"}}}}}}});
  scratch.write("sweep.json", sweep.dump());
  succeed(scratch, {"run", "sweep.json", "--out", "out", "--quiet"});
  scratch.write("graph.txt", "0 1\n1 2\n2 3\n3 0\n");
  const Finished finished = run_program(scratch, {"run", "sweep.json", "--out", "out"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("graph.txt has changed since; the cell is computed anew"));
  EXPECT_THAT(finished.err, ::testing::Not(HasSubstr("other.txt has changed")));
  succeed(scratch, {"run", "sweep.json", "--out", "fresh", "--quiet"});
  EXPECT_EQ(read_text(scratch / "out/metrics.csv"), read_text(scratch / "fresh/metrics.csv"));
}

}  // namespace
}  // namespace acidsim::testing
