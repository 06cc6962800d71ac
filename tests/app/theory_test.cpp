// acidsim theory and selftest, run as a user runs them; measured means against what theory says of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// Of the rows of one metric: the value at each time, and at `limit` and `rate`.
std::map<std::string, double> theory_of(const Table& table, const std::string& metric) {
  std::map<std::string, double> values;
  for (std::size_t row = 0; row < table.rows.size(); ++row)
    if (table.rows[row][table.column("metric")] == metric)
      values[table.rows[row][table.column("time")]] = table.number(row, "expected");
  return values;
}

TEST(TheoryCommand, PrintsWhatIsExpectedAtEveryRecord) {
  const Scratch scratch;
  scratch.write("small.json", changed(small_experiment(), {{"record.every", 2}}).dump());
  scratch.write("theory.csv", succeed(scratch, {"theory", "small.json"}));
  const Table table = read_table(scratch / "theory.csv");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"time", "metric", "expected"}));
  EXPECT_EQ(table.rows.size(), 4 * 6);  // four metrics at 0, 2, 4, 5, limit and rate
  // All start at 0; centres are N(0, 1) with mean b̄: E‖x̄ − x*‖² = 3/8.
  EXPECT_EQ(theory_of(table, "consensus_distance")["0"], 0);
  EXPECT_NEAR(theory_of(table, "distance_to_optimum")["0"], 3.0 / 8, 1e-14);
  EXPECT_NEAR(theory_of(table, "mean_distance_to_optimum")["0"], 3.0 / 8, 1e-14);
  EXPECT_NEAR(theory_of(table, "suboptimality")["0"], 0.5 * (1 + 1.5 + 2) / 8, 1e-14);
  // x̄ moves at rate γ h_min, its square at twice that, but for some γ²h²/n.
  EXPECT_NEAR(theory_of(table, "distance_to_optimum")["rate"], 2 * 0.05, 0.005);
  EXPECT_GT(theory_of(table, "consensus_distance")["limit"], 0);
}

TEST(TheoryCommand, HasSweptFieldsBehindAndLeavesOutCellsWithoutTheory) {
  const Scratch scratch;
  const Json source =
      changed(small_experiment(), {{"sweep", {{"algorithm.name", {"a2cid2", "d_psgd", "async_gossip"}}}}});
  scratch.write("sweep.json", source.dump());
  const Finished finished = run_program(scratch, {"theory", "sweep.json", "--out", "theory.csv"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_EQ(finished.out, "");
  EXPECT_THAT(finished.err, AllOf(HasSubstr("left out"), HasSubstr("d_psgd"), HasSubstr("rounds")));
  const Table table = read_table(scratch / "theory.csv");
  EXPECT_EQ(table.columns, (std::vector<std::string>{"time", "metric", "expected", "algorithm.name"}));
  EXPECT_EQ(table.rows.front().back(), "a2cid2");
  EXPECT_EQ(table.rows.back().back(), "async_gossip");
}

TEST(TheoryCommand, WritesIntoAFolderOfResults) {
  const Scratch scratch;
  const Json source =
      changed(small_experiment(), {{"sweep", {{"algorithm.name", {"a2cid2", "async_gossip"}}}}});
  scratch.write("sweep.json", source.dump());
  succeed(scratch, {"run", "sweep.json", "--out", "out", "--quiet"});
  EXPECT_EQ(succeed(scratch, {"theory", "out"}), "");
  scratch.write("from_file.csv", succeed(scratch, {"theory", "sweep.json"}));
  EXPECT_EQ(read_text(scratch / "out/theory.csv"), read_text(scratch / "from_file.csv"));
  succeed(scratch, {"theory", "out"});  // again, over its own table
  scratch.write("mine.csv", "my notes\n");
  const Finished refused = run_program(scratch, {"theory", "out", "--out", "mine.csv"});
  EXPECT_EQ(refused.code, 2);
  EXPECT_THAT(refused.err, HasSubstr("is no table of theory"));
}

TEST(TheoryCommand, SaysWhyThereIsNone) {
  const Scratch scratch;
  scratch.write("x.json", small_experiment().dump());
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"algorithm.name=all_reduce_sgd", "/algorithm/name: there is no exact theory of rounds"},
      {"algorithm.name=push_sum", "/algorithm/name: there is no exact theory of"},
      {"algorithm.exchange_order=reference", "/algorithm/exchange_order"},
      {"optimizer={\"name\":\"adam\"}",
       "/optimizer/name: there is no exact theory of optimizers that are not linear"},
      {"optimizer.clip_norm=1", "/optimizer/clip_norm"},
      {"optimizer.schedule={\"name\":\"cosine\"}", "/optimizer/schedule"},
      {"timing.model=availability", "/timing/model"},
      {"timing.gradient_rate={\"distribution\":\"lognormal\"}", "/timing/gradient_rate"}};
  for (const auto& [setting, message] : cases) {
    const Finished finished = run_program(scratch, {"theory", "x.json", "--set", setting});
    EXPECT_EQ(finished.code, 2) << setting;
    EXPECT_EQ(finished.out, "") << setting;
    EXPECT_THAT(finished.err, AllOf(HasSubstr("x.json: "), HasSubstr(message)));
  }
  EXPECT_THAT(run_program(scratch, {"theory", "."}).err, HasSubstr("holds no results"));
}

// The mean of many repeats, |z| < 4 for each of some dozen numbers: 1e-3 for all of them by chance. Fixed seed.
void expect_measured(const Json& changes) {
  const Json source = changed(
      changed(small_experiment(),
              {{"repeats", 400},
               {"initial", {{"kind", "normal"}}},
               {"stop.time", 12},
               {"record.every", 4},
               {"record.metrics",
                {"consensus_distance", "distance_to_optimum", "mean_distance_to_optimum", "suboptimality"}}}),
      changes);
  const Scratch scratch;
  scratch.write("x.json", source.dump());
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  succeed(scratch, {"theory", "out"});
  const Table measured = read_table(scratch / "out/metrics.csv"),
              theory = read_table(scratch / "out/theory.csv");
  for (const std::string metric :
       {"consensus_distance", "distance_to_optimum", "mean_distance_to_optimum", "suboptimality"})
    for (const char* time : {"0", "4", "12"}) {
      double sum = 0, squares = 0, count = 0;
      for (std::size_t row = 0; row < measured.rows.size(); ++row) {
        if (measured.number(row, "time") != std::stod(time)) continue;
        const double value = measured.number(row, metric);
        sum += value;
        squares += value * value;
        ++count;
      }
      ASSERT_EQ(count, 400);
      const double mean = sum / count, deviation = std::sqrt((squares / count - mean * mean) / (count - 1));
      EXPECT_NEAR(mean, theory_of(theory, metric).at(time), 4 * deviation)
          << metric << " at " << time << ": " << changes;
    }
}

TEST(TheoryStatistics, StartsAndCentresThatEachRepeatDraws) {
  expect_measured({{"algorithm.name", "a2cid2"}});
  expect_measured(
      {{"optimizer", {{"momentum", 0.6}, {"weight_decay", 0.3}}}, {"initial.kind", "common_normal"}});
}

TEST(TheoryStatistics, UnequalRatesAndCurvaturesAndGivenCentres) {
  expect_measured({{"timing.gradient_rate", {0.5, 1, 2, 1, 0.2, 1, 1, 3}},
                   {"topology", {{"family", "star"}, {"workers", 8}}},
                   {"objective.seed", 5},
                   {"objective.curvature_min", 0.2}});
}

TEST(TheoryStatistics, CoordinatesOfEqualCurvature) {
  expect_measured({{"objective.curvature_max", 1}, {"objective.noise", 1}, {"objective.heterogeneity", 0}});
}

TEST(TheoryStatistics, MethodsThatTrackGradientsOrReadThemLate) {
  expect_measured({{"algorithm", {{"name", "gossip_tracking"}}}});
  expect_measured({{"algorithm", {{"name", "ad_psgd"}}}, {"topology.family", "complete"}});
}

TEST(TheoryStatistics, MatricesThatDoNotCommute) {
  Json matrices = Json::array();
  for (int i = 0; i < 4; ++i) matrices.push_back({{1.0 + i, 0.3 * i}, {0.3 * i, 0.8}});
  expect_measured({{"topology", {{"family", "path"}, {"workers", 4}}},
                   {"objective",
                    {{"name", "quadratic"},
                     {"matrices", matrices},
                     {"noise", 0.5},
                     {"centers", {{1, 0}, {0, 1}, {-1, 2}, {0, 0}}}}}});
}

TEST(ExplainCommand, TellsRatesLimitsStepsAndTheGain) {
  const Scratch scratch;
  scratch.write("x.json", small_experiment().dump());
  const std::string text = succeed(scratch, {"explain", "x.json"});
  EXPECT_THAT(text, AllOf(HasSubstr("theory       consensus_distance tends to "),
                          HasSubstr("stable in the mean square for γ < "),
                          HasSubstr("A²CiD² against plain gossip, in this experiment: ")));
  // Homogeneous data: acceleration keeps the workers no closer: 0.00408 against 0.00405 for h = 1.
  const std::string alike = succeed(scratch, {"explain", "x.json", "--set", "objective.heterogeneity=0"});
  EXPECT_THAT(alike, HasSubstr("which is further apart"));
}

TEST(Selftest, HoldsHere) {
  const Scratch scratch;
  EXPECT_THAT(succeed(scratch, {"selftest"}),
              AllOf(HasSubstr("ok  "), HasSubstr("checks hold"), HasSubstr("not tested in one process")));
}

}  // namespace
}  // namespace acidsim::testing
