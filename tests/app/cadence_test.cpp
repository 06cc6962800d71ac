// How often records are taken where the configuration leaves it open, and what is shared between runs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sim/experiment/workload.hpp"
#include "sim/metrics/most_records.hpp"
#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

// `share`: of the run, that records once per unit of time take; events cost 1 ms per unit of time.
Workload with_share(double share) { return {1e6, 1e6 * share / (1 - share)}; }

TEST(CadenceTest, LeastOfTheSeriesThatIsCheapEnough) {
  EXPECT_EQ(automatic_cadence(with_share(0.01), 1e5), 1);
  EXPECT_EQ(automatic_cadence(with_share(0.0499), 1e5), 1);
  EXPECT_EQ(automatic_cadence(with_share(0.0501), 1e5), 2);
  EXPECT_EQ(automatic_cadence(with_share(0.11), 1e5), 5);
  EXPECT_EQ(automatic_cadence(with_share(0.5), 1e5), 20);
  EXPECT_EQ(automatic_cadence(with_share(0.99), 1e6), 2000);
  for (const double share : {0.06, 0.3, 0.7, 0.97, 0.9999}) {
    const Workload work = with_share(share);
    const double every = automatic_cadence(work, infinity);
    EXPECT_LE(work.record_share(every), 0.05);
    EXPECT_GT(work.record_share(every / 2.5), 0.05) << "no sparser than need be";
  }
}

TEST(CadenceTest, ShortRunsKeepTwentyRecordsAndCheapOnesOnePerUnit) {
  EXPECT_EQ(automatic_cadence(with_share(0.99), 1000), 50) << "2000 would be cheap enough";
  EXPECT_EQ(automatic_cadence(with_share(0.99), 399), 10);
  EXPECT_EQ(automatic_cadence(with_share(0.99), 10), 1);
  EXPECT_EQ(automatic_cadence({1e3, 1e5}, 50), 1) << "50 records of 0.1 ms are 5 ms";
  EXPECT_EQ(automatic_cadence({1e3, 1e5}, 51), 2);
  EXPECT_EQ(automatic_cadence({1e3, 0}, infinity), 1);
  EXPECT_LE(1e12 / automatic_cadence({1e9, 1}, 1e12), most_records);
}

TEST(CadenceTest, RunsShowTheNumberAndObserveItsTimes) {
  const Json source = changed(small_experiment(), {{"topology.workers", 64},
                                                   {"objective", {{"name", "none"}, {"dimension", 1000}}},
                                                   {"stop.time", 4000},
                                                   {"record.metrics", {"consensus_distance"}}});
  Trial experiment(source);
  EXPECT_FALSE(experiment.plan.experiment.record.every);
  const double every = experiment.plan.record_every();
  EXPECT_GT(every, 1);
  EXPECT_LE(experiment.plan.expected.work.record_share(every), 0.05);
  const RepeatResult result = experiment.run();
  EXPECT_EQ(result.records.size(), static_cast<std::size_t>(std::ceil(4000 / every)) + 1);
  EXPECT_EQ(result.records[1].time, every);
  const Trial given(changed(source, {{"record.every", 3}}));
  EXPECT_TRUE(given.plan.experiment.record.every);
  EXPECT_EQ(given.plan.record_every(), 3);
}

TEST(CadenceTest, FinishedRunsAreKnownAgain) {
  const Scratch scratch;
  const std::vector<std::string> run = {"run", "small.json", "--out", "out", "--resume"};
  scratch.write("small.json", small_experiment().dump());
  succeed(scratch, run);
  const auto results = read_results(scratch / "out/run.json");
  EXPECT_EQ(results["config"]["record"]["every"], 1.0);
  EXPECT_EQ(results["automatic"], nlohmann::json::parse(R"(["record.every"])"));
  EXPECT_THAT(succeed(scratch, run), HasSubstr("all 1 cell(s) are finished already"));
  scratch.write("small.json", changed(small_experiment(), {{"record.every", 1}}).dump());
  const Finished other = run_program(scratch, run);
  EXPECT_EQ(other.code, 2);
  EXPECT_THAT(other.err, HasSubstr("holds the results of another configuration"));
}

TEST(CadenceTest, OnlyTheWordAutoIsTaken) {
  EXPECT_THROW(make_configuration("x.json", {{"record", {{"every", "often"}}}}), InputError);
  EXPECT_NO_THROW(make_configuration("x.json", {{"record", {{"every", "auto"}}}}));
}

TEST(CadenceTest, ExplainSaysWhatRecordsCost) {
  const Scratch scratch;
  scratch.write("small.json", small_experiment().dump());
  EXPECT_THAT(succeed(scratch, {"explain", "small.json"}), HasSubstr("records      every 1 (auto): about "));
}

Json logistic(const Json& partition) {
  return changed(small_experiment(),
                 {{"objective",
                   {{"name", "logistic_regression"},
                    {"data", {{"dataset", "synthetic"}, {"samples", 80}, {"features", 4}}},
                    {"partition", partition},
                    {"l2", 0.1}}}});
}

TEST(ProblemTest, ItsNameSaysWhatTheMinimiserDependsOn) {
  const auto name = [](const Json& partition, const Json& changes, std::uint64_t seed) {
    return Trial(changed(logistic(partition), changes)).plan.problem(seed);
  };
  const Json shared = {{"scheme", "shared"}}, drawn = {{"scheme", "iid"}},
             fixed = {{"scheme", "iid"}, {"seed", 3}};
  const Json none = Json::object();
  EXPECT_EQ(name(shared, none, 1), name(shared, {{"topology.workers", 4}}, 2));
  EXPECT_EQ(name(shared, none, 1), name(shared, {{"objective.batch_size", 3}}, 1));
  EXPECT_EQ(name(drawn, none, 1), name(drawn, {{"algorithm.name", "async_gossip"}}, 1));
  EXPECT_NE(name(drawn, none, 1), name(drawn, none, 2));
  EXPECT_EQ(name(fixed, none, 1), name(fixed, none, 2));
  EXPECT_NE(name(fixed, none, 1), name(fixed, {{"topology.workers", 4}}, 1));
  EXPECT_NE(name(shared, none, 1), name(shared, {{"objective.l2", 0.2}}, 1));
  EXPECT_NE(name(shared, none, 1), name(shared, {{"objective.data.seed", 2}}, 1));
  EXPECT_NE(name(shared, none, 1), name(shared, {{"precision", "single"}}, 1));
}

// A run among others whose minimiser is shared records what it records alone.
TEST(ProblemTest, SharingChangesNoRecord) {
  for (const char* scheme : {"shared", "iid"}) {
    const Json source = changed(logistic({{"scheme", scheme}}), {{"repeats", 3}});
    Trial together(source);
    for (int repeat = 0; repeat < 3; ++repeat) {
      const RepeatResult alone = Trial(source).run(repeat), shared = together.run(repeat);
      ASSERT_EQ(alone.records.size(), shared.records.size());
      for (std::size_t k = 0; k < alone.records.size(); ++k)
        for (std::size_t m = 0; m < alone.records[k].metrics.size(); ++m)
          // The minimiser of another worker order is the same point up to the solver's tolerance.
          EXPECT_NEAR(alone.records[k].metrics[m], shared.records[k].metrics[m], 1e-9) << scheme;
    }
  }
}

}  // namespace
}  // namespace acidsim::testing
