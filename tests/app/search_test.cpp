// The search for a best value on functions that are known, and the rule for repeats on numbers that are.
#include "sim/app/runner/search.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "sim/app/runner/repeat_rule.hpp"
#include "tests/app/experiment.hpp"

namespace acidsim::testing {
namespace {

using ::testing::ElementsAre;

Json tuning_settings(const Json& changes) {
  Json given = {{"optimizer.learning_rate", {{"log_range", {0.01, 1, 5}}}}};
  given["optimizer.learning_rate"].update(changes);
  if (changes.contains("range")) given["optimizer.learning_rate"].erase("log_range");
  return make_configuration("x.json", {{"tune", given}, {"objective", {{"name", "quadratic"}}}})
      .cells[0]
      .config["tune"]["optimizer.learning_rate"];
}

using ScoreOf = std::function<Score(double)>;

struct Searched {
  std::vector<double> values;  // in the order in which they were asked for
  std::optional<double> winner;
  bool at_edge;
};

Searched searched(
    const Json& changes, const ScoreOf& function, bool whole = false,
    const std::function<bool(double)>& allowed = [](double value) { return value >= 0; }) {
  Search search(tuning_settings(changes), allowed, whole);
  Searched found;
  for (int round = 0; round < 100 && !search.wanted().empty(); ++round) {
    std::map<double, Score> scores;
    for (const double value : search.wanted()) {
      found.values.push_back(value);
      scores[value] = function(value);
    }
    search.learn(scores);
  }
  EXPECT_TRUE(search.wanted().empty());
  found.winner = search.winner();
  found.at_edge = search.at_edge();
  return found;
}

// Least at `best`, on the logarithmic scale.
ScoreOf valley(double best) {
  return [best](double value) { return Score{0, std::pow(std::log(value / best), 2)}; };
}

// Diverges above `limit`.
ScoreOf stable_below(double limit) {
  return [limit](double value) { return Score{value > limit ? std::size_t{1} : 0, 0}; };
}

TEST(SearchTest, AGridIsRefinedHalfway) {
  const Searched found = searched({{"refine", 2}}, valley(0.2));
  // 0.01, 0.0316, 0.1, 0.316, 1: best 0.316; then 0.178 and 0.562: best 0.178; then 0.133 and 0.237.
  ASSERT_EQ(found.values.size(), 9u);
  EXPECT_NEAR(found.values[5], 0.177828, 2e-6);
  EXPECT_NEAR(found.values[6], 0.562341, 2e-6);
  EXPECT_NEAR(found.values[7], 0.133352, 2e-6);
  EXPECT_NEAR(found.values[8], 0.237137, 2e-6);
  EXPECT_EQ(found.winner, found.values[5]) << "log(0.2/0.178) = 0.117, log(0.237/0.2) = 0.170";
  EXPECT_FALSE(found.at_edge);
}

// Each step of golden section shrinks the bracket, two steps of the grid wide, by 0.618.
TEST(SearchTest, GoldenSectionConverges) {
  for (const double best : {0.02, 0.1, 0.2, 0.5}) {
    const Searched found = searched({{"method", "golden"}, {"refine", 20}}, valley(best));
    EXPECT_NEAR(std::log(*found.winner / best), 0, 2 * std::log(10.0) / 2 * std::pow(0.618034, 17)) << best;
    EXPECT_LE(found.values.size(), 25u);
    EXPECT_FALSE(found.at_edge);
  }
}

TEST(SearchTest, ARangeGrowsWhereItsEndIsBest) {
  const Searched above = searched({{"refine", 0}, {"widen", 3}}, valley(30));
  EXPECT_NEAR(*above.winner, 31.6228, 1e-4);
  EXPECT_FALSE(above.at_edge);
  const Searched below = searched({{"refine", 0}, {"widen", 3}}, valley(1e-3));
  EXPECT_NEAR(*below.winner, 1e-3, 1e-9);
  const Searched kept = searched({{"refine", 0}, {"widen", 0}}, valley(30));
  EXPECT_EQ(kept.winner, 1.0);
  EXPECT_TRUE(kept.at_edge);
  EXPECT_EQ(kept.values.size(), 5u);
  const Searched once = searched({{"refine", 1}, {"widen", 1}}, valley(1e6));
  EXPECT_EQ(once.winner, 10.0);
  EXPECT_TRUE(once.at_edge);
}

TEST(SearchTest, NoValueLeavesWhatTheFieldTakes) {
  const Searched found = searched({{"range", {0.1, 0.5, 3}}, {"widen", 5}, {"refine", 0}}, [](double value) {
    return Score{0, value};
  });
  EXPECT_EQ(found.winner, 0.1) << "a step further down is −0.1";
  EXPECT_TRUE(found.at_edge);
}

TEST(SearchTest, TheLargestStableValueIsEnclosed) {
  const Searched found = searched({{"by", "largest_stable"}, {"refine", 10}}, stable_below(0.42));
  EXPECT_LE(*found.winner, 0.42);
  EXPECT_GT(*found.winner, 0.42 * std::pow(10, -0.5 / 1024) - 1e-6);
  EXPECT_FALSE(found.at_edge);
  const Searched all = searched({{"by", "largest_stable"}, {"widen", 1}, {"refine", 2}}, stable_below(1e9));
  EXPECT_EQ(all.winner, 10.0);
  EXPECT_TRUE(all.at_edge);
  const Searched lower =
      searched({{"by", "largest_stable"}, {"widen", 2}, {"refine", 0}}, stable_below(2e-4));
  EXPECT_NEAR(*lower.winner, 1e-4, 1e-10);
  EXPECT_FALSE(searched({{"by", "largest_stable"}}, stable_below(1e-9)).winner) << "none is stable";
}

TEST(SearchTest, OneFailureIsWorseThanAnyValue) {
  const Searched found = searched({{"refine", 0}, {"widen", 0}}, [](double value) {
    return Score{value < 0.5 ? std::size_t{1} : 0, value};
  });
  EXPECT_EQ(found.winner, 1.0);
  EXPECT_FALSE(searched(Json::object(), [](double) {
                 return Score{3, std::numeric_limits<double>::infinity()};
               }).winner);
}

TEST(SearchTest, IntegersStayIntegers) {
  const Searched found = searched(
      {{"range", {1, 9, 3}}, {"refine", 5}, {"widen", 0}},
      [](double value) {
        return Score{0, std::abs(value - 6)};
      },
      true);
  EXPECT_EQ(found.winner, 6.0);
  for (const double value : found.values) EXPECT_EQ(value, std::round(value));
  EXPECT_EQ(std::set<double>(found.values.begin(), found.values.end()).size(), found.values.size())
      << "no value is tried twice";
}

// From tables of Student's t, two-sided 95 %.
TEST(RepeatRuleTest, QuantilesOfStudent) {
  EXPECT_NEAR(student_quantile(0.95, 1), 12.7062, 1e-4);
  EXPECT_NEAR(student_quantile(0.95, 2), 4.30265, 1e-5);
  EXPECT_NEAR(student_quantile(0.95, 4), 2.77645, 1e-5);
  EXPECT_NEAR(student_quantile(0.95, 9), 2.26216, 1e-5);
  EXPECT_NEAR(student_quantile(0.95, 30), 2.04227, 1e-5);
  EXPECT_NEAR(student_quantile(0.99, 10), 3.16927, 1e-5);
  EXPECT_NEAR(student_quantile(0.95, 99999), 1.95998, 1e-4);
}

TEST(RepeatRuleTest, LooksAtFixedNumbers) {
  const RepeatRule rule{"loss", 0.01, 4, 12};
  std::vector<double> finals;
  std::vector<std::size_t> wanted;
  for (int k = 0; k < 20; ++k) {
    wanted.push_back(judge(rule, finals).wanted);
    finals.push_back(k % 2 == 0 ? 1.0 : 2.0);
  }
  EXPECT_THAT(wanted, ElementsAre(4, 4, 4, 4, 5, 7, 7, 9, 9, 12, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19))
      << "never fewer than there are";
  const RepeatVerdict end = judge(rule, std::span(finals).first(12));
  EXPECT_FALSE(end.reached);
  EXPECT_EQ(end.reason, "at_most");
  EXPECT_EQ(end.looked_at, 12u);
  EXPECT_DOUBLE_EQ(end.mean, 1.5);
  // Standard deviation √(12 · 0.25 / 11), t of 11 degrees 2.20099.
  EXPECT_NEAR(end.half_width, 2.20099 * std::sqrt(3.0 / 11 / 12), 1e-5);
}

TEST(RepeatRuleTest, StopsWhereTheIntervalIsNarrow) {
  const RepeatRule rule{"loss", 0.1, 3, 100};
  const std::vector<double> finals = {1.0, 1.01, 0.99, 50};
  const RepeatVerdict verdict = judge(rule, finals);
  EXPECT_TRUE(verdict.reached);
  EXPECT_EQ(verdict.looked_at, 3u) << "the first look decides, whatever came later";
  EXPECT_EQ(verdict.wanted, 4u);
  const RepeatVerdict diverged = judge(rule, std::vector<double>{1.0, std::nan(""), 1.0});
  EXPECT_FALSE(diverged.reached);
  EXPECT_EQ(diverged.wanted, 3u);
  EXPECT_EQ(diverged.reason, "a repeat diverged");
}

}  // namespace
}  // namespace acidsim::testing
