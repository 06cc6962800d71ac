// Values that are tuned, and repeats until a mean is known, as the user meets them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/app/runner/trials.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"
#include "tests/app/ranks.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::Not;

// Two workers, each by itself, on x²/2: a step is x ← (1 − γ) x. Stable up to γ = 2, at once at the minimum with γ = 1.
Json parabola(const Json& tune) {
  return changed(small_experiment(), {{"topology.workers", 2},
                                      {"algorithm.name", "local_only"},
                                      {"objective",
                                       {{"name", "quadratic"},
                                        {"dimension", 1},
                                        {"curvature_min", 1},
                                        {"curvature_max", 1},
                                        {"noise", 0},
                                        {"heterogeneity", 0}}},
                                      {"initial", {{"kind", "common_normal"}}},
                                      {"stop.time", 400},
                                      {"record.every", 0.25},
                                      {"record.metrics", {"suboptimality"}},
                                      {"repeats", 2},
                                      {"tune", {{"optimizer.learning_rate", tune}}}});
}

nlohmann::json tuned_rate_in(const nlohmann::json& run) {
  return run["tuning"]["fields"]["optimizer.learning_rate"];
}

TEST(Tuning, FindsTheLargestStableStep) {
  const Scratch scratch;
  scratch.write("x.json", parabola({{"range", {1, 3, 5}}, {"by", "largest_stable"}, {"refine", 4}}).dump());
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  const auto run = read_results(scratch / "out/run.json");
  const double winner = tuned_rate_in(run)["winner"];
  // |1 − γ|^400 reaches 1e12 where γ > 2.072; 800 gradients of two workers may be a few more or less.
  EXPECT_GE(winner, 2.0);
  EXPECT_LE(winner, 2.1);
  EXPECT_EQ(tuned_rate_in(run)["at_edge"], false);
  EXPECT_EQ(run["config"]["optimizer"]["learning_rate"], winner);
  EXPECT_TRUE(run["config"]["tune"].is_null());
  EXPECT_EQ(read_table(scratch / "out/tuning.csv").rows.size(), run["tuning"]["trials"].size());
  EXPECT_EQ(run["tuning"]["trials"].size(), 3u * (5 + 4));
  EXPECT_FALSE(fs::exists(scratch / "out/.tuning.csv"));
}

TEST(Tuning, FindsTheFastestWayToATarget) {
  const Scratch scratch;
  scratch.write("x.json", parabola({{"range", {0.25, 1.75, 7}},
                                    {"by", "time_to_target"},
                                    {"metric", "suboptimality"},
                                    {"below", 1e-6},
                                    {"refine", 1}})
                              .dump());
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  const auto run = read_results(scratch / "out/run.json");
  EXPECT_EQ(tuned_rate_in(run)["winner"], 1.0);
  EXPECT_EQ(tuned_rate_in(run)["failed"], 0);
  EXPECT_EQ(run["repeats"][0]["stop_reason"], "time") << "the target is of the tuning alone";
}

TEST(Tuning, ReportsFreshSeedsAndRunsAgain) {
  const Scratch scratch;
  const Json tune = {{"log_range", {0.01, 1, 3}}, {"repeats", 2}};
  const Json source =
      changed(small_experiment(), {{"tune", {{"optimizer.learning_rate", tune}}}, {"repeats", 2}});
  scratch.write("x.json", source.dump());
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  const auto run = read_results(scratch / "out/run.json");
  const std::string winner = tuned_rate_in(run)["winner"].dump();
  succeed(scratch, {"run", "x.json", "--out", "fixed", "--quiet", "--set", "tune=null", "--set",
                    "optimizer.learning_rate=" + winner});
  EXPECT_EQ(read_results(scratch / "fixed/run.json")["state_digest"], run["state_digest"])
      << "the cell's own seeds";
  for (const auto& repeat : run["repeats"]) EXPECT_NE(repeat["seed"], run["tuning"]["seed"]);
  succeed(scratch, {"run", "out/run.json", "--out", "again", "--quiet"});
  EXPECT_EQ(read_results(scratch / "again/run.json")["state_digest"], run["state_digest"]);

  // More repeats are of the same value, which is not looked for once more.
  EXPECT_THAT(succeed(scratch, {"run", "x.json", "--out", "out", "--resume"}), HasSubstr("finished already"));
  const std::string trials = read_text(scratch / "out/tuning.csv");
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet", "--resume", "--set", "repeats=3"});
  EXPECT_EQ(read_text(scratch / "out/tuning.csv"), trials);
  const auto more = read_results(scratch / "out/run.json");
  EXPECT_EQ(more["tuning"], run["tuning"]);
  EXPECT_EQ(more["repeats"].size(), 3u);
  EXPECT_EQ(more["repeats"][1], run["repeats"][1]);
}

// The log holds a row for each run; those that are there are taken as they are.
TEST(Tuning, GoesOnAfterAKill) {
  const Scratch scratch;
  const Json tune = {{"log_range", {0.01, 0.1, 5}}, {"repeats", 4}, {"refine", 1}};
  scratch.write("x.json", changed(small_experiment(),
                                  {{"tune", {{"optimizer.learning_rate", tune}}}, {"stop.time", 4000}})
                              .dump());
  succeed(scratch, {"run", "x.json", "--out", "whole", "--quiet"});
  {
    Program program(scratch.path(), {"run", "x.json", "--out", "out", "--quiet", "--threads", "1"});
    const auto rows = [&] {
      const fs::path log = scratch / "out/.tuning.csv";
      if (!fs::exists(log)) return std::ptrdiff_t{0};
      const std::string text = read_text(log);
      return std::count(text.begin(), text.end(), '\n');
    };
    for (int k = 0; k < 20000 && rows() < 2; ++k) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    program.send(SIGKILL);
    program.finish(std::chrono::seconds(60));
  }
  ASSERT_TRUE(fs::exists(scratch / "out/.tuning.csv"));
  ASSERT_FALSE(fs::exists(scratch / "out/run.json"));
  std::ofstream(scratch / "out/.tuning.csv", std::ios::app) << "a row that was cut sh";
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  const auto whole = read_results(scratch / "whole/run.json"),
             resumed = read_results(scratch / "out/run.json");
  EXPECT_EQ(resumed["tuning"], whole["tuning"]);
  EXPECT_EQ(resumed["state_digest"], whole["state_digest"]);
}

TEST(Tuning, LogIsReadBackAsItWasWritten) {
  const Scratch scratch;
  {
    TrialLog log(scratch / "cell");
    log.add("a", {"time", 1.0 / 3, true});
    log.add("b", {"diverged", std::nan(""), false});
    log.add("c", {"time", 5e-324, false});
  }
  std::ofstream(scratch / "cell/.tuning.csv", std::ios::app) << "d,time,1,0.";
  TrialLog log(scratch / "cell");
  EXPECT_EQ(log.find("d"), nullptr) << "cut short";
  log.add("e", {"target", 7, true});
  const TrialLog again(scratch / "cell");
  ASSERT_NE(again.find("a"), nullptr);
  EXPECT_EQ(again.find("a")->measured, 1.0 / 3);
  EXPECT_TRUE(std::isnan(again.find("b")->measured));
  EXPECT_EQ(again.find("b")->outcome, "diverged");
  EXPECT_EQ(again.find("c")->measured, 5e-324);
  EXPECT_FALSE(again.find("c")->good);
  EXPECT_EQ(again.find("e")->measured, 7);
}

TEST(Tuning, EachCellHasItsOwn) {
  const Scratch scratch;
  Json source = parabola(
      {{"log_range", {0.1, 1, 3}}, {"by", "largest_stable"}, {"refine", 0}, {"widen", 4}, {"repeats", 1}});
  source["sweep"] = {{"objective.curvature_min, objective.curvature_max", {{1, 1}, {20, 20}}}};
  scratch.write("x.json", source.dump());
  const Finished finished = run_program(scratch, {"run", "x.json", "--out", "out"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  const auto winner = [&](const char* cell) {
    return tuned_rate_in(read_results(scratch / "out" / cell / "run.json"));
  };
  EXPECT_EQ(winner("objective.curvature_min=1,objective.curvature_max=1")["winner"], 1.0)
      << "2 / 1, and 3.16 is tried";
  EXPECT_EQ(winner("objective.curvature_min=20,objective.curvature_max=20")["winner"], 0.1) << "2 / 20";
  EXPECT_EQ(winner("objective.curvature_min=20,objective.curvature_max=20")["at_edge"], false);
  EXPECT_THAT(succeed(scratch, {"run", "x.json", "--out", "out"}),
              HasSubstr("all 2 cell(s) are finished already"));
}

TEST(Tuning, AWinnerAtTheEdgeIsFlagged) {
  const Scratch scratch;
  scratch.write(
      "x.json",
      parabola({{"log_range", {0.001, 0.01, 3}}, {"repeats", 1}, {"widen", 0}, {"refine", 0}}).dump());
  const Finished finished = run_program(scratch, {"run", "x.json", "--out", "out", "--set", "stop.time=4"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("optimizer.learning_rate = 0.01 is at the edge of what was tried"));
  EXPECT_EQ(tuned_rate_in(read_results(scratch / "out/run.json"))["at_edge"], true);
}

TEST(Tuning, WhereNoValueIsAnyGoodTheCellFails) {
  const Scratch scratch;
  Json source = parabola({{"range", {3, 5, 3}}, {"by", "largest_stable"}, {"widen", 0}});
  scratch.write("x.json", source.dump());
  const Finished single = run_program(scratch, {"run", "x.json", "--out", "single"});
  EXPECT_EQ(single.code, 1);
  EXPECT_THAT(single.err, HasSubstr("tuning of optimizer.learning_rate: no value from 3 to 5 is any good"));
  source["sweep"] = {{"objective.curvature_min, objective.curvature_max", {{1, 1}, {0.25, 0.25}}}};
  scratch.write("sweep.json", source.dump());
  const Finished sweep = run_program(scratch, {"run", "sweep.json", "--out", "out"});
  EXPECT_EQ(sweep.code, 1);
  const std::string good = "objective.curvature_min=0.25,objective.curvature_max=0.25";
  EXPECT_EQ(tuned_rate_in(read_results(scratch / "out" / good / "run.json"))["winner"], 5.0);
  EXPECT_THAT(
      succeed(scratch, {"cells", "out"}),
      AllOf(HasSubstr("failed"), HasSubstr("no value from 3 to 5"), HasSubstr("1 finished, 1 failed")));
}

TEST(Tuning, SeveralFieldsOneAfterTheOther) {
  const Scratch scratch;
  Json source = parabola({{"range", {0.5, 1.5, 3}},
                          {"repeats", 1},
                          {"widen", 0},
                          {"refine", 0},
                          {"by", "time_to_target"},
                          {"below", 1e-6}});
  source["tune"]["optimizer.momentum"] = {{"range", {0, 0.8, 3}}, {"repeats", 1},           {"widen", 0},
                                          {"refine", 0},          {"by", "time_to_target"}, {"below", 1e-6}};
  scratch.write("x.json", source.dump());
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  const auto run = read_results(scratch / "out/run.json");
  EXPECT_EQ(tuned_rate_in(run)["winner"], 1.0);
  EXPECT_EQ(run["tuning"]["fields"]["optimizer.momentum"]["winner"], 0.0);
}

TEST(Tuning, IsTheSameOverRanks) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  const Json tune = {{"log_range", {0.01, 1, 3}}, {"repeats", 2}};
  scratch.write(
      "x.json",
      changed(small_experiment(), {{"tune", {{"optimizer.learning_rate", tune}}}, {"repeats", 2}}).dump());
  succeed(scratch, {"run", "x.json", "--out", "serial", "--quiet"});
  succeed_on_ranks(scratch, 2, {"run", "x.json", "--out", "mpi", "--quiet", "--backend", "mpi"});
  const auto serial = read_results(scratch / "serial/run.json"), mpi = read_results(scratch / "mpi/run.json");
  EXPECT_EQ(mpi["state_digest"], serial["state_digest"]);
  EXPECT_EQ(mpi["tuning"], serial["tuning"]);
  EXPECT_EQ(mpi["address"], serial["address"]);
  succeed_on_ranks(
      scratch, 2,
      {"run", "x.json", "--out", "mpi", "--quiet", "--backend", "mpi", "--resume", "--set", "repeats=3"});
  EXPECT_EQ(read_results(scratch / "mpi/run.json")["repeats"].size(), 3u);
}

Json repeats_until(double width, int at_least, int at_most) {
  return {{"until", {{"metric", "suboptimality"}, {"relative_half_width", width}}},
          {"at_least", at_least},
          {"at_most", at_most}};
}

TEST(RepeatsUntil, AMeanIsKnown) {
  const Scratch scratch;
  scratch.write("x.json", changed(small_experiment(), {{"repeats", repeats_until(0.25, 4, 500)}}).dump());
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  const auto run = read_results(scratch / "out/run.json");
  const std::size_t repeats = run["repeats"].size();
  EXPECT_GT(repeats, 4u);
  EXPECT_LT(repeats, 500u);
  EXPECT_EQ(run["config"]["repeats"], repeats);
  EXPECT_EQ(run["repeating"]["reached"], true);
  EXPECT_EQ(run["repeating"]["looked_at"], repeats);
  double sum = 0;
  for (const auto& repeat : run["repeats"]) sum += repeat["final"]["suboptimality"].get<double>();
  EXPECT_NEAR(run["repeating"]["mean"].get<double>(), sum / static_cast<double>(repeats), 1e-12);
  EXPECT_LE(run["repeating"]["half_width"].get<double>(), 0.25 * sum / static_cast<double>(repeats));
  succeed(scratch,
          {"run", "x.json", "--out", "fixed", "--quiet", "--set", "repeats=" + std::to_string(repeats)});
  EXPECT_EQ(read_results(scratch / "fixed/run.json")["state_digest"], run["state_digest"]);
  EXPECT_EQ(read_text(scratch / "fixed/metrics.csv"), read_text(scratch / "out/metrics.csv"));
  EXPECT_EQ(read_text(scratch / "fixed/communication_counts.csv"),
            read_text(scratch / "out/communication_counts.csv"));
  EXPECT_THAT(succeed(scratch, {"run", "x.json", "--out", "out", "--resume"}), HasSubstr("finished already"));
}

TEST(RepeatsUntil, GoesOnFromWhateverIsThere) {
  const Scratch scratch;
  scratch.write("x.json", changed(small_experiment(), {{"repeats", repeats_until(0.25, 4, 500)}}).dump());
  succeed(scratch, {"run", "x.json", "--out", "whole", "--quiet"});
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet", "--set",
                    "repeats=" + repeats_until(0.25, 4, 5).dump()});
  const auto few = read_results(scratch / "out/run.json");
  EXPECT_EQ(few["repeating"]["reason"], "at_most");
  EXPECT_EQ(few["repeats"].size(), 5u);
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet", "--resume"});
  EXPECT_EQ(read_results(scratch / "out/run.json")["state_digest"],
            read_results(scratch / "whole/run.json")["state_digest"]);
}

TEST(RepeatsUntil, EachCellHasAsManyAsItNeeds) {
  const Scratch scratch;
  scratch.write("x.json", changed(small_experiment(),
                                  {{"repeats", repeats_until(0.3, 3, 200)},
                                   {"sweep", {{"objective.noise", {0, 2}}, {"algorithm.name", {"a2cid2"}}}},
                                   {"objective.heterogeneity", 0},
                                   {"initial", {{"kind", "point"}, {"x", {1, 1, 1}}}}})
                              .dump());
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  const auto count = [&](const char* cell) {
    return read_results(scratch / "out" / cell / "run.json")["repeats"].size();
  };
  EXPECT_GE(count("objective.noise=0,algorithm.name=a2cid2"), 3u);
  EXPECT_GT(count("objective.noise=2,algorithm.name=a2cid2"), 3u);
  EXPECT_THAT(succeed(scratch, {"cells", "out"}), HasSubstr("2 cell(s) in out: 2 finished"));
}

TEST(RepeatsUntil, IsTheSameOverRanks) {
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("x.json", changed(small_experiment(), {{"repeats", repeats_until(0.4, 3, 100)}}).dump());
  succeed(scratch, {"run", "x.json", "--out", "serial", "--quiet"});
  succeed_on_ranks(scratch, 2, {"run", "x.json", "--out", "mpi", "--quiet", "--backend", "mpi"});
  EXPECT_EQ(read_results(scratch / "mpi/run.json")["state_digest"],
            read_results(scratch / "serial/run.json")["state_digest"]);
}

TEST(Tuning, WhatIsMalformedIsSaidWhere) {
  const auto said_of = [](const Json& changes) -> std::string {
    try {
      make_configuration("x.json", changed(small_experiment(), changes));
    } catch (const InputError& error) {
      return error.what();
    }
    return "no complaint";
  };
  const auto of_rate = [&](const Json& tune) {
    return said_of({{"tune", {{"optimizer.learning_rate", tune}}}});
  };
  EXPECT_THAT(said_of({{"tune", Json::object()}}), HasSubstr("x.json: /tune: tunes no field"));
  EXPECT_THAT(said_of({{"tune", {{"optimizer.rate", {{"range", {1, 2, 3}}}}}}}),
              HasSubstr("/tune/optimizer.rate: no such field in this experiment"));
  EXPECT_THAT(said_of({{"tune", {{"topology.family", {{"range", {1, 2, 3}}}}}}}),
              HasSubstr("/tune/topology.family: not a number that can be tuned"));
  EXPECT_THAT(of_rate(3), HasSubstr("/tune/optimizer.learning_rate: wrong type (3) — must be object"));
  EXPECT_THAT(of_rate({{"rnage", 1}}),
              HasSubstr("/tune/optimizer.learning_rate/rnage: unknown key (1) — did you mean"));
  EXPECT_THAT(of_rate(Json::object()), HasSubstr("/tune/optimizer.learning_rate: has no range"));
  EXPECT_THAT(of_rate({{"range", {1, 2, 3}}, {"log_range", {1, 2, 3}}}), HasSubstr("has two ranges"));
  EXPECT_THAT(of_rate({{"range", {1, 2, 2}}}),
              HasSubstr("/tune/optimizer.learning_rate/range: too few values"));
  EXPECT_THAT(of_rate({{"range", {2, 1, 3}}}), HasSubstr("/range: falls"));
  EXPECT_THAT(of_rate({{"range", {-1, 1, 3}}}), HasSubstr("/range: too small (-1"));
  EXPECT_THAT(of_rate({{"range", {1, 2, 3}}, {"by", "luck"}}), HasSubstr("/by: unknown name (\"luck\")"));
  EXPECT_THAT(of_rate({{"range", {1, 2, 3}}, {"metric", "loss"}}),
              HasSubstr("/metric: is not recorded (\"loss\")"));
  EXPECT_THAT(of_rate({{"range", {1, 2, 3}}, {"by", "time_to_target"}}), HasSubstr("has no target"));
  EXPECT_THAT(said_of({{"tune", {{"seed", {{"range", {1, 2, 3}}}}}}}),
              HasSubstr("not a number that can be tuned (seed)"));
  EXPECT_THAT(said_of({{"tune", {{"stop.time", {{"range", {1, 2, 3}}}}}}, {"sweep", {{"stop.time", {1}}}}}),
              HasSubstr("/tune/stop.time: this field is swept"));
  EXPECT_THAT(said_of({{"repeats", repeats_until(0.1, 3, 9)}, {"record.metrics", {"loss"}}}),
              HasSubstr("/repeats/until/metric: is not recorded (\"suboptimality\")"));
  EXPECT_THAT(said_of({{"repeats", repeats_until(0.1, 30, 9)}}),
              HasSubstr("/repeats/at_least: is above at_most (30)"));
  EXPECT_THAT(said_of({{"repeats", repeats_until(0, 3, 9)}}),
              HasSubstr("/repeats/until/relative_half_width: too small (0"));
  EXPECT_THAT(said_of({{"repeats", {{"at_least", 3}}}}), HasSubstr("/repeats: missing key (until)"));
  EXPECT_THAT(said_of({{"repeats", repeats_until(0.1, 3, 9)}, {"record.states", "final"}}),
              HasSubstr("/record/states: states cannot"));
}

TEST(Tuning, IsNotForLiveRunsNorExtensions) {
  const Scratch scratch;
  scratch.write("x.json", changed(small_experiment(),
                                  {{"tune", {{"optimizer.learning_rate", {{"range", {0.1, 0.2, 3}}}}}}})
                              .dump());
  scratch.write("y.json", changed(small_experiment(), {{"repeats", repeats_until(0.5, 3, 9)}}).dump());
  for (const char* file : {"x.json", "y.json"}) {
    const Finished live = run_program(scratch, {"run", file, "--out", "out", "--backend", "live"});
    EXPECT_EQ(live.code, 2);
    EXPECT_THAT(live.err, HasSubstr("a live run is one run"));
    EXPECT_EQ(run_program(scratch, {"run", file, "--out", "out", "--extend", "9"}).code, 2);
  }
  EXPECT_FALSE(fs::exists(scratch / "out"));
}

}  // namespace
}  // namespace acidsim::testing
