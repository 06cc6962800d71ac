// Runs that are saved, stopped anywhere and gone on with end like runs that were never stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <random>

#include "sim/experiment/checkpoint_folder.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"
#include "tests/topologies/expect_error.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::vector<std::pair<std::string, Json>> variants() {
  const Json small = changed(
      small_experiment(),
      {{"stop.time", 20.1}, {"record.every", 0.75}, {"optimizer.momentum", 0.5}, {"checkpoint.every", 0.5}});
  return {
      {"sde", small},
      {"paper_algorithm", changed(small, {{"algorithm.exchange_order", "paper_algorithm"}})},
      {"reference", changed(small, {{"algorithm.exchange_order", "reference"}})},
      {"gossip", changed(small, {{"algorithm.name", "async_gossip"}})},
      {"local", changed(small, {{"algorithm.name", "local_only"}})},
      {"single", changed(small, {{"precision", "single"}})},
      {"no_momentum", changed(small, {{"optimizer.momentum", 0}})},
      {"failures", changed(small, {{"topology.failures", {{"mean_up", 3}, {"mean_down", 1}}}})},
      {"local_steps", changed(small, {{"optimizer.schedule", {{"name", "step"}, {"clock", "local_steps"}}}})},
      {"gossip_only", changed(small, {{"objective", {{"name", "none"}, {"dimension", 40}}},
                                      {"initial.kind", "normal"},
                                      {"record.metrics", {"consensus_distance"}}})},
      {"gradients", changed(small, {{"stop", {{"gradients", 101}}}})},
      {"rounds", changed(small, {{"stop", {{"rounds", 17}}},
                                 {"algorithm", {{"name", "d_psgd"}, {"order", "cta"}}},
                                 {"record.metrics", {"rounds", "bytes_sent"}}})},
      {"partners", changed(small, {{"stop", {{"rounds", 17}}},
                                   {"algorithm", {{"name", "noloco"}, {"local_steps", 2}}},
                                   {"record.metrics", {"rounds", "bytes_sent"}}})},
      {"local_barrier", changed(small, {{"timing.barrier", "local"},
                                        {"algorithm", {{"name", "gradient_tracking"}, {"variant", "atc"}}},
                                        {"record.metrics", {"rounds", "bytes_sent"}}})},
      {"public_copies",
       changed(small, {{"algorithm",
                        {{"name", "choco_pairwise"}, {"compression", {{"name", "random_k"}, {"k", 1}}}}},
                       {"topology.family", "star"}})},
      {"compressed_mean",
       changed(small, {{"stop", {{"rounds", 17}}},
                       {"algorithm",
                        {{"name", "all_reduce_sgd"}, {"compression", {{"name", "random_k"}, {"k", 1}}}}},
                       {"record.metrics", {"rounds", "bytes_sent"}}})},
      {"compressed_server",
       changed(small, {{"algorithm",
                        {{"name", "server_async_sgd"}, {"compression", {{"name", "qsgd"}, {"levels", 1}}}}},
                       {"record.metrics", {"bytes_sent", "staleness_mean"}}})},
      {"relayed_sums", changed(small, {{"stop", {{"rounds", 17}}},
                                       {"algorithm", {{"name", "relay_sgd"}}},
                                       {"topology.family", "binary_tree"}})},
      {"bytes", changed(small, {{"stop", {{"bytes", 4321}}},
                                {"algorithm", {{"name", "ad_psgd"}}},
                                {"record.metrics", {"bytes_sent", "staleness_mean", "staleness_max"}}})},
      {"server", changed(small, {{"stop", {{"gradients", 101}}},
                                 {"algorithm", {{"name", "server_async_sgd"}, {"rule", "ringmaster"}}},
                                 {"record.metrics", {"bytes_sent", "staleness_mean", "staleness_max"}}})},
      {"ringleader", changed(small, {{"algorithm", {{"name", "server_async_sgd"}, {"rule", "ringleader"}}}})},
      {"target", changed(small, {{"stop.target", {{"metric", "suboptimality"}, {"below", 0.1}}}})},
      {"diverges", changed(small, {{"stop.time", 1000}, {"optimizer.learning_rate", 3}})},
  };
}

class EveryCheckpoint : public ::testing::TestWithParam<std::pair<std::string, Json>> {};
INSTANTIATE_TEST_SUITE_P(Checkpoint, EveryCheckpoint, ::testing::ValuesIn(variants()),
                         [](const auto& test) { return test.param.first; });

struct Rerun {
  RepeatResult result;
  std::vector<Event> events;
};

// Runs what is left, to its end or until so many events of the schedule have happened.
Rerun go_on(const Json& source, const fs::path& folder, std::size_t events, bool openmp) {
  Rerun run;
  std::atomic<bool> interrupt = false;
  RunControl control;
  control.checkpoints.folder = folder;
  if (openmp) control.execution = OpenMp{2, Sharing::always};
  control.interrupt = &interrupt;
  control.on_events = [&](std::span<const Event> piece, std::span<const double>) {
    run.events.insert(run.events.end(), piece.begin(), piece.end());
    interrupt = run.events.size() >= events;
  };
  run.result = run_once(source, control);
  return run;
}

void expect_same(const Rerun& a, const Rerun& b) {
  EXPECT_EQ(a.result.state_digest, b.result.state_digest);
  EXPECT_EQ(a.result.outcome.reason, b.result.outcome.reason);
  EXPECT_EQ(a.result.outcome.detail, b.result.outcome.detail);
  EXPECT_EQ(a.result.outcome.time, b.result.outcome.time);
  EXPECT_EQ(static_cast<const Tally&>(a.result.outcome.counts),
            static_cast<const Tally&>(b.result.outcome.counts));
  EXPECT_EQ(a.result.outcome.staleness, b.result.outcome.staleness);
  EXPECT_EQ(a.result.outcome.counts.staleness.counted(), b.result.outcome.counts.staleness.counted());
  EXPECT_EQ(a.result.outcome.counts.worker_gradients, b.result.outcome.counts.worker_gradients);
  EXPECT_EQ(a.result.outcome.counts.edge_communications, b.result.outcome.counts.edge_communications);
  EXPECT_EQ(a.events, b.events);
  ASSERT_EQ(a.result.records.size(), b.result.records.size());
  for (std::size_t r = 0; r < a.result.records.size(); ++r) {
    EXPECT_EQ(a.result.records[r].time, b.result.records[r].time);
    EXPECT_EQ(a.result.records[r].communications, b.result.records[r].communications);
    EXPECT_EQ(a.result.records[r].metrics, b.result.records[r].metrics) << "record " << r;
  }
}

// Stopped at random events; every other time the newest checkpoint is taken away, as if it had been killed.
TEST_P(EveryCheckpoint, EndsAsTheWholeRun) {
  const Json& source = GetParam().second;
  constexpr auto all = std::numeric_limits<std::size_t>::max();
  const Scratch scratch;
  const Rerun whole = go_on(source, scratch / "whole", all, false);
  std::mt19937_64 random(5);
  for (const std::string name : {"a", "b", "c"}) {
    const fs::path folder = scratch / name;
    for (std::size_t events = 0, turn = 0; events + 30 < whole.events.size(); ++turn) {
      events += 1 + random() % (whole.events.size() / 4);
      const Rerun part = go_on(source, folder, events, turn % 2 == 0);
      if (part.result.outcome.reason != StopReason::interrupted) break;  // the last piece held the end
      if (turn % 2 == 0) fs::remove(checkpoints_in(folder)[0]);
    }
    expect_same(go_on(source, folder, all, true), whole);
    expect_same(go_on(source, folder, all, false), whole);  // from the checkpoint of its end
    EXPECT_LE(checkpoints_in(folder).size(), 3u);
  }
}

TEST(Checkpoint, SavingChangesNothing) {
  const Json source = changed(small_experiment(), {{"stop.time", 20}, {"optimizer.learning_rate", 0.01}});
  const std::string digest = run_once(source).state_digest;
  for (const double every : {0.01, 0.37, 1.0, 100.0}) {
    const Scratch scratch;
    RunControl control;
    control.checkpoints.folder = scratch / "checkpoints";
    EXPECT_EQ(run_once(changed(source, {{"checkpoint.every", every}}), control).state_digest, digest);
  }
}

// A checkpoint with every part, of a run on its way.
struct Saved {
  Scratch scratch;
  Json source = changed(small_experiment(), {{"checkpoint.every", 1},
                                             {"optimizer.momentum", 0.5},
                                             {"topology.workers", 3},
                                             {"objective.dimension", 2}});
  fs::path folder = scratch / "repeat_0";
  RepeatResult result;

  Saved() {
    RunControl control;
    control.checkpoints.folder = folder;
    result = run_once(source, control);
    fs::remove(folder / "end.checkpoint");
  }
  std::string resume(const Json& changes = Json::object(), bool extend = false) const {
    RunControl control;
    control.checkpoints.folder = folder;
    control.checkpoints.extend = extend;
    return run_once(changed(source, changes), control).state_digest;
  }
};

// Whether the file is refused by the reader as damaged.
bool is_damaged(const fs::path& file) {
  try {
    CheckpointReader reader(file);
    reader.workers<double>(
        [](double, std::span<const double>, std::span<const std::byte>, std::span<const std::byte>) {});
    reader.counts();
    reader.rows();
    reader.finish();
    return false;
  } catch (const DamagedCheckpoint&) {
    return true;
  }
}

TEST(Checkpoint, EveryCutAndEveryChangedByteIsFound) {
  const Saved saved;
  const fs::path file = checkpoints_in(saved.folder)[0];
  const std::string bytes = read_text(file);
  ASSERT_FALSE(is_damaged(file));
  const auto damaged = [&](const std::string& text) {
    return is_damaged(saved.scratch.write("damaged.checkpoint", text));
  };
  for (std::size_t length = 0; length < bytes.size(); ++length)
    ASSERT_TRUE(damaged(bytes.substr(0, length))) << length << " of " << bytes.size();
  EXPECT_TRUE(damaged(bytes + "x"));
  for (std::size_t k = 0; k < bytes.size(); ++k) {
    std::string other = bytes;
    other[k] = static_cast<char>(other[k] ^ 0x10);
    ASSERT_TRUE(damaged(other)) << "byte " << k;
  }
}

TEST(Checkpoint, TheOneBeforeADamagedOneIsTaken) {
  const Saved saved;
  const auto files = checkpoints_in(saved.folder);
  ASSERT_EQ(files.size(), 2u);
  fs::resize_file(files[0], fs::file_size(files[0]) - 1);
  EXPECT_EQ(saved.resume(), saved.result.state_digest);
}

TEST(Checkpoint, NoWholeOneIsRefused) {
  const Saved saved;
  for (const fs::path& file : checkpoints_in(saved.folder)) fs::resize_file(file, 100);
  EXPECT_THAT(input_error_of([&] { saved.resume(); }),
              AllOf(HasSubstr("holds no checkpoint that is whole"), HasSubstr("cut short")));
}

TEST(Checkpoint, OfAnotherRunIsRefused) {
  const Saved saved;
  const std::vector<std::pair<Json, std::string>> others = {
      {{{"algorithm.name", "async_gossip"}}, "/algorithm"},
      {{{"seed", 2}}, "/seed"},
      {{{"precision", "single"}}, "/precision"},
      {{{"objective.dimension", 3}}, "/objective/dimension"},
      {{{"stop.time", 6}}, "--extend"},
      {{{"record.every", 0.5}}, "/record/every"},
  };
  for (const auto& [changes, what] : others)
    EXPECT_THAT(input_error_of([&] { saved.resume(changes); }),
                AllOf(HasSubstr("of another configuration"), HasSubstr(what)));
  EXPECT_EQ(saved.resume({{"checkpoint.every", 2}}), saved.result.state_digest) << "the cadence may change";
}

TEST(Checkpoint, OfAnotherRepeatIsRefused) {
  const Saved saved;
  Trial experiment(saved.source);
  RunControl control;
  control.checkpoints.folder = saved.folder;
  EXPECT_THAT(input_error_of([&] { experiment.run(1, control); }), HasSubstr("of another repeat"));
}

// Where the disk is full, seen through a limit on the length of files.
TEST(Checkpoint, AFullDiskLeavesWhatIsThere) {
  const Saved saved;
  const auto files = checkpoints_in(saved.folder);
  rlimit before{};
  getrlimit(RLIMIT_FSIZE, &before);
  const auto old_handler = signal(SIGXFSZ, SIG_IGN);
  const rlimit tight{100, before.rlim_max};
  setrlimit(RLIMIT_FSIZE, &tight);
  std::string message;
  try {
    saved.resume();
  } catch (const std::runtime_error& error) {
    message = error.what();
  }
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, old_handler);
  EXPECT_THAT(message, HasSubstr("cannot be written (disk full"));
  EXPECT_EQ(checkpoints_in(saved.folder), files);
  EXPECT_EQ(std::distance(fs::directory_iterator(saved.folder), {}), 2);
  EXPECT_EQ(saved.resume(), saved.result.state_digest);
}

TEST(Checkpoint, GoesOnBeyondTheStopTime) {
  const Saved saved;
  for (const double time : {5.3, 8.5, 17.0}) {
    const Json changes = {{"stop.time", time}};
    EXPECT_EQ(saved.resume(changes, true), run_once(changed(saved.source, changes)).state_digest);
  }
  EXPECT_THAT(input_error_of([&] {
                saved.resume({{"stop.time", 7}}, true);
              }),
              HasSubstr("come further already"));
}

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
