// Runs that are saved, stopped anywhere and gone on with end like runs that were never stopped.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>

#include <random>

#include "sim/experiment/checkpoint_folder.hpp"
#include "tests/app/program.hpp"
#include "tests/app/reruns.hpp"
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
      {"averaged_buffers", changed(small, {{"optimizer.average_buffers", true}})},
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

// Stopped at random events; every other time the newest checkpoint is taken away, as if it had been killed.
TEST_P(EveryCheckpoint, EndsAsTheWholeRun) {
  const Json& source = GetParam().second;
  const Execution serial = Serial{}, threads = OpenMp{2, Sharing::always};
  const Scratch scratch;
  const Rerun whole = go_on(Trial(source), scratch / "whole", all_events, serial);
  std::mt19937_64 random(5);
  for (const std::string name : {"a", "b", "c"}) {
    const fs::path folder = scratch / name;
    for (std::size_t events = 0, turn = 0; events + 30 < whole.events.size(); ++turn) {
      events += 1 + random() % (whole.events.size() / 4);
      const Rerun part = go_on(Trial(source), folder, events, turn % 2 == 0 ? threads : serial);
      if (part.result.outcome.reason != StopReason::interrupted) break;  // the last piece held the end
      if (turn % 2 == 0) fs::remove(checkpoints_in(folder)[0]);
    }
    expect_same(go_on(Trial(source), folder, all_events, threads), whole);
    expect_same(go_on(Trial(source), folder, all_events, serial), whole);  // from the checkpoint of its end
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

}  // namespace
}  // namespace acidsim::testing
