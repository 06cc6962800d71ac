// Mixing matrices that are given as files.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/npy.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

// Rounds of `method` on the ring of four, with the matrix of a file.
Json with_matrix(const std::string& method, const std::string& file) {
  return {{"topology", {{"family", "cycle"}, {"workers", 4}}},
          {"algorithm", {{"name", method}, {"mixing", {{"file", file}}}}},
          {"objective", {{"name", "quadratic"}, {"dimension", 3}, {"heterogeneity", 1}}},
          {"stop", {{"time", 20}}},
          {"record", {{"states", "final"}}}};
}

class MixingFile : public ::testing::Test {
 protected:
  Finished run(const Json& source, const std::string& out = "out") {
    folder_.write("e.json", source.dump());
    return run_program(folder_, {"run", "e.json", "--out", out});
  }
  void expect_refused(const std::string& method, const std::string& matrix, const std::string& message) {
    folder_.write("w.csv", matrix);
    const Finished finished = run(with_matrix(method, "w.csv"));
    EXPECT_EQ(finished.code, 2) << finished.out;
    EXPECT_THAT(finished.err, HasSubstr(message));
    EXPECT_FALSE(fs::exists(folder_ / "out/run.json"));
  }
  Scratch folder_;
};

const std::string thirds =
    "# the Metropolis weights of the ring\n"
    "0.3333333333333333,0.3333333333333333,0,0.3333333333333333\n"
    "0.3333333333333333,0.3333333333333333,0.3333333333333333,0\n"
    "0,0.3333333333333333,0.3333333333333333,0.3333333333333333\n"
    "0.3333333333333333,0,0.3333333333333333,0.3333333333333333\n";

TEST_F(MixingFile, GivesTheStatesOfTheRuleWithTheSameWeights) {
  folder_.write("w.csv", thirds);
  const Finished given = run(with_matrix("extra", "w.csv"));
  ASSERT_EQ(given.code, 0) << given.err;
  const auto results = read_results(folder_ / "out/run.json");
  EXPECT_TRUE(results["inputs"].contains("w.csv")) << results.dump(1);
  Json by_rule = with_matrix("extra", "w.csv");
  by_rule["algorithm"]["mixing"] = "metropolis";
  ASSERT_EQ(run(by_rule, "rule").code, 0);
  EXPECT_EQ(read_results(folder_ / "rule/run.json")["state_digest"], results["state_digest"]);
}

// Row-major order matters for a matrix that is not symmetric.
TEST_F(MixingFile, MayBeAsymmetricWhereTheMethodAllows) {
  const std::string turning = "0.5 0.5 0 0\n0 0.5 0.5 0\n0 0 0.5 0.5\n0.5 0 0 0.5\n";
  folder_.write("w.csv", turning);
  EXPECT_EQ(run(with_matrix("d_psgd", "w.csv"), "accepted").code, 0);
  expect_refused("extra", turning, "W[1, 0] = 0, W[0, 1] = 0.5");
}

TEST_F(MixingFile, IsRefusedWithTheEntryThatIsWrong) {
  expect_refused("extra", "1 0\n0 1\n", "2 × 2");
  expect_refused("extra", "1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1\n", "do not average");
  expect_refused("extra", "0.5 0 0.5 0\n0 0.5 0 0.5\n0.5 0 0.5 0\n0 0.5 0 0.5\n", "no edge joins them");
  expect_refused("extra", "0.5 0.5 0 0\n0.5 0.4 0 0\n0 0 1 0\n0 0 0 1\n", "row 1 of the matrix");
  expect_refused("extra", "0 0.5 0 0.5\n0.5 0 0.5 0\n0 0.5 0 0.5\n0.5 0 0.5 0\n", "do not average");
  expect_refused("extra", "1 0 0 0\n0 1 0\n", "w.csv:2");
  expect_refused("extra", "1 0 0 nan\n", "w.csv:1");
}

// The ring of four with thirds has λ_n = −1/3 exactly.
TEST_F(MixingFile, IsRemarkedOnWhereSmallStepsMayBeUnstable) {
  folder_.write("w.csv", thirds);
  EXPECT_THAT(run(with_matrix("d2", "w.csv")).err, HasSubstr("λ_n of the mixing matrix is -0.333333"));
}

}  // namespace
}  // namespace acidsim::testing
