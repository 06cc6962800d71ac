// Every algorithm with each of its choices, and every row of the other kinds: a run that is killed on its way and goes on from
// what it left ends like one that was never stopped.
#include <gtest/gtest.h>

#include "sim/experiment/checkpoint_folder.hpp"
#include "tests/app/reruns.hpp"
#include "tests/contracts/registry_loops.hpp"

namespace acidsim::testing {
namespace {

// With some checkpoints on the way, and with what is counted recorded too.
Json saved(Json source) {
  source["checkpoint"]["every"] = source["stop"]["time"].get<double>() / 7;
  source["record"]["communication_counts"] = true;
  for (const char* metric : {"bytes_sent", "staleness_mean"}) source["record"]["metrics"].push_back(metric);
  return source;
}

// Killed by a signal that nothing can handle, then resumed on either backend.
void expect_resumes(const Json& source, const fs::path& file = "test.json") {
  SCOPED_TRACE(source["algorithm"].dump());
  const Json config = saved(source);
  const Scratch scratch;
  const Rerun whole = go_on(Trial(config, file), "", all_events, Serial{});
  const fs::path left = scratch / "left";
  run_killed_after(Trial(config, file), left, 3 * whole.events.size() / 4);
  const auto header = newest_header(left);
  ASSERT_TRUE(header) << "it was killed before its first checkpoint";
  ASSERT_FALSE(header->end) << "it was not killed on its way";
  fs::copy(left, scratch / "again");
  expect_same(go_on(Trial(config, file), left, all_events, Serial{}), whole);
  expect_same(go_on(Trial(config, file), scratch / "again", all_events, OpenMp{3, Sharing::always}), whole);
}

bool is_refused(const Json& source) {
  try {
    Trial{source};
    return false;
  } catch (const InputError&) {
    return true;
  }
}

// The experiment's algorithm as it is by default, and with each other choice that it may have here.
std::vector<Json> choices(const AlgorithmRow& row, const Json& source) {
  std::vector<Json> result = {source};
  for (const Parameter& parameter : row.parameters) {
    const auto take = [&](const Json& value) {
      const Json other = changed(source, {{"algorithm." + parameter.name, value}});
      if (!is_refused(other)) result.push_back(other);
    };
    for (const std::string& choice : parameter.choices)
      if (Value(choice) != parameter.default_value) take(choice);
    if (const bool* flag = std::get_if<bool>(&parameter.default_value)) take(!*flag);
  }
  return result;
}

class ResumedAlgorithm : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Registry, ResumedAlgorithm, ::testing::ValuesIn(names(Kind::algorithm)),
                         [](const auto& test) { return test.param; });

TEST_P(ResumedAlgorithm, EndsAsTheWholeRun) {
  const AlgorithmRow& row = row_named(all_algorithms(), GetParam());
  const Json plain = changed(contract_experiment(), {{"stop.time", 20}, {"optimizer.learning_rate", 0.02}});
  for (Json source : choices(row, with_algorithm(plain, row))) {
    if (!row.own_steps) source["optimizer"]["momentum"] = 0.5;
    expect_resumes(source);
  }
}

// Draws, errors that are fed back and public copies go on too.
TEST_P(ResumedAlgorithm, EndsAsTheWholeRunWhereItCompresses) {
  const AlgorithmRow& row = row_named(all_algorithms(), GetParam());
  if (!row.compresses) return;
  const Json plain = changed(with_algorithm(contract_experiment(), row),
                             {{"algorithm.compression", {{"name", "random_k"}, {"k", 1}}},
                              {"initial.kind", "common_normal"},
                              {"optimizer.learning_rate", 0.01},
                              {"stop.time", 20}});
  for (const Json& source : choices(row, plain)) expect_resumes(source);
}

// Sums that have left one worker and not come to another.
TEST(ResumedPushSum, EndsAsTheWholeRunWithMessagesUnderWay) {
  expect_resumes(changed(
      contract_experiment(),
      {{"algorithm", {{"name", "push_sum"}, {"timing", "rounds"}, {"overlap", 3}}}, {"stop.time", 30}}));
}

// Messages that will land once or twice, and what was lost and may be made good.
TEST(ResumedPushSum, EndsAsTheWholeRunWhereMessagesAreLost) {
  for (const bool running_sums : {false, true})
    for (const Json& links : {Json(nullptr), Json{{"latency", 0.3}, {"shared_card", false}}})
      expect_resumes(changed(contract_experiment(),
                             {{"algorithm", {{"name", "push_sum"}, {"running_sums", running_sums}}},
                              {"timing",
                               {{"model", "availability"},
                                {"pairing", "edge_clocks"},
                                {"transfer", links},
                                {"messages", {{"lost", 0.3}, {"repeated", 0.3}}}}},
                              {"optimizer.learning_rate", 0.02},
                              {"record.metrics", {"consensus_distance", "lost_mass"}},
                              {"stop.time", 20}}));
}

// Workers that leave, gradients that are read early and anew, models that are copied while messages are under way.
TEST(ResumedChurn, EndsAsTheWholeRun) {
  const Json early = {{"read", "at_start"}};
  const auto churn = [](const char* state) {
    return Json{{"mean_present", 5}, {"mean_away", 1}, {"on_return", state}};
  };
  for (const Json& timing : {Json{{"model", "poisson"}, {"gradient", early}, {"churn", churn("lost")}},
                             Json{{"model", "poisson_per_gradient"}, {"churn", churn("copied")}},
                             Json{{"model", "availability"},
                                  {"gradient", early},
                                  {"transfer", {{"latency", 0.3}}},
                                  {"churn", churn("copied")}},
                             Json{{"model", "availability"},
                                  {"pairing", "edge_clocks"},
                                  {"transfer", {{"latency", 0.3}}},
                                  {"churn", churn("kept")}}})
    expect_resumes(changed(contract_experiment(), {{"algorithm.name", "a2cid2"},
                                                   {"timing", timing},
                                                   {"optimizer.learning_rate", 0.02},
                                                   {"stop.time", 30}}));
}

// The constants of a graph that changes, and those that are estimated on the way.
TEST(ResumedA2cid2, EndsAsTheWholeRunWhereItsConstantsChange) {
  const Json graphs = Json::parse(R"({
      "graphs": [{"family": "cycle", "workers": 16, "duration": 2}, {"family": "complete", "workers": 16}]})");
  for (const char* chi : {"oracle", "re_estimated"})
    expect_resumes(changed(contract_experiment(), {{"topology", graphs},
                                                   {"algorithm.chi", chi},
                                                   {"algorithm.chi_window", 3},
                                                   {"optimizer.learning_rate", 0.05},
                                                   {"stop.time", 20}}));
}

class ResumedRow : public ::testing::TestWithParam<std::pair<Category, std::string>> {};
INSTANTIATE_TEST_SUITE_P(Registry, ResumedRow, ::testing::ValuesIn(other_rows()),
                         [](const auto& test) { return test.param.first.name + "_" + test.param.second; });

TEST_P(ResumedRow, EndsAsTheWholeRun) {
  const Scratch scratch;
  write_example_files(scratch);
  expect_resumes(with_row(GetParam().first, GetParam().second), scratch / "x.json");
}

class ResumedFamily : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Registry, ResumedFamily, ::testing::ValuesIn(names(Kind::family)),
                         [](const auto& test) { return test.param; });

// In pairs and in rounds, where the graph allows it: what changes over time goes on from where it was.
TEST_P(ResumedFamily, EndsAsTheWholeRun) {
  const Scratch scratch;
  write_example_files(scratch);
  const FamilyRow& family = row_named(families(), GetParam());
  int ways = 0;
  for (const char* algorithm : {"a2cid2", "d_psgd", "push_pull"}) {
    if (!goes_with(family, row_named(all_algorithms(), algorithm))) continue;
    ++ways;
    expect_resumes(changed(contract_experiment(), {{"topology", choice(Kind::family, family, "family")},
                                                   {"algorithm.name", algorithm},
                                                   {"optimizer.learning_rate", 0.05}}),
                   scratch / "x.json");
  }
  EXPECT_GT(ways, 0);
}

}  // namespace
}  // namespace acidsim::testing
