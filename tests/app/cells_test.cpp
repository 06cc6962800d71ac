// Cells of sweeps: known by what they are, listed with their states, failing one by one, dealt out to ranks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"
#include "tests/app/ranks.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

void put_sweep(const Scratch& scratch, const Json& sweep, const Json& changes = Json::object()) {
  scratch.write("sweep.json", changed(changed(small_experiment(), {{"sweep", sweep}}), changes).dump());
}

Finished run_in_out(const Scratch& scratch, const std::vector<std::string>& more = {}) {
  std::vector<std::string> arguments = {"run", "sweep.json", "--out", "out"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return run_program(scratch, arguments);
}

std::string time_written(const fs::path& folder) {
  return std::to_string(fs::last_write_time(folder / "run.json").time_since_epoch().count());
}

nlohmann::json cells_listed_in(const Scratch& scratch) {
  return nlohmann::json::parse(succeed(scratch, {"cells", "out", "--json"}));
}

TEST(Cells, AreListedWithTheirStates) {
  const Scratch scratch;
  put_sweep(scratch, {{"algorithm.name", {"async_gossip", "a2cid2"}}, {"seed", {1, 2}}});
  EXPECT_EQ(run_in_out(scratch, {"--cells", "1/2"}).code, 0);
  const std::string list = succeed(scratch, {"cells", "out"});
  EXPECT_THAT(list, AllOf(HasSubstr("finished  algorithm.name=async_gossip,seed=1  "
                                    "algorithm.name=async_gossip  seed=1  (1 repeat(s))"),
                          HasSubstr("missing   algorithm.name=a2cid2,seed=2"),
                          HasSubstr("4 cell(s) in out: 2 finished, 2 missing")));
  EXPECT_EQ(
      succeed(scratch, {"cells", "out", "--where", "seed=1", "--where", "algorithm.name=a2cid2", "--paths"}),
      "out/algorithm.name=a2cid2,seed=1\n");
  EXPECT_EQ(succeed(scratch, {"cells", "out", "--state", "missing", "--paths"}),
            "out/algorithm.name=async_gossip,seed=2\nout/algorithm.name=a2cid2,seed=2\n");
  EXPECT_EQ(run_in_out(scratch).code, 0);
  EXPECT_EQ(run_in_out(scratch, {"--set", "repeats=2", "--cells", "1/2"}).code, 0);
  EXPECT_THAT(succeed(scratch, {"cells", "out"}), HasSubstr("4 cell(s) in out: 2 finished, 2 partial"))
      << "too few repeats";
}

TEST(Cells, WhatIsWrongWithAQuestionIsSaid) {
  const Scratch scratch;
  put_sweep(scratch, {{"seed", {1, 2}}});
  EXPECT_EQ(run_in_out(scratch).code, 0);
  const auto said_of = [&](const std::vector<std::string>& arguments) {
    const Finished finished = run_program(scratch, arguments);
    EXPECT_EQ(finished.code, 2);
    return finished.err;
  };
  EXPECT_THAT(said_of({"cells", "nowhere"}), HasSubstr("nowhere: holds no sweep"));
  EXPECT_THAT(said_of({"cells", "out", "--where", "sede=1"}),
              HasSubstr("--where: is not swept (sede) — did you mean \"seed\"?"));
  EXPECT_THAT(said_of({"cells", "out", "--where", "seed=3"}),
              HasSubstr("--where seed: no such cell (3) — known: 1, 2"));
  EXPECT_THAT(said_of({"cells", "out", "--where", "seed"}), HasSubstr("--where: not of the form path=value"));
  EXPECT_THAT(said_of({"cells", "out", "--state", "done"}), HasSubstr("--state: unknown state (done)"));
  scratch.write("broken/sweep.json", R"({"cells": [{"cell": 3}]})");
  EXPECT_THAT(said_of({"cells", "broken"}), HasSubstr("is not what a sweep writes"));
}

// The SHA-256 of what a cell is: in run.json, sweep.json and checkpoints.
TEST(Cells, HaveAnAddress) {
  const Scratch scratch;
  scratch.write("ring.txt", "0 1\n1 2\n2 0\n");
  put_sweep(scratch, {{"seed", {1, 2}}}, {{"topology", {{"file", "ring.txt"}}}});
  EXPECT_EQ(run_in_out(scratch).code, 0);
  const auto first = cells_listed_in(scratch);
  EXPECT_EQ(first[0]["address"].get<std::string>().size(), 64u);
  EXPECT_NE(first[0]["address"], first[1]["address"]);
  EXPECT_EQ(read_results(scratch / "out/seed=1/run.json")["address"], first[0]["address"]);
  EXPECT_EQ(run_in_out(scratch, {"--set", "repeats=2", "--set", "checkpoint.every=2"}).code, 0);
  EXPECT_EQ(cells_listed_in(scratch)[0]["address"], first[0]["address"]) << "more repeats are no other cell";
  scratch.write("ring.txt", "0 1\n0 2\n1 2\n");
  EXPECT_EQ(run_in_out(scratch, {"--set", "repeats=2"}).code, 0);
  EXPECT_NE(cells_listed_in(scratch)[0]["address"], first[0]["address"]) << "another file is";
}

TEST(Cells, KeepTheirFoldersWhateverElseIsSwept) {
  const Scratch scratch;
  put_sweep(scratch,
            {{"topology", {{{"family", "star"}, {"workers", 4}}, {{"family", "path"}, {"workers", 5}}}}});
  EXPECT_EQ(run_in_out(scratch).code, 0);
  const std::string star = time_written(scratch / "out/topology=0"),
                    path = time_written(scratch / "out/topology=1");
  // A value before the others: what was the first is the second now.
  put_sweep(scratch, {{"topology",
                       {{{"family", "cycle"}, {"workers", 6}},
                        {{"family", "star"}, {"workers", 4}},
                        {{"family", "path"}, {"workers", 5}}}}});
  const Finished finished = run_in_out(scratch);
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(time_written(scratch / "out/topology=0"), star);
  EXPECT_EQ(time_written(scratch / "out/topology=1"), path);
  const auto cells = cells_listed_in(scratch);
  ASSERT_EQ(cells.size(), 3u);
  EXPECT_THAT(cells[0]["cell"].get<std::string>(), ::testing::StartsWith("topology=0~"));
  EXPECT_EQ(cells[1]["cell"], "topology=0");
  EXPECT_EQ(cells[1]["values"]["topology"]["family"], "star");
  EXPECT_EQ(
      read_results(scratch / "out" / cells[0]["cell"].get<std::string>() / "run.json")["topology"]["workers"],
      6);
  // All cells in one table, each under its own values.
  const Table table = read_table(scratch / "out/metrics.csv");
  EXPECT_EQ(std::count_if(table.rows.begin(), table.rows.end(),
                          [](const auto& row) { return row[0] == "topology=0"; }),
            6);
  EXPECT_THAT(run_in_out(scratch).out, HasSubstr("all 3 cell(s) are finished already"));

  // A field that is swept besides, with the value that it had.
  put_sweep(scratch, {{"topology", {{{"family", "star"}, {"workers", 4}}}}, {"stop.time", {5, 6}}});
  EXPECT_EQ(run_in_out(scratch).code, 0);
  EXPECT_EQ(time_written(scratch / "out/topology=0"), star);
  EXPECT_EQ(cells_listed_in(scratch)[0]["cell"], "topology=0");
  EXPECT_EQ(cells_listed_in(scratch)[1]["cell"], "topology=0,stop.time=6");
}

TEST(Cells, OneMayFailAndTheOthersGoOn) {
  const Scratch scratch;
  put_sweep(scratch, {{"seed", {1}}});
  EXPECT_EQ(run_in_out(scratch).code, 0);
  scratch.write("out/seed=3", "a file where the folder of results should be");
  put_sweep(scratch, {{"seed", {1, 2, 3, 4}}});
  const Finished finished = run_in_out(scratch);
  EXPECT_EQ(finished.code, 1);
  EXPECT_THAT(finished.err,
              AllOf(HasSubstr("sweep.json [seed=3]: failed: out/seed=3: is a file, not a folder"),
                    HasSubstr("1 of 4 cell(s) failed, the others are finished")));
  EXPECT_TRUE(fs::exists(scratch / "out/seed=2/run.json"));
  EXPECT_TRUE(fs::exists(scratch / "out/seed=4/run.json"));
  const auto sweep = read_results(scratch / "out/sweep.json");
  EXPECT_THAT(sweep["cells"][2]["failed"].get<std::string>(), HasSubstr("is a file"));
  EXPECT_FALSE(sweep["cells"][1].contains("failed"));
  EXPECT_THAT(succeed(scratch, {"cells", "out"}),
              AllOf(HasSubstr("failed    seed=3"), HasSubstr("is a file, not a folder"),
                    HasSubstr("3 finished, 1 failed")));
  // Another part of the sweep leaves the note alone; a run that works takes it away.
  EXPECT_EQ(run_in_out(scratch, {"--cells", "1/4"}).code, 0);
  EXPECT_THAT(succeed(scratch, {"cells", "out"}), HasSubstr("3 finished, 1 failed"));
  fs::remove(scratch / "out/seed=3");
  EXPECT_EQ(run_in_out(scratch).code, 0);
  EXPECT_THAT(succeed(scratch, {"cells", "out"}), HasSubstr("4 cell(s) in out: 4 finished\n"));
  EXPECT_TRUE(fs::exists(scratch / "out/metrics.csv"));
}

TEST(Cells, FailFastEndsTheSweep) {
  const Scratch scratch;
  put_sweep(scratch, {{"seed", {1}}});
  EXPECT_EQ(run_in_out(scratch).code, 0);
  scratch.write("out/seed=2", "a file");
  put_sweep(scratch, {{"seed", {1, 2, 3, 4}}});
  const Finished finished = run_in_out(scratch, {"--fail-fast", "--threads", "1"});
  EXPECT_EQ(finished.code, 1);
  EXPECT_THAT(finished.err, AllOf(HasSubstr("--fail-fast ended the sweep"), Not(HasSubstr("interrupted"))));
  EXPECT_FALSE(fs::exists(scratch / "out/seed=4"));
  EXPECT_FALSE(fs::exists(scratch / "out/seed=3"));
}

TEST(Cells, SoManyAtOnceAreTheSame) {
  const Scratch scratch;
  put_sweep(scratch, {{"seed", {1, 2, 3}}}, {{"repeats", 2}});
  EXPECT_EQ(run_in_out(scratch).code, 0);
  for (const std::vector<std::string>& how : {std::vector<std::string>{"--jobs", "1", "--threads", "4"},
                                              {"--jobs", "2", "--threads", "2", "--backend", "openmp"}}) {
    std::vector<std::string> arguments = {"run", "sweep.json", "--out", "other", "--quiet"};
    arguments.insert(arguments.end(), how.begin(), how.end());
    succeed(scratch, arguments);
    EXPECT_EQ(read_text(scratch / "other/metrics.csv"), read_text(scratch / "out/metrics.csv"));
    fs::remove_all(scratch / "other");
  }
}

TEST(Cells, ConditionalFieldsAreEmptyInTheTable) {
  const Scratch scratch;
  put_sweep(scratch,
            {{"algorithm.name", {"local_only", "async_gossip"}},
             {"algorithm.alpha", {{"values", {0.25, 0.5}}, {"when", {{"algorithm.name", "async_gossip"}}}}}});
  EXPECT_EQ(run_in_out(scratch).code, 0);
  const Table table = read_table(scratch / "out/metrics.csv");
  ASSERT_EQ(table.columns.back(), "algorithm.alpha");
  for (const auto& row : table.rows) {
    ASSERT_EQ(row.size(), table.columns.size());
    EXPECT_EQ(row[table.column("algorithm.alpha")].empty(),
              row[table.column("algorithm.name")] == "local_only");
  }
}

TEST(Cells, ExperimentsOfAFileAreCells) {
  const Scratch scratch;
  scratch.write("sweep.json", changed(small_experiment(), {{"experiments",
                                                            {{"star", {{"topology", {{"family", "star"}}}}},
                                                             {"ring", {{"sweep", {{"seed", {1, 2}}}}}}}}})
                                  .dump());
  EXPECT_EQ(run_in_out(scratch).code, 0);
  EXPECT_THAT(succeed(scratch, {"cells", "out"}), HasSubstr("3 finished"));
  EXPECT_EQ(succeed(scratch, {"cells", "out", "--where", "experiment=star", "--paths"}),
            "out/experiment=star\n");
  succeed(scratch, {"run", "sweep.json", "--out", "single", "--quiet", "--set", "experiments=null", "--set",
                    "topology.family=star"});
  EXPECT_EQ(read_results(scratch / "single/run.json")["state_digest"],
            read_results(scratch / "out/experiment=star/run.json")["state_digest"]);
}

TEST(Cells, ADryRunTellsWhatTheyTake) {
  const Scratch scratch;
  put_sweep(scratch, {{"topology.workers", {4, 400}}}, {{"repeats", 3}});
  const std::string told =
      succeed(scratch, {"run", "sweep.json", "--out", "out", "--dry-run", "--threads", "2"});
  // Gradients 4 · 5, communications 4 · 5 / 2, three repeats.
  EXPECT_THAT(told, ::testing::ContainsRegex("topology.workers=4 +3 +90 "));
  EXPECT_THAT(told, ::testing::ContainsRegex("topology.workers=400 +3 +9 k "));
  EXPECT_THAT(told, ::testing::ContainsRegex("all +6 +9.09 k "));
  EXPECT_THAT(told, HasSubstr("sweep.json: valid; 2 cell(s), 6 run(s) to do; nothing was run"));
  EXPECT_FALSE(fs::exists(scratch / "out"));
}

TEST(Farm, RanksShareTheCells) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  put_sweep(scratch, {{"algorithm.name", {"async_gossip", "a2cid2"}}, {"seed", {1, 2, 3}}}, {{"repeats", 2}});
  succeed(scratch, {"run", "sweep.json", "--out", "whole", "--quiet"});
  const Finished finished = run_on_ranks(scratch, 2, {"run", "sweep.json", "--out", "out"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(read_text(scratch / "out/metrics.csv"), read_text(scratch / "whole/metrics.csv"));
  EXPECT_THAT(finished.out, HasSubstr("results: out"));
  succeed_on_ranks(scratch, 3, {"run", "sweep.json", "--out", "out", "--quiet"});
  EXPECT_EQ(run_on_ranks(scratch, 2,
                         {"run", "sweep.json", "--out", "diverged", "--quiet", "--set",
                          "optimizer.learning_rate=100", "--set", "stop.time=300"})
                .code,
            3);
  EXPECT_THAT(succeed(scratch, {"cells", "diverged"}), HasSubstr("6 finished"))
      << "no rank ends before the others";
}

TEST(Farm, BadCellsAreRefusedByAll) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  put_sweep(scratch, {{"algorithm.name", {"a2cid2", "a2cid2x"}}});
  const Finished finished = run_on_ranks(scratch, 2, {"run", "sweep.json", "--out", "out"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("[algorithm.name=a2cid2x]: /algorithm/name: unknown name"));
  scratch.write("one.json", small_experiment().dump());
  const Finished single = run_on_ranks(scratch, 2, {"run", "one.json", "--out", "out"});
  EXPECT_EQ(single.code, 2);
  EXPECT_THAT(single.err, HasSubstr("each would do the whole run"));
  EXPECT_FALSE(fs::exists(scratch / "out"));
}

}  // namespace
}  // namespace acidsim::testing
