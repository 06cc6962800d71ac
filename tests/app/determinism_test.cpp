// The same experiment gives the same bits: whenever, however often observed, on however many threads, on
// either backend.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

Json logistic() {
  return {{"name", "logistic_regression"},
          {"data", {{"dataset", "synthetic"}, {"samples", 80}, {"features", 4}}},
          {"partition", {{"scheme", "dirichlet"}}},
          {"batch_size", 4}};
}

// Runs that differ in every mechanism that could depend on order or on threads.
std::vector<std::pair<std::string, Json>> variants() {
  const Json small = changed(small_experiment(), {{"stop.time", 20}});
  return {
      {"a2cid2", small},
      {"gossip", changed(small, {{"algorithm.name", "async_gossip"}})},
      {"local", changed(small, {{"algorithm.name", "local_only"}})},
      {"momentum", changed(small, {{"optimizer.momentum", 0.9}})},
      {"adam", changed(small, {{"optimizer", {{"name", "adam"}, {"clip_norm", 2}}}})},
      {"adamw_single", changed(small, {{"objective", logistic()},
                                       {"record.metrics", {"loss"}},
                                       {"optimizer", {{"name", "adamw"}, {"decay_excludes", {"bias"}}}},
                                       {"precision", "single"}})},
      {"averaged_momentum",
       changed(small, {{"optimizer.momentum", 0.9}, {"optimizer.average_buffers", true}})},
      {"averaged_adam", changed(small, {{"algorithm.name", "async_gossip"},
                                        {"optimizer", {{"name", "adam"}, {"average_buffers", true}}}})},
      {"lars",
       changed(small, {{"objective", logistic()},
                       {"record.metrics", {"loss"}},
                       {"optimizer", {{"name", "lars"}, {"nesterov", true}, {"always_adapt", true}}}})},
      {"single", changed(small, {{"precision", "single"}, {"optimizer.momentum", 0.5}})},
      {"clip", changed(small, {{"optimizer.clip_norm", 0.5},
                               {"optimizer.weight_decay", 0.01},
                               {"optimizer.schedule", "cosine"}})},
      {"local_steps", changed(small, {{"optimizer.schedule", {{"name", "step"}, {"clock", "local_steps"}}}})},
      {"logistic", changed(small, {{"objective", logistic()}, {"record.metrics", {"loss"}}})},
      {"logistic_single",
       changed(small, {{"objective", logistic()}, {"record.metrics", {"loss"}}, {"precision", "single"}})},
      {"epoch", changed(small, {{"objective", logistic()},
                                {"objective.sampling", "epoch"},
                                {"record.metrics", {"loss"}},
                                {"optimizer.momentum", 0.9}})},
      {"gossip_only", changed(small, {{"objective", {{"name", "none"}, {"dimension", 40}}},
                                      {"initial.kind", "normal"},
                                      {"record.metrics", {"consensus_distance"}}})},
      {"star", changed(small, {{"topology.family", "star"}})},
      {"complete", changed(small, {{"topology.family", "complete"},
                                   {"timing.gradient_rate", {{"distribution", "two_speed"}}}})},
      {"gradients", changed(small, {{"stop", {{"gradients", 101}}}})},
  };
}

class EveryVariant : public ::testing::TestWithParam<std::pair<std::string, Json>> {
 protected:
  const Json& source() const { return GetParam().second; }
};
INSTANTIATE_TEST_SUITE_P(Determinism, EveryVariant, ::testing::ValuesIn(variants()),
                         [](const auto& test) { return test.param.first; });

void expect_same(const RepeatResult& a, const RepeatResult& b) {
  EXPECT_EQ(a.state_digest, b.state_digest);
  EXPECT_EQ(a.outcome.counts.gradients, b.outcome.counts.gradients);
  EXPECT_EQ(a.outcome.counts.worker_gradients, b.outcome.counts.worker_gradients);
  EXPECT_EQ(a.outcome.counts.edge_communications, b.outcome.counts.edge_communications);
  ASSERT_EQ(a.records.size(), b.records.size());
  for (std::size_t r = 0; r < a.records.size(); ++r)
    EXPECT_EQ(a.records[r].metrics, b.records[r].metrics) << "record " << r;
}

TEST_P(EveryVariant, SameSeedSameBits) {
  const RepeatResult first = run_once(source());
  expect_same(first, run_once(source()));
  EXPECT_NE(first.state_digest, run_once(changed(source(), {{"seed", 2}})).state_digest);
}

TEST_P(EveryVariant, ObservingChangesNothing) {
  const RepeatResult seldom = run_once(changed(source(), {{"record.every", 1000}}));
  for (const double every : {1.0, 0.5, 0.03125}) {
    const RepeatResult often = run_once(changed(source(), {{"record.every", every}}));
    EXPECT_GT(often.records.size(), seldom.records.size());
    EXPECT_EQ(often.state_digest, seldom.state_digest) << every;
    EXPECT_EQ(often.records.back().metrics, seldom.records.back().metrics);
  }
}

TEST_P(EveryVariant, OpenmpEqualsSerial) {
  const RepeatResult serial = run_once(source());
  for (const int threads : {1, 2, 3, 8}) {
    RunControl control;
    control.execution = OpenMp{threads, Sharing::always};
    expect_same(serial, run_once(source(), control));
  }
}

TEST(Determinism, RepeatsHaveSeedsOfTheirOwn) {
  Trial experiment(changed(small_experiment(), {{"repeats", 50}, {"seed", 77}}));
  std::set<std::uint64_t> seeds;
  std::set<std::string> digests;
  for (int repeat = 0; repeat < 50; ++repeat) {
    const RepeatResult result = experiment.run(repeat);
    seeds.insert(result.seed);
    digests.insert(result.state_digest);
  }
  EXPECT_EQ(experiment.run(0).seed, 77u);
  EXPECT_EQ(seeds.size(), 50u);
  EXPECT_EQ(digests.size(), 50u);
  // Each repeat is the run with its seed, whatever its 64 bits.
  EXPECT_GT(*seeds.rbegin(), std::uint64_t{1} << 63);
  for (int repeat = 0; repeat < 50; ++repeat) {
    const RepeatResult result = experiment.run(repeat);
    EXPECT_EQ(run_once(changed(small_experiment(), {{"seed", result.seed}})).state_digest,
              result.state_digest);
  }
}

// run.json without what the clock on the wall and the command line say.
nlohmann::json lasting(const fs::path& file) {
  nlohmann::json run = read_results(file);
  for (const char* key : {"threads", "backend", "host"}) run.erase(key);
  for (auto& repeat : run["repeats"])
    for (const char* key : {"wall_seconds", "events_per_second", "parallel"}) repeat.erase(key);
  return run;
}

TEST(Determinism, ThreadsAndBackendsLeaveAllResultsAlone) {
  const Scratch scratch;
  scratch.write(
      "small.json",
      changed(small_experiment(),
              {{"repeats", 3}, {"sweep", {{"algorithm.name", {"async_gossip", "a2cid2"}}, {"seed", {1, 9}}}}})
          .dump());
  const auto run = [&](const std::string& out, std::vector<std::string> flags) {
    flags.insert(flags.begin(), {"run", "small.json", "--quiet", "--out", out});
    succeed(scratch, flags);
  };
  run("one", {"--threads", "1"});
  run("two", {"--threads", "2"});
  run("four", {"--threads", "4"});
  run("openmp", {"--backend", "openmp", "--threads", "3"});
  const auto sweep = read_results(scratch / "one/sweep.json");
  ASSERT_EQ(sweep["cells"].size(), 4u);
  for (const fs::path other : {"two", "four", "openmp"}) {
    EXPECT_EQ(read_text(scratch / other / "metrics.csv"), read_text(scratch / "one/metrics.csv")) << other;
    for (const auto& cell : sweep["cells"]) {
      const fs::path folder = cell["cell"].get<std::string>();
      EXPECT_EQ(lasting(scratch / other / folder / "run.json"),
                lasting(scratch / "one" / folder / "run.json"));
      for (const char* file : {"metrics.csv", "communication_counts.csv", "worker_counts.csv"})
        EXPECT_EQ(read_text(scratch / other / folder / file), read_text(scratch / "one" / folder / file));
    }
  }
}

// "time,kind,i,j" of the events of one kind (of all: ""), as the program prints them.
std::vector<std::string> events_of(const Scratch& scratch, const std::vector<std::string>& settings,
                                   const std::string& kind = "") {
  std::vector<std::string> arguments = {"schedule", "small.json", "--until", "40"};
  for (const std::string& setting : settings) arguments.insert(arguments.end(), {"--set", setting});
  std::istringstream in(succeed(scratch, arguments));
  std::vector<std::string> events;
  std::string line;
  std::getline(in, line);
  while (std::getline(in, line)) {
    const std::string event = line.substr(line.find(',') + 1);
    if (kind.empty() || event.find("," + kind + ",") != std::string::npos) events.push_back(event);
  }
  return events;
}

TEST(CommonRandomNumbers, CellsThatShareTopologyAndTimingShareEvents) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  const auto events = events_of(scratch, {});
  ASSERT_GT(events.size(), 300u);
  for (const char* setting :
       {"algorithm.name=async_gossip", "algorithm.eta=0.1", "optimizer.learning_rate=0.5",
        "objective.noise=0", "objective.dimension=7", "initial.kind=normal", "precision=single",
        "record.every=0.1", "repeats=4", "name=other"})
    EXPECT_EQ(events_of(scratch, {setting}), events) << setting;
  EXPECT_NE(events_of(scratch, {"seed=2"}), events);
}

TEST(CommonRandomNumbers, GradientEventsDoNotDependOnCommunication) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  const auto gradients = events_of(scratch, {}, "gradient");
  ASSERT_GT(gradients.size(), 200u);
  for (const char* setting : {"timing.communication_rate=3", "timing.communication_rate=0",
                              "topology.family=complete", "algorithm.name=local_only"})
    EXPECT_EQ(events_of(scratch, {setting}, "gradient"), gradients) << setting;
  // And the other way round.
  const auto communications = events_of(scratch, {}, "communication");
  for (const char* setting :
       {"timing.gradient_rate=0", "timing.gradient_rate={\"distribution\": \"uniform\"}",
        "objective={\"name\": \"none\"}"}) {
    const bool pure = std::string(setting).find("none") != std::string::npos;
    const std::vector<std::string> settings =
        pure ? std::vector<std::string>{setting, "record.metrics=[\"consensus_distance\"]"}
             : std::vector<std::string>{setting};
    EXPECT_EQ(events_of(scratch, settings, "communication"), communications) << setting;
  }
}

TEST(CommonRandomNumbers, SweepCellsRecordTheSameEvents) {
  const Scratch scratch;
  scratch.write("small.json",
                changed(small_experiment(), {{"record.events", true},
                                             {"sweep", {{"algorithm.name", {"async_gossip", "a2cid2"}}}}})
                    .dump());
  succeed(scratch, {"run", "small.json", "--out", "out", "--quiet"});
  EXPECT_EQ(read_text(scratch / "out/algorithm.name=async_gossip/events.csv"),
            read_text(scratch / "out/algorithm.name=a2cid2/events.csv"));
}

}  // namespace
}  // namespace acidsim::testing
