// Live runs that are saved on their way, stopped and taken up again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>

#include "sim/experiment/checkpoint_folder.hpp"
#include "tests/app/live_results.hpp"
#include "tests/app/ranks.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// 0.8 s at least, a checkpoint each 0.1 s.
Json saved_experiment() {
  return changed(live_experiment(),
                 {{"stop.gradients", 6400}, {"live.gradient_seconds", 1e-3}, {"checkpoint.every", 0.1}});
}

const std::vector<std::string> live_command = {"run",   "run.json", "--backend", "live",
                                               "--out", "out",      "--quiet"};
std::vector<std::string> command(const std::vector<std::string>& further = {}) {
  std::vector<std::string> words = live_command;
  words.insert(words.end(), further.begin(), further.end());
  return words;
}

fs::path folder_in(const Scratch& scratch) { return checkpoint_folder(scratch / "out", 0); }

// Waits for the first checkpoint of a run that is under way, and sends it the signal.
Finished stop_when_saved(const Scratch& scratch, const Program& program, int signal) {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (!newest_header(folder_in(scratch)) && std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  program.send(signal);
  return const_cast<Program&>(program).finish(std::chrono::seconds(60));
}

struct LiveCheckpointFile {
  CheckpointHeader header;
  LiveTrace trace;
};
LiveCheckpointFile read_checkpoint(const fs::path& file) {
  CheckpointReader reader(file);
  reader.workers<double>(
      [](double, std::span<const double>, std::span<const std::byte>, std::span<const std::byte>) {});
  reader.messages<double>();
  LiveCheckpointFile read{reader.header(), reader.trace()};
  reader.counts();
  reader.rows();
  reader.finish();
  return read;
}

// The steps of every worker.
std::vector<std::vector<LiveOperation>> steps_of(const LiveTrace& trace) {
  auto lists = trace.workers;
  for (auto& list : lists)
    std::erase_if(list, [](const LiveOperation& operation) { return operation.verb != Verb::step; });
  return lists;
}

// What was done before the checkpoint is part of the result, and what came later happened later.
void expect_goes_on(const Scratch& scratch, const LiveCheckpointFile& from) {
  std::vector<Edge> ring;
  for (Worker i = 0; i < 8; ++i) ring.push_back({std::min(i, (i + 1) % 8), std::max(i, (i + 1) % 8), 1.0});
  const auto before = steps_of(from.trace);
  const auto all = steps_of(read_live_trace(scratch / "out/trace.csv", 8, ring));
  for (std::size_t worker = 0; worker < 8; ++worker) {
    const std::size_t known = before[worker].size();
    ASSERT_GT(all[worker].size(), known);
    EXPECT_TRUE(std::equal(before[worker].begin(), before[worker].end(), all[worker].begin()));
    EXPECT_GT(all[worker][known].wall, from.header.position.wall_seconds);
  }
  const Table records = read_table(scratch / "out/metrics.csv");
  ASSERT_EQ(records.rows.size(), 2u);
  EXPECT_EQ(records.number(0, "time"), 0);
  EXPECT_EQ(records.number(0, "gradients"), 0);
  EXPECT_GT(records.number(1, "time"), from.header.position.wall_seconds);
  EXPECT_EQ(records.number(1, "gradients"), 6400);
}

TEST(LiveCheckpoint, ARunThatIsSavedReplaysWhole) {
  const Scratch scratch;
  scratch.write("run.json", changed(saved_experiment(), {{"record.events", true}}).dump());
  succeed(scratch, command());
  expect_sound(scratch, "out", 6400);
  EXPECT_EQ(read_text(scratch / "out/events.csv"), read_text(scratch / "out_again/events.csv"));
  const auto files = checkpoints_in(folder_in(scratch));
  ASSERT_EQ(files.size(), 3u) << "the last two and that of the end";
  EXPECT_GE(std::stoi(files[1].stem()), 3) << "0.8 s with a checkpoint each 0.1 s";
  expect_goes_on(scratch, read_checkpoint(files[2]));
}

class LiveStopped : public ::testing::TestWithParam<std::pair<int, Json>> {};
INSTANTIATE_TEST_SUITE_P(LiveCheckpoint, LiveStopped,
                         ::testing::Values(std::pair(SIGKILL, Json{{"optimizer.schedule.name", "cosine"}}),
                                           std::pair(SIGINT, Json{{"checkpoint", {{"every_seconds", 0.1}}}}),
                                           std::pair(SIGTERM, Json{{"live.deterministic_neighbor", true},
                                                                   {"live.deterministic_averagings", true},
                                                                   {"record.communication_counts", true},
                                                                   {"timing.communication_rate", 0.5}}),
                                           std::pair(SIGKILL, Json{{"algorithm.name", "gossip_tracking"}})),
                         [](const auto& test) { return "case" + std::to_string(test.index); });

TEST_P(LiveStopped, GoesOnAndReplaysWhole) {
  const auto& [signal, changes] = GetParam();
  const bool tracks = changes.contains("algorithm.name");
  const Scratch scratch;
  scratch.write("run.json", changed(saved_experiment(), changes).dump());
  const Finished finished = stop_when_saved(scratch, Program(scratch.path(), command()), signal);
  ASSERT_EQ(finished.code, signal == SIGKILL ? 128 + SIGKILL : 1) << finished.err;
  if (signal != SIGKILL) {
    EXPECT_THAT(finished.err, HasSubstr("--resume goes on from here"));
  }
  const LiveCheckpointFile from = read_checkpoint(checkpoints_in(folder_in(scratch))[0]);
  EXPECT_THAT(run_program(scratch, command()).err, HasSubstr("give --resume to go on"));
  succeed(scratch, command({"--resume"}));
  if (tracks) {  // each worker's gradient before the first event is of no rank
    succeed(scratch, {"run", "out/replay.json", "--out", "out_again", "--quiet"});
    EXPECT_EQ(read_results(scratch / "out_again/run.json")["state_digest"],
              read_results(scratch / "out/run.json")["state_digest"]);
    return;
  }
  expect_sound(scratch, "out", 6400);
  expect_goes_on(scratch, from);
}

// A run of several ranks goes on with another number of them.
TEST(LiveCheckpoint, OnRanksThatChange) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("run.json", saved_experiment().dump());
  const Finished first =
      stop_when_saved(scratch, Program(scratch.path(), on_ranks(2, command()), mpirun()), SIGINT);
  EXPECT_NE(first.code, 0);
  const LiveCheckpointFile of_two = read_checkpoint(checkpoints_in(folder_in(scratch))[0]);
  Program one(scratch.path(), command({"--resume"}));
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(60);
  while (newest_header(folder_in(scratch))->position.events == of_two.header.position.events &&
         std::chrono::steady_clock::now() < end)
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  one.send(SIGKILL);
  EXPECT_EQ(one.finish(std::chrono::seconds(60)).code, 128 + SIGKILL);
  succeed_on_ranks(scratch, 3, command({"--resume"}));
  expect_sound(scratch, "out", 6400);
  expect_goes_on(scratch, of_two);
  EXPECT_EQ(read_results(scratch / "out/run.json")["repeats"][0]["live"]["ranks"].size(), 3u);
}

TEST(LiveCheckpoint, KilledAtItsEndItStillGivesItsResults) {
  const Scratch scratch;
  scratch.write("run.json", changed(saved_experiment(), {{"record.events", true}}).dump());
  succeed(scratch, command());
  fs::rename(scratch / "out", scratch / "whole");
  fs::create_directory(scratch / "out");
  fs::rename(scratch / "whole/checkpoint", scratch / "out/checkpoint");
  succeed(scratch, command({"--resume"}));
  for (const char* name : {"trace.csv", "events.csv", "metrics.csv", "communication_counts.csv"})
    EXPECT_EQ(read_text(scratch / "out" / name), read_text(scratch / "whole" / name)) << name;
  EXPECT_EQ(read_results(scratch / "out/run.json")["repeats"],
            read_results(scratch / "whole/run.json")["repeats"]);
  expect_sound(scratch, "out", 6400);
}

TEST(LiveCheckpoint, WallSecondsAreThoseOfTheWholeRun) {
  const Scratch scratch;
  scratch.write("run.json", changed(saved_experiment(), {{"stop", {{"wall_seconds", 0.6}}}}).dump());
  stop_when_saved(scratch, Program(scratch.path(), command()), SIGKILL);
  const double before = newest_header(folder_in(scratch))->position.wall_seconds;
  EXPECT_GE(before, 0.1);
  succeed(scratch, command({"--resume"}));
  const auto repeat = read_results(scratch / "out/run.json")["repeats"][0];
  EXPECT_EQ(repeat["stop_reason"], "wall_seconds");
  EXPECT_GE(repeat["wall_seconds"].get<double>(), 0.6);
  EXPECT_GT(repeat["wall_seconds"].get<double>(), before);
  expect_sound(scratch, "out", repeat["gradients"].get<long>());
}

// What a run that was killed after two checkpoints or more has left.
struct Stopped {
  Scratch scratch;

  Stopped() {
    scratch.write("run.json", saved_experiment().dump());
    stop_when_saved(scratch, Program(scratch.path(), command()), SIGINT);
    if (checkpoints_in(folder_in(scratch)).size() != 2) throw std::runtime_error("not stopped on its way");
  }
  Finished go_on(const std::vector<std::string>& further) const {
    return run_program(scratch, command(further));
  }
};

TEST(LiveCheckpoint, OfAnotherRunIsRefused) {
  const Stopped stopped;
  const auto before = stopped.scratch.listing();
  const std::vector<std::pair<std::vector<std::string>, std::string>> others = {
      {{"--resume", "--set", "seed=2"}, "of another configuration (/seed)"},
      {{"--resume", "--set", "stop.gradients=7000"}, "of another configuration (/stop/gradients)"},
      {{"--resume", "--set", "live.deterministic_averagings=true"},
       "of another configuration (/live/deterministic_averagings)"},
      {{"--extend", "9"}, "--extend: takes another stop.time, and a live run does not look at it"}};
  for (const auto& [further, message] : others) {
    const Finished finished = stopped.go_on(further);
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.err, HasSubstr(message));
  }
  const Finished simulated =
      run_program(stopped.scratch, {"run", "run.json", "--out", "out", "--resume", "--quiet"});
  EXPECT_EQ(simulated.code, 2);
  EXPECT_THAT(simulated.err, AllOf(HasSubstr("of a live run"), HasSubstr("--backend live")));
  EXPECT_EQ(stopped.scratch.listing(), before);
}

TEST(LiveCheckpoint, OfASimulatedRunIsRefused) {
  const Scratch scratch;
  scratch.write("run.json", saved_experiment().dump());
  RunControl control;
  std::atomic<bool> interrupt = true;
  control.interrupt = &interrupt;
  control.checkpoints.folder = folder_in(scratch);
  run_once(saved_experiment(), control);
  ASSERT_EQ(checkpoints_in(folder_in(scratch)).size(), 1u);
  const Finished finished = run_program(scratch, command({"--resume"}));
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("of a simulated run"));
}

TEST(LiveCheckpoint, ResultsOfTheOtherKindAreNotTakenForOnesOwn) {
  const Scratch scratch;
  scratch.write("run.json", live_experiment().dump());
  succeed(scratch, command());
  const Finished simulated = run_program(scratch, {"run", "run.json", "--out", "out", "--resume"});
  EXPECT_EQ(simulated.code, 2);
  EXPECT_THAT(simulated.err, HasSubstr("holds the results of a live run"));
  EXPECT_THAT(succeed(scratch, {"run", "run.json", "--backend", "live", "--out", "out", "--resume"}),
              HasSubstr("finished already"));
  succeed(scratch, {"run", "run.json", "--out", "simulated", "--quiet"});
  const Finished live =
      run_program(scratch, {"run", "run.json", "--backend", "live", "--out", "simulated", "--resume"});
  EXPECT_EQ(live.code, 2);
  EXPECT_THAT(live.err, HasSubstr("holds the results of a simulated run"));
}

TEST(LiveCheckpoint, TheOneBeforeADamagedOneIsTaken) {
  const Stopped stopped;
  const auto files = checkpoints_in(folder_in(stopped.scratch));
  const LiveCheckpointFile earlier = read_checkpoint(files[1]);
  fs::resize_file(files[0], fs::file_size(files[0]) - 1);
  const Finished finished =
      run_program(stopped.scratch, {"run", "run.json", "--backend", "live", "--out", "out", "--resume"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("the one before it is taken"));
  expect_sound(stopped.scratch, "out", 6400);
  expect_goes_on(stopped.scratch, earlier);
}

TEST(LiveCheckpoint, NoWholeOneIsRefused) {
  const Stopped stopped;
  for (const fs::path& file : checkpoints_in(folder_in(stopped.scratch)))
    fs::resize_file(file, fs::file_size(file) - 1);
  const Finished finished = stopped.go_on({"--resume"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("holds no checkpoint that is whole"));
}

TEST(LiveCheckpoint, EveryCutAndEveryChangedByteIsFound) {
  const Scratch scratch;
  std::atomic<bool> interrupt = false;
  RunControl control;
  control.execution = Live{};
  control.checkpoints.folder = scratch / "repeat_0";
  control.interrupt = &interrupt;
  control.on_progress = [&](const Progress& progress) { interrupt = progress.events >= 6; };
  run_once(changed(saved_experiment(), {{"topology.workers", 3},
                                        {"objective.dimension", 2},
                                        {"live.gradient_seconds", 1e-2},
                                        {"checkpoint.every", 1000}}),
           control);
  const auto files = checkpoints_in(scratch / "repeat_0");
  ASSERT_EQ(files.size(), 1u);
  const std::string bytes = read_text(files[0]);
  ASSERT_GE(read_checkpoint(files[0]).trace.operations(), 12u) << "a read and a step for each gradient";
  const auto damaged = [&](const std::string& text) {
    try {
      read_checkpoint(scratch.write("damaged.checkpoint", text));
      return false;
    } catch (const DamagedCheckpoint&) {
      return true;
    }
  };
  EXPECT_FALSE(damaged(bytes));
  for (std::size_t length = 0; length < bytes.size(); ++length)
    ASSERT_TRUE(damaged(bytes.substr(0, length))) << length << " of " << bytes.size();
  for (std::size_t k = 0; k < bytes.size(); ++k) {
    std::string other = bytes;
    other[k] = static_cast<char>(other[k] ^ 0x10);
    ASSERT_TRUE(damaged(other)) << "byte " << k;
  }
}

}  // namespace
}  // namespace acidsim::testing
