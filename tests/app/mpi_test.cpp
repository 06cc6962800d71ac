// `--backend mpi` as the user meets it: the files of a serial run, whatever the number of ranks.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/ranks.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

const std::vector<std::string> tables = {"metrics.csv", "events.csv", "communication_counts.csv",
                                         "worker_counts.csv"};

void expect_same_run(const fs::path& a, const fs::path& b) {
  for (const std::string& table : tables) EXPECT_EQ(read_text(a / table), read_text(b / table)) << table;
  EXPECT_EQ(read_results(a / "run.json")["state_digest"], read_results(b / "run.json")["state_digest"]);
}

int count(const std::string& text, const std::string& what) {
  int found = 0;
  for (auto at = text.find(what); at != std::string::npos; at = text.find(what, at + 1)) ++found;
  return found;
}

Json momentum_experiment() {
  return changed(small_experiment(), {{"stop.time", 30},
                                      {"record.events", true},
                                      {"initial.kind", "normal"},
                                      {"optimizer.momentum", 0.5},
                                      {"objective.dimension", 37}});
}

class Ranks : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(Mpi, Ranks, ::testing::Values(1, 2, 3, 4, 8));

TEST_P(Ranks, WriteTheFilesOfASerialRun) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("run.json", changed(momentum_experiment(), {{"repeats", 2}}).dump());
  succeed(scratch, {"run", "run.json", "--out", "serial", "--quiet"});
  for (const char* partition : {"blocks", "metis"}) {
    succeed_on_ranks(scratch, GetParam(),
                     {"run", "run.json", "--out", partition, "--quiet", "--backend", "mpi", "--verify",
                      "--set", std::string("mpi.partition=") + partition});
    expect_same_run(scratch / "serial", scratch / partition);
    EXPECT_EQ(read_text(scratch / "serial/events_1.csv"), read_text(scratch / partition / "events_1.csv"));
    const auto run = read_results(scratch / partition / "run.json");
    EXPECT_EQ(run["backend"], "mpi");
    for (const auto& repeat : run["repeats"]) {
      ASSERT_EQ(repeat["ranks"].size(), static_cast<std::size_t>(GetParam()));
      int workers = 0;
      for (const auto& rank : repeat["ranks"]) workers += rank["workers"].get<int>();
      EXPECT_EQ(workers, 8);
    }
  }
}

// With checkpoints, for which the losses are gathered between two records.
TEST_P(Ranks, TellTheLossesOfMinibatchesOfASerialRun) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("run.json", changed(small_experiment(), {{"stop.time", 30},
                                                         {"objective", {{"name", "logistic_regression"}}},
                                                         {"record.every", 4},
                                                         {"checkpoint.every", 1},
                                                         {"record.metrics", {"minibatch_loss"}}})
                                .dump());
  succeed(scratch, {"run", "run.json", "--out", "serial", "--quiet"});
  succeed_on_ranks(scratch, GetParam(), {"run", "run.json", "--out", "ranks", "--quiet", "--backend", "mpi"});
  EXPECT_EQ(read_text(scratch / "serial/metrics.csv"), read_text(scratch / "ranks/metrics.csv"));
}

TEST(MpiRun, DivergesAtTheSameEvent) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("run.json", changed(momentum_experiment(), {{"optimizer.learning_rate", 3}}).dump());
  EXPECT_EQ(run_program(scratch, {"run", "run.json", "--out", "serial"}).code, 3);
  const Finished finished = run_on_ranks(scratch, 3, {"run", "run.json", "--out", "out", "--backend", "mpi"});
  EXPECT_EQ(finished.code, 3) << finished.err;
  EXPECT_EQ(count(finished.err, "diverged: "), 1) << finished.err;
  expect_same_run(scratch / "serial", scratch / "out");
}

TEST(MpiRun, CountsAndStopsAsASerialRun) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  Json sweep = changed(small_experiment(),
                       {{"record.metrics", {"rounds", "vectors_sent", "bytes_sent", "staleness_mean"}}});
  sweep["sweep"]["algorithm, stop"] = Json::parse(R"([
      [{"name": "ad_psgd"}, {"bytes": 4321}], [{"name": "push_sum"}, {"bytes": 4321}],
      [{"name": "d_psgd", "order": "cta"}, {"rounds": 7}], [{"name": "noloco", "local_steps": 2}, {"rounds": 7}],
      [{"name": "all_reduce_sgd"}, {"bytes": 4321}]])");
  scratch.write("sweep.json", sweep.dump());
  succeed(scratch, {"run", "sweep.json", "--out", "serial", "--quiet"});
  for (const int ranks : {2, 3}) {
    const std::string out = "ranks" + std::to_string(ranks);
    succeed_on_ranks(scratch, ranks, {"run", "sweep.json", "--out", out, "--quiet", "--backend", "mpi"});
    EXPECT_EQ(read_text(scratch / "serial/metrics.csv"), read_text(scratch / out / "metrics.csv"));
    for (const auto& entry : read_results(scratch / "serial/sweep.json")["cells"]) {
      const std::string cell = entry["cell"];
      const auto serial = read_results(scratch / "serial" / cell / "run.json")["repeats"][0];
      const auto shared = read_results(scratch / out / cell / "run.json")["repeats"][0];
      for (const char* fact : {"stop_reason", "rounds", "vectors_sent", "bytes_sent", "staleness"})
        EXPECT_EQ(shared[fact], serial[fact]) << cell << " " << fact;
    }
  }
}

TEST(MpiRun, SweepIsTheSameTable) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("sweep.json",
                changed(small_experiment(),
                        {{"sweep", {{"algorithm.name", {"async_gossip", "a2cid2"}}, {"seed", {1, 2}}}}})
                    .dump());
  succeed(scratch, {"run", "sweep.json", "--out", "serial", "--quiet"});
  succeed_on_ranks(scratch, 2, {"run", "sweep.json", "--out", "out", "--quiet", "--backend", "mpi"});
  EXPECT_EQ(read_text(scratch / "serial/metrics.csv"), read_text(scratch / "out/metrics.csv"));
  succeed_on_ranks(scratch, 3, {"run", "sweep.json", "--out", "out", "--quiet", "--backend", "mpi"});
}

TEST(MpiRun, GoesOnFromCheckpointsOfOtherBackendsAndRanks) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("run.json", changed(momentum_experiment(), {{"checkpoint.every", 7}}).dump());
  succeed(scratch, {"run", "run.json", "--out", "whole", "--quiet", "--set", "stop.time=60"});
  // Serial, then 3 ranks, then 4 by parts of the graph, then serial again.
  succeed(scratch, {"run", "run.json", "--out", "out", "--quiet"});
  succeed_on_ranks(scratch, 3, {"run", "run.json", "--out", "out", "--backend", "mpi", "--extend", "40"});
  succeed_on_ranks(scratch, 4,
                   {"run", "run.json", "--out", "out", "--backend", "mpi", "--extend", "50", "--set",
                    "mpi.partition=metis"});
  succeed(scratch, {"run", "run.json", "--out", "out", "--quiet", "--extend", "60"});
  expect_same_run(scratch / "whole", scratch / "out");
  // What is finished is left alone.
  succeed_on_ranks(
      scratch, 2,
      {"run", "run.json", "--out", "whole", "--backend", "mpi", "--resume", "--set", "stop.time=60"});
}

TEST(MpiRun, RefusesOnceAndWritesNothing) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("run.json", small_experiment().dump());
  scratch.write("occupied/file", "");
  const auto before = scratch.listing();
  const auto refused = [&](int ranks, std::vector<std::string> arguments, const std::string& message) {
    for (const char* word : {"--backend", "mpi"}) arguments.emplace_back(word);
    const Finished finished = run_on_ranks(scratch, ranks, arguments);
    EXPECT_EQ(finished.code, 2) << finished.err;
    EXPECT_EQ(count(finished.err, message), 1) << finished.err;
    EXPECT_EQ(scratch.listing(), before);
  };
  refused(9, {"run", "run.json", "--out", "out"}, "more ranks than workers (9 ranks, 8 workers)");
  refused(2, {"run", "missing.json", "--out", "out"}, "cannot be read");
  refused(2, {"run", "run.json", "--out", "occupied"}, "already and not empty");
  refused(2, {"run", "run.json", "--out", "out", "--set", "mpi.partition=halves"}, "/mpi/partition");
  refused(2, {"run", "run.json", "--out", "out", "--set", "algorithm.alpha=-1"}, "/algorithm/alpha");
  refused(2, {"run", "run.json", "--out", "out", "--verify", "--set", "stop.wall_seconds=1"}, "--verify");
}

TEST(MpiRun, SeveralProcessesNeedABackendThatSharesTheRun) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("run.json", small_experiment().dump());
  for (const std::vector<std::string>& arguments :
       {std::vector<std::string>{"run", "run.json", "--out", "out"},
        {"run", "run.json", "--backend", "mqi"}}) {
    const Finished finished = run_on_ranks(scratch, 3, arguments);
    EXPECT_EQ(finished.code, 2) << finished.err;
    EXPECT_EQ(count(finished.err, "--backend: "), 1) << finished.err;
  }
  EXPECT_EQ(scratch.listing(), std::vector<std::string>{"run.json"});
}

TEST(MpiRun, ProcessesOfOtherLaunchersAreNoticedToo) {
  const Scratch scratch;
  scratch.write("run.json", changed(small_experiment(), {{"sweep", {{"seed", {1, 2}}}}}).dump());
  const auto code_under = [&](const std::string& environment, const std::string& arguments = "") {
    return Program(scratch.path(),
                   {"-c",
                    "unset ${!OMPI_*} ${!PMIX_*} ${!PMI_*} ${!SLURM_*}; " + environment +
                        " exec \"$0\" run run.json --quiet --out out " + arguments,
                    program_under_test()},
                   "/bin/bash")
        .finish(std::chrono::seconds(120))
        .code;
  };
  EXPECT_EQ(code_under("PMI_RANK=0 PMI_SIZE=2"), 2);
  EXPECT_EQ(code_under("PMI_RANK=1"), 2);
  EXPECT_EQ(code_under("PMIX_RANK=0"), 2);
  EXPECT_EQ(code_under("PMIX_RANK=0 SLURM_STEP_NUM_TASKS=3"), 2);
  EXPECT_EQ(code_under("SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=3"), 2);
  EXPECT_FALSE(fs::exists(scratch / "out"));
  // Each its own part of the cells; and one process alone.
  EXPECT_EQ(code_under("SLURM_PROCID=0 SLURM_STEP_NUM_TASKS=2", "--cells 1/2"), 0);
  EXPECT_EQ(code_under("PMIX_RANK=0 SLURM_STEP_NUM_TASKS=1"), 0);
}

TEST(MpiRun, VerifyNeedsRanks) {
  const Scratch scratch;
  scratch.write("run.json", small_experiment().dump());
  const Finished finished = run_program(scratch, {"run", "run.json", "--out", "out", "--verify"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("--backend mpi"));
}

TEST(MpiRun, DryRunSaysItOnce) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("run.json", small_experiment().dump());
  const Finished finished =
      run_on_ranks(scratch, 3, {"run", "run.json", "--out", "out", "--backend", "mpi", "--dry-run"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(count(finished.out, "nothing was run"), 1);
  EXPECT_FALSE(fs::exists(scratch / "out"));
}

}  // namespace
}  // namespace acidsim::testing
