// `--backend live` as the user meets it: files, the replay's digest, forecasts, refusals.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <numeric>

#include "tests/app/live_results.hpp"
#include "tests/app/ranks.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

class LiveVariant : public ::testing::TestWithParam<std::pair<const char*, Json>> {};
INSTANTIATE_TEST_SUITE_P(
    App, LiveVariant,
    ::testing::Values(std::pair("plain", Json::object()), std::pair("single", Json{{"precision", "single"}}),
                      std::pair("gossip", Json{{"algorithm.name", "async_gossip"}}),
                      std::pair("local_only", Json{{"algorithm.name", "local_only"}}),
                      std::pair("paper_algorithm", Json{{"algorithm.exchange_order", "paper_algorithm"}}),
                      std::pair("reference", Json{{"algorithm.exchange_order", "reference"}}),
                      std::pair("adamw", Json{{"optimizer", {{"name", "adamw"}, {"learning_rate", 0.02}}}}),
                      std::pair("gradients", Json{{"optimizer.schedule",
                                                   {{"name", "step"},
                                                    {"milestones_in", "gradients"},
                                                    {"milestones", {40, 90}},
                                                    {"warmup", 30}}}}),
                      std::pair("seldom", Json{{"timing.communication_rate", 0.4}}),
                      std::pair("often", Json{{"timing.communication_rate", 3}}),
                      std::pair("never", Json{{"timing.communication_rate", 0}}),
                      std::pair("fixed", Json{{"live.deterministic_neighbor", true},
                                              {"live.deterministic_averagings", true}}),
                      std::pair("complete", Json{{"topology.family", "complete"}}),
                      std::pair("star", Json{{"topology.family", "star"}, {"timing.communication_rate", 2}}),
                      std::pair("random", Json{{"topology.family", "erdos_renyi"},
                                               {"topology.p", 0.6},
                                               {"optimizer.schedule.name", "cosine"}}),
                      std::pair("unequal", Json{{"live.gradient_seconds",
                                                 {1e-3, 1e-4, 1e-4, 2e-4, 2e-4, 1e-4, 0, 1e-4}}})),
    [](const auto& test) { return std::string(test.param.first); });

TEST_P(LiveVariant, ReplaysToTheBit) {
  const Scratch scratch;
  scratch.write("run.json", changed(live_experiment(), GetParam().second).dump());
  succeed(scratch, {"run", "run.json", "--backend", "live", "--out", "out", "--quiet"});
  expect_sound(scratch, "out", 200);
}

class LiveRanks : public ::testing::TestWithParam<int> {};
INSTANTIATE_TEST_SUITE_P(App, LiveRanks, ::testing::Values(1, 2, 3, 4, 8));

TEST_P(LiveRanks, ReplayToTheBit) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("run.json", live_experiment().dump());
  succeed_on_ranks(scratch, GetParam(), {"run", "run.json", "--backend", "live", "--out", "out", "--quiet"});
  expect_sound(scratch, "out", 200);
  EXPECT_EQ(read_results(scratch / "out/run.json")["repeats"][0]["live"]["ranks"].size(),
            static_cast<std::size_t>(GetParam()));
}

TEST(LiveRun, StopsAtTheWallClock) {
  const Scratch scratch;
  scratch.write("run.json", changed(live_experiment(), {{"stop", {{"wall_seconds", 0.2}}}}).dump());
  succeed(scratch, {"run", "run.json", "--backend", "live", "--out", "out", "--quiet"});
  const auto repeat = read_results(scratch / "out/run.json")["repeats"][0];
  EXPECT_EQ(repeat["stop_reason"], "wall_seconds");
  EXPECT_GE(repeat["wall_seconds"].get<double>(), 0.2);
  expect_sound(scratch, "out", repeat["gradients"].get<long>());
}

TEST(LiveRun, ReplayMayLieAnywhereAndStopBefore) {
  const Scratch scratch;
  scratch.write("there/ring.txt", "0 1\n1 2\n2 3\n3 0\n");
  scratch.write("there/run.json", changed(live_experiment(), {{"topology", {{"file", "ring.txt"}}}}).dump());
  succeed(scratch, {"run", "there/run.json", "--backend", "live", "--out", "here/out", "--quiet"});
  fs::rename(scratch / "here", scratch / "elsewhere");
  expect_sound(scratch, "elsewhere/out", 200);
  succeed(scratch,
          {"run", "elsewhere/out/replay.json", "--out", "half", "--quiet", "--set", "stop.gradients=100"});
  EXPECT_EQ(read_results(scratch / "half/run.json")["repeats"][0]["gradients"], 100);
}

TEST(LiveRun, TellsOfDivergence) {
  const Scratch scratch;
  scratch.write("run.json", changed(live_experiment(), {{"optimizer.learning_rate", 1e6}}).dump());
  const Finished finished = run_program(scratch, {"run", "run.json", "--backend", "live", "--out", "out"});
  EXPECT_EQ(finished.code, 3) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("diverged"));
}

TEST(LiveRun, InterruptLeavesNothing) {
  const Scratch scratch;
  scratch.write("run.json", changed(live_experiment(), {{"stop", {{"gradients", 1000000000}}}}).dump());
  Program program(scratch.path(), {"run", "run.json", "--backend", "live", "--out", "out"});
  std::this_thread::sleep_for(
      std::chrono::milliseconds(500));  // in the run, or before: the same must come of it
  program.send(SIGINT);
  const Finished finished = program.finish(std::chrono::seconds(60));
  EXPECT_NE(finished.code, 0);
  EXPECT_EQ(scratch.listing(), std::vector<std::string>{"run.json"});
}

TEST(LiveRun, RefusesWhatCannotRunLive) {
  const std::vector<std::pair<Json, std::string>> refused = {
      {{{"stop", {{"time", 5}}}}, "/stop: a live run has no simulated time"},
      {{{"repeats", 2}}, "/repeats: a live run is never the same twice"},
      {{{"objective", {{"name", "none"}}}, {"stop", {{"wall_seconds", 1}}}, {"record", Json::object()}},
       "/objective/name: a live run trains"},
      {{{"stop.target", {{"metric", "suboptimality"}, {"below", 1}}}},
       "/stop/target: a live run makes no records"},
      {{{"objective", {{"name", "logistic_regression"}}}, {"record.metrics", {"minibatch_loss"}}},
       "/record/metrics: a live run keeps no losses of minibatches"},
      {{{"topology.failures", {{"probability", 0.5}}}}, "/topology"},
      {{{"sweep", {{"seed", {1, 2}}}}}, "not a sweep"},
      {{{"timing.communication_rate", 1e9}}, "/timing/communication_rate: is out of the range"},
      {{{"algorithm", {{"name", "choco_pairwise"}, {"compression", {{"name", "sign"}}}}}},
       "/algorithm/compression: a live run sends whole vectors"},
      {{{"live.gradient_seconds", {1, 2}}}, "/live/gradient_seconds: has 2 entries for 8 workers"},
      {{{"live.gradient_seconds", -1}}, "/live/gradient_seconds"},
      {{{"live.neighbor", 1}}, "/live/neighbor: unknown key"},
      {{{"stop", {{"wall_seconds", 1}}}, {"optimizer.schedule.name", "cosine"}}, "/optimizer/schedule"},
  };
  for (const auto& [changes, message] : refused) {
    const Scratch scratch;
    scratch.write("run.json", changed(live_experiment(), changes).dump());
    const Finished finished = run_program(scratch, {"run", "run.json", "--backend", "live", "--out", "out"});
    EXPECT_EQ(finished.code, 2) << changes;
    EXPECT_THAT(finished.err, HasSubstr(message));
    EXPECT_EQ(scratch.listing(), std::vector<std::string>{"run.json"});
  }
}

TEST(LiveReplay, RefusesDamagedTraces) {
  const Scratch scratch;
  scratch.write("run.json", live_experiment().dump());
  succeed(scratch, {"run", "run.json", "--backend", "live", "--out", "out", "--quiet"});
  const std::string trace = read_text(scratch / "out/trace.csv");
  const auto lines = [&] {
    std::vector<std::string> all;
    std::istringstream text(trace);
    for (std::string line; std::getline(text, line);) all.push_back(line + "\n");
    return all;
  }();
  const auto joined = [](const std::vector<std::string>& parts) {
    return std::accumulate(parts.begin(), parts.end(), std::string());
  };
  auto without_one = lines, swapped = lines, strange = lines;
  without_one.erase(without_one.begin() + 20);
  std::swap(swapped[20], swapped[21]);
  strange[20] = "0,dream,1,1,,,\n";
  const std::map<std::string, std::string> damaged = {{"cut short", trace.substr(0, trace.size() / 2)},
                                                      {"empty", ""},
                                                      {"a line less", joined(without_one)},
                                                      {"two lines swapped", joined(swapped)},
                                                      {"unknown operation", joined(strange)},
                                                      {"no end", joined({lines.begin(), lines.end() - 1})}};
  for (const auto& [what, text] : damaged) {
    scratch.write("out/trace.csv", text);
    const Finished finished = run_program(scratch, {"run", "out/replay.json", "--out", "again"});
    EXPECT_EQ(finished.code, 2) << what;
    EXPECT_THAT(finished.err, HasSubstr("trace.csv")) << what;
    EXPECT_FALSE(fs::exists(scratch / "again")) << what;
  }
}

TEST(Predict, ForecastsItsOwnRunAndAnother) {
  const Scratch scratch;
  scratch.write("run.json", live_experiment().dump());
  succeed(scratch, {"run", "run.json", "--backend", "live", "--out", "a", "--quiet"});
  succeed(scratch, {"run", "run.json", "--backend", "live", "--out", "b", "--quiet", "--set",
                    "stop.gradients=300", "--set", "timing.communication_rate=2"});
  EXPECT_THAT(succeed(scratch, {"predict", "a"}), HasSubstr("idle share"));
  const auto own = nlohmann::json::parse(succeed(scratch, {"predict", "a", "--json"}));
  EXPECT_EQ(own["forecast"]["gradients"]["mean"], 200);
  EXPECT_EQ(own["measured"]["gradients"], 200);
  EXPECT_EQ(own["forecast"]["worker_gradients"].size(), 8u);
  EXPECT_EQ(own["forecast"]["pair_communications"].size(), 8u);
  const auto other = nlohmann::json::parse(succeed(scratch, {"predict", "a", "--against", "b", "--json"}));
  EXPECT_EQ(other["forecast"]["gradients"]["low"], 300);
  EXPECT_EQ(other["measured"]["gradients"], 300);
  // 300 gradients with Poisson(2) averagings each, of two workers: 300 exchanges ± 5 standard deviations
  // (√600 / 2), less what the end lets go: at most a debt of some 10 for each of 8 workers.
  const double communications = other["forecast"]["communications"]["mean"].get<double>();
  EXPECT_GT(communications, 300 - 62 - 40);
  EXPECT_LT(communications, 300 + 62);
  EXPECT_GT(other["forecast"]["wall_seconds"]["low"].get<double>(), 300 * 2e-4 / 8)
      << "no less than is slept";
}

TEST(Predict, RefusesDamagedResults) {
  const Scratch scratch;
  scratch.write("run.json", live_experiment().dump());
  succeed(scratch, {"run", "run.json", "--backend", "live", "--out", "out", "--quiet"});
  const auto run = read_results(scratch / "out/run.json");
  const std::vector<std::pair<nlohmann::json, std::string>> damaged = {
      {nlohmann::json::array(), "is not of a live run"},
      {nlohmann::json::object({{"backend", 7}, {"config", run["config"]}}), "is not of a live run"},
      {nlohmann::json::object({{"backend", "live"}, {"config", 7}}), "is not of a live run"},
      {nlohmann::json::object({{"backend", "live"}, {"config", {{"stop", {{"gradients", 1e15}}}}}}),
       "are not of the same run"},
      {nlohmann::json::object({{"backend", "live"}, {"config", {{"stop", {{"gradients", "200"}}}}}}),
       "are not of the same run"},
  };
  for (const auto& [text, message] : damaged) {
    scratch.write("out/run.json", text.dump());
    const Finished finished = run_program(scratch, {"predict", "out"});
    EXPECT_EQ(finished.code, 2) << text;
    EXPECT_THAT(finished.err, HasSubstr(message));
  }
}

TEST(Predict, RefusesTimesOfARunInWhichAWorkerDidNothing) {
  const Scratch scratch;
  scratch.write("run.json", live_experiment().dump());
  succeed(scratch,
          {"run", "run.json", "--backend", "live", "--out", "out", "--quiet", "--set", "stop.gradients=3"});
  const Finished finished = run_program(scratch, {"predict", "out"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_THAT(finished.err, HasSubstr("does not say how long a gradient takes"));
}

TEST(Predict, RefusesFoldersWithoutALiveRun) {
  const Scratch scratch;
  scratch.write("run.json", small_experiment().dump());
  succeed(scratch, {"run", "run.json", "--out", "simulated", "--quiet"});
  for (const char* folder : {"simulated", "missing", "run.json"}) {
    const Finished finished = run_program(scratch, {"predict", folder});
    EXPECT_EQ(finished.code, 2);
    EXPECT_THAT(finished.err, HasSubstr("holds no live run"));
  }
}

}  // namespace
}  // namespace acidsim::testing
