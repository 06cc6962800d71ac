// Compression of messages as a configuration asks for it: what is printed, refused and noticed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"
#include "tests/topologies/expect_error.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

Json compressed(const std::string& method, const Json& changes = Json::object()) {
  const Json algorithm = {{"name", method}, {"compression", {{"name", "top_k"}, {"k", 1}}}};
  return changed(changed(small_experiment(), {{"algorithm", algorithm}}), changes);
}

std::string refusal(const Json& source) {
  return input_error_of([&] { Trial{source}; });
}

// The problem of the trajectories, tests/data/rivals, with the step that its authors' theory gives.
TEST(Compression, ExplainTellsTheStepOfEf21) {
  const Scratch scratch;
  std::ifstream file(ACIDSIM_TEST_DATA "/rivals/problem.json");
  const Json problem = Json::parse(file);
  const Json objective = {{"name", "quadratic"}, {"matrices", problem["A"]}, {"centers", problem["b"]}};
  scratch.write("x.json", compressed("all_reduce_sgd", {{"objective", objective}}).dump());
  const auto explained = [&](const std::string& setting) {
    return succeed(scratch, {"explain", "x.json", "--set", setting});
  };
  EXPECT_THAT(explained("name=x"),
              AllOf(HasSubstr("γ ≤ 0.0679842 by theory, the compression being a contraction with α = 0.3333"),
                    HasSubstr("a message holds 1 vector(s) of 3 numbers, 5 bytes")));
  EXPECT_THAT(explained("algorithm.error_feedback=ef14"), Not(HasSubstr("by theory")));
  EXPECT_THAT(explained("algorithm.compression=null"), Not(HasSubstr("by theory")));
}

TEST(Compression, OfEf21WantsAConstantLearningRate) {
  const Json decays = {{"optimizer.schedule", "cosine"}};
  EXPECT_THAT(refusal(compressed("all_reduce_sgd", decays)),
              HasSubstr("/optimizer/schedule: the sums that this algorithm tracks hold the learning rate"));
  EXPECT_NO_THROW(
      Trial{changed(compressed("all_reduce_sgd", decays), {{"algorithm.error_feedback", "ef14"}})});
  EXPECT_NO_THROW(Trial{changed(compressed("all_reduce_sgd", decays), {{"algorithm.compression", nullptr}})})
      << "without compression there is no EF21";
}

TEST(Compression, OfMeansWantsACommonStart) {
  for (const char* method : {"all_reduce_sgd", "local_sgd", "diloco"}) {
    EXPECT_THAT(refusal(compressed(method, {{"initial.kind", "normal"}})),
                HasSubstr(std::string("/initial: ") + method +
                          " with compression tells of changes from one point, and the workers start at "
                          "different ones"));
    EXPECT_NO_THROW(Trial{compressed(method, {{"initial.kind", "common_normal"}})});
  }
  EXPECT_NO_THROW(Trial{compressed("choco_sgd", {{"initial.kind", "normal"}})});
}

TEST(Compression, IsNotForRingleader) {
  EXPECT_THAT(refusal(compressed("server_async_sgd", {{"algorithm.rule", "ringleader"}})),
              HasSubstr("/algorithm/compression: ringleader's table holds averages of whole gradients"));
}

// A program that fills in the experiment itself is told which methods have it.
TEST(Compression, IsNotForOtherMethods) {
  Trial trial(compressed("choco_sgd"));
  trial.plan.experiment.algorithm.name = "extra";
  trial.plan.experiment.algorithm.parameters = {};
  EXPECT_THAT(
      input_error_of([&] { make_plan(trial.plan.experiment, trial.resources); }),
      HasSubstr("/algorithm/compression: the messages of extra are not compressed — leave it out, or take "
                "one of choco_pairwise, all_reduce_sgd"));
}

// One level in dimension 3: E ‖Q(v) − v‖² may be √3 ‖v‖².
TEST(Compression, ThatIsNoContractionIsNoticedWhereItIsFedBack) {
  const auto notices = [](const std::string& method, const Json& codec) {
    return Trial(compressed(method, {{"algorithm.compression", codec}})).plan.notices;
  };
  const auto noticed = Contains(HasSubstr("/algorithm/compression: in dimension 3 more may get lost"));
  const Json coarse = {{"name", "qsgd"}, {"levels", 1}};
  for (const char* method : {"all_reduce_sgd", "server_async_sgd", "choco_sgd"}) {
    EXPECT_THAT(notices(method, coarse), noticed) << method;
    EXPECT_THAT(notices(method, changed(coarse, {{"unbiased", false}})), Not(noticed)) << method;
    EXPECT_THAT(notices(method, changed(coarse, {{"levels", 4}})), Not(noticed)) << method;
  }
  EXPECT_THAT(Trial(compressed("all_reduce_sgd",
                               {{"algorithm.compression", coarse}, {"algorithm.error_feedback", "none"}}))
                  .plan.notices,
              Not(noticed));
}

}  // namespace
}  // namespace acidsim::testing
