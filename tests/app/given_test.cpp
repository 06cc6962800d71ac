// What an experiment gives number by number: where the workers start, matrices and centres of quadratics.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/npy.hpp"
#include "tests/app/ranks.hpp"
#include "tests/topologies/expect_error.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Three workers that only start: the records at time 0 say where.
Json start_of(const Json& initial) {
  return changed(small_experiment(), {{"topology.workers", 3},
                                      {"objective", {{"name", "quadratic"}, {"dimension", 2}}},
                                      {"initial", initial},
                                      {"stop.time", 0},
                                      {"record.states", "final"},
                                      {"record.metrics", {"consensus_distance", "loss"}}});
}

// The bytes of all vectors of a run that has just started.
std::string started(const Json& source, const fs::path& file = "test.json") {
  std::string bytes;
  RunControl control;
  control.on_states = [&](std::span<const std::byte> vector) {
    bytes.append(reinterpret_cast<const char*>(vector.data()), vector.size());
  };
  Trial(source, file).run(0, control);
  return bytes;
}

TEST(InitialPoint, IsWhereEveryWorkerStarts) {
  const Json source = start_of({{"kind", "point"}, {"x", {1.5, -2}}});
  EXPECT_EQ(started(source), bytes_of<double>({1.5, -2, 1.5, -2, 1.5, -2, 1.5, -2, 1.5, -2, 1.5, -2}));
  EXPECT_EQ(started(changed(source, {{"precision", "single"}, {"algorithm.name", "async_gossip"}})),
            bytes_of<float>({1.5f, -2, 1.5f, -2, 1.5f, -2}));
  // Only the model starts there; what tracks gradients starts at 0.
  EXPECT_EQ(started(changed(source, {{"algorithm.name", "gossip_tracking"}, {"optimizer.learning_rate", 0}}))
                .substr(0, 4 * sizeof(double)),
            bytes_of<double>({1.5, -2, 0, -0.0}));  // the rate 0 times the first gradient, which is x_0
  const RepeatResult result = run_once(source);
  EXPECT_THAT(result.records.at(0).metrics, ElementsAre(0, 0.5 * (1.5 * 1.5 + 4)));
}

TEST(InitialFile, IsWhereTheWorkersStart) {
  const Scratch scratch;
  const Json source = start_of({{"kind", "file"}, {"file", "x.npy"}});
  scratch.write("x.npy", npy_text("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
                                  bytes_of<double>({3, 4})));
  EXPECT_EQ(started(source, scratch / "run.json"), bytes_of<double>({3, 4, 3, 4, 3, 4, 3, 4, 3, 4, 3, 4}));
  scratch.write("x.npy", npy_text("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }",
                                  bytes_of<float>({1, 2, 3, 4, 5, 6})));
  EXPECT_EQ(started(source, scratch / "run.json"), bytes_of<double>({1, 2, 1, 2, 3, 4, 3, 4, 5, 6, 5, 6}));
  const auto refusal = [&](const std::string& shape, const std::vector<double>& values) {
    scratch.write("x.npy", npy_text("{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }",
                                    bytes_of<double>(values)));
    return input_error_of([&] { started(source, scratch / "run.json"); });
  };
  EXPECT_THAT(refusal("(3,)", {1, 2, 3}),
              HasSubstr("run.json: /initial/file: has 3 numbers for dimension 2"));
  EXPECT_THAT(refusal("(2, 2)", {1, 2, 3, 4}), HasSubstr("/initial/file: has 2 points for 3 workers"));
  EXPECT_THAT(refusal("(1, 3, 2)", {1, 2, 3, 4, 5, 6}),
              AllOf(HasSubstr("x.npy: does not hold points (shape (1, 3, 2))"), HasSubstr("/initial/file")));
  EXPECT_THAT(refusal("()", {1}), HasSubstr("does not hold points"));
  scratch.write("x.npy", "1, 2, 3");
  EXPECT_THAT(input_error_of([&] { started(source, scratch / "run.json"); }),
              HasSubstr("x.npy: is not a .npy file"));
}

TEST(InitialFile, StartsAlikeOnAllBackends) {
  const Scratch scratch;
  std::vector<double> points;
  for (int k = 0; k < 8 * 3; ++k) points.push_back(k * k % 7 - 0.5);
  scratch.write("x.npy", npy_text("{'descr': '<f8', 'fortran_order': False, 'shape': (8, 3), }",
                                  bytes_of<double>(points)));
  scratch.write("run.json",
                changed(small_experiment(), {{"initial", {{"kind", "file"}, {"file", "x.npy"}}}}).dump());
  succeed(scratch, {"run", "run.json", "--out", "serial", "--quiet"});
  succeed(scratch,
          {"run", "run.json", "--out", "openmp", "--quiet", "--backend", "openmp", "--threads", "2"});
  const auto digest = [&](const char* out) {
    return read_results(scratch / out / "run.json")["state_digest"].get<std::string>();
  };
  EXPECT_EQ(digest("serial"), digest("openmp"));
  ACIDSIM_NEEDS_MPIRUN();
  succeed_on_ranks(scratch, 3, {"run", "run.json", "--out", "mpi", "--quiet", "--backend", "mpi"});
  EXPECT_EQ(digest("serial"), digest("mpi"));
}

// Values by hand: tests/objectives/explicit_quadratic_test.cpp.
Json given_quadratic() {
  return changed(
      small_experiment(),
      {{"topology", {{"family", "path"}, {"workers", 2}}},
       {"objective", Json::parse(R"({"name": "quadratic", "matrices": [[[2, 1], [1, 3]], [[1, 0], [0, 4]]],
                                                "centers": [[1, 0], [0, 2]]})")},
       {"record.metrics", {"loss", "suboptimality", "distance_to_optimum", "gradient_norm"}}});
}

TEST(GivenQuadratic, HasTheMetricsByHand) {
  for (const char* precision : {"double", "single"}) {
    const RepeatResult result = run_once(changed(given_quadratic(), {{"precision", precision}}));
    EXPECT_EQ(result.dimension, 2);
    const std::vector<double> expected = {4.5, 4.5 - 1.5625, 0.25 * 0.25 + 1.25 * 1.25, 1 + 4.5 * 4.5};
    for (std::size_t k = 0; k < expected.size(); ++k)
      EXPECT_NEAR(result.records.at(0).metrics.at(k), expected[k], 1e-6 * expected[k]) << k;
    const RepeatResult long_run = run_once(
        changed(given_quadratic(), {{"precision", precision}, {"stop.time", 2000}, {"record.every", 500}}));
    EXPECT_LT(long_run.records.back().metrics.at(1), 0.1);  // the bias of a constant learning rate
  }
}

TEST(GivenQuadratic, CentresAndMatricesWorkAlone) {
  const Json centres =
      changed(small_experiment(),
              {{"topology", {{"family", "path"}, {"workers", 2}}},
               {"objective", Json::parse(R"({"name": "quadratic", "centers": [[1, 0], [3, 0]]})")},
               {"record.metrics", {"loss", "suboptimality"}}});
  // f_i = ½ ‖x − b_i‖²: f(0) = (½ + 9/2)/2, f* = ½ at (2, 0).
  EXPECT_THAT(run_once(centres).records.at(0).metrics, ElementsAre(2.5, 2));
  Json matrices = given_quadratic();
  matrices["objective"].erase("centers");
  EXPECT_THAT(run_once(matrices).records.at(0).metrics, ElementsAre(0, 0, 0, 0));  // all b_i are 0
  matrices["objective"]["heterogeneity"] = 2;
  matrices["objective"]["seed"] = 5;
  const double drawn = run_once(matrices).records.at(0).metrics.at(0);
  EXPECT_GT(drawn, 0);
  EXPECT_EQ(run_once(changed(matrices, {{"seed", 9}})).records.at(0).metrics.at(0), drawn);
  EXPECT_NE(run_once(changed(matrices, {{"objective.seed", 6}})).records.at(0).metrics.at(0), drawn);
}

TEST(GivenQuadratic, RunsAlikeOnAllBackends) {
  const Scratch scratch;
  Json source = changed(small_experiment(), {{"objective.noise", 0.5}, {"repeats", 2}});
  source["objective"].erase("dimension");
  source["objective"].erase("curvature_max");
  for (int i = 0; i < 8; ++i) {
    Json matrix = Json::array();
    for (int k = 0; k < 5; ++k) {
      Json row = Json::array();
      for (int l = 0; l < 5; ++l) row.push_back((k == l ? 2 + 0.1 * i : 0) + 0.3 / (1 + k + l + i));
      matrix.push_back(row);
    }
    source["objective"]["matrices"].push_back(matrix);
  }
  scratch.write("run.json", source.dump());
  const auto digest = [&](const char* out) {
    return read_results(scratch / out / "run.json")["state_digest"].get<std::string>();
  };
  for (const std::string precision : {"double", "single"}) {
    const auto run = [&](std::vector<std::string> words) {
      words.insert(words.end(), {"--quiet", "--set", "precision=" + precision});
      return words;
    };
    for (const char* out : {"serial", "openmp", "mpi"}) fs::remove_all(scratch / out);
    succeed(scratch, run({"run", "run.json", "--out", "serial"}));
    succeed(scratch, run({"run", "run.json", "--out", "openmp", "--backend", "openmp", "--threads", "2"}));
    EXPECT_EQ(digest("serial"), digest("openmp"));
    if (mpirun().empty()) continue;
    succeed_on_ranks(scratch, 3, run({"run", "run.json", "--out", "mpi", "--backend", "mpi"}));
    EXPECT_EQ(digest("serial"), digest("mpi"));
  }
}

}  // namespace
}  // namespace acidsim::testing
