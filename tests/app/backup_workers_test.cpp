// timing.backup_workers: rounds that do not wait for the slowest.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/ranks.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

Json with_backups(int backups, const Json& changes = Json::object()) {
  return changed(changed(small_experiment(), {{"algorithm", {{"name", "all_reduce_sgd"}}},
                                              {"timing.backup_workers", backups},
                                              {"record.metrics", {"suboptimality"}},
                                              {"stop.time", 2000}}),
                 changes);
}

// The fastest 6 of 8 take H_8 − H_2 = 1.2179 with exponential times; the variance is Σ_{k=3}^8 1/k².
TEST(BackupWorkers, EndRoundsEarlier) {
  for (const char* model : {"poisson", "availability"}) {
    const RepeatResult result = run_once(with_backups(2, {{"timing.model", model}}));
    const double round = 1.2178571428571429, variance = 0.27742205215419503;
    const auto rounds = static_cast<double>(result.outcome.counts.rounds);
    EXPECT_NEAR(rounds, 2000 / round, 4 * std::sqrt(variance * 2000 / round) / round) << model;
    EXPECT_GE(static_cast<double>(result.outcome.counts.gradients), 6 * rounds);
    EXPECT_LE(static_cast<double>(result.outcome.counts.gradients), 6 * rounds + 6);
    // All together compute 6 in the time of the first six of eight; four standard errors of the ratio.
    ASSERT_TRUE(result.time_shares);
    EXPECT_NEAR(idle_share(*result.time_shares), 1 - 6 / (8 * round), 0.0087) << model;
  }
}

// f_i(x) = ½ (x − c_i)²; the gradient of the one with c = 8 comes too late. Each round x ← x − ½ (x − 0), from 1.
TEST(BackupWorkers, AreLeftOutOfTheMean) {
  const Json quadratic = Json::parse(
      R"({"name": "quadratic", "dimension": 1, "curvature_min": 1, "curvature_max": 1, "centers": [[0], [8], [0], [0]]})");
  Json source = with_backups(1, {{"topology.workers", 4},
                                 {"objective", quadratic},
                                 {"initial", {{"kind", "point"}, {"x", {1}}}},
                                 {"optimizer.learning_rate", 0.5},
                                 {"timing.model", "availability"},
                                 {"timing.gradient_rate", {1, 0.2, 0.5, 0.25}},
                                 {"timing.gradient_duration", {{"distribution", "constant"}}},
                                 {"stop.time", 12.5},
                                 {"record", {{"every", 0.5}, {"metrics", {"distance_to_optimum"}}}}});
  const RepeatResult result = run_once(source);
  EXPECT_EQ(result.outcome.counts.rounds, 3u);
  for (const auto& record : result.records)
    if (record.time == 4.5 || record.time == 8.5 || record.time == 12.5) {
      const double x = std::pow(0.5, std::floor(record.time / 4));
      EXPECT_NEAR(record.metrics[0], (x - 2) * (x - 2), 1e-12) << record.time;
    }
}

TEST(BackupWorkers, GiveTheSameBitsOnThreadsAndRanks) {
  const Json source = with_backups(3, {{"stop.time", 50}});
  RunControl threads;
  threads.execution = OpenMp{3, Sharing::always};
  EXPECT_EQ(run_once(source).state_digest, run_once(source, threads).state_digest);
  EXPECT_NE(run_once(source).state_digest,
            run_once(changed(source, {{"timing.backup_workers", 2}})).state_digest);
  ACIDSIM_NEEDS_MPIRUN();
  const Scratch scratch;
  scratch.write("x.json", source.dump());
  succeed(scratch, {"run", "x.json", "--out", "serial", "--quiet"});
  succeed_on_ranks(scratch, 3,
                   {"run", "x.json", "--backend", "mpi", "--verify", "--out", "ranks", "--quiet"});
  EXPECT_EQ(read_results(scratch / "ranks/run.json")["repeats"][0]["state_digest"],
            read_results(scratch / "serial/run.json")["repeats"][0]["state_digest"]);
}

TEST(BackupWorkers, AreToldByExplain) {
  const Scratch scratch;
  scratch.write("x.json", with_backups(2).dump());
  EXPECT_THAT(run_program(scratch, {"explain", "x.json"}).out,
              HasSubstr("2 backup worker(s): a round ends with the gradients of the 6 fastest of 8"));
}

TEST(BackupWorkers, AreRefusedWhereTheyMeanNothing) {
  const auto message = [](int backups, const Json& changes) -> std::string {
    try {
      Trial trial(with_backups(backups, changes));
    } catch (const InputError& error) {
      return error.what();
    }
    return "";
  };
  const std::string place = "/timing/backup_workers: ";
  EXPECT_THAT(message(8, {}), HasSubstr(place + "leaves no gradient in a round (8) — below 8"));
  EXPECT_THAT(message(-1, {}), HasSubstr(place + "too small (-1)"));
  EXPECT_THAT(message(2, {{"optimizer.momentum", 0.5}}), HasSubstr(place + "the momenta of workers"));
  for (const char* other : {"d_psgd", "async_gossip", "local_sgd", "server_async_sgd", "noloco"})
    EXPECT_THAT(message(1, {{"algorithm.name", other}}),
                HasSubstr(place + other + " is no method of one gradient per round"));
  EXPECT_EQ(message(1, {{"algorithm", {{"name", "local_sgd"}, {"local_steps", 1}}}}), "");
  EXPECT_THAT(message(1, {{"algorithm.compression", {{"name", "sign"}}}}),
              HasSubstr(place + "the errors of compressed messages"));
  EXPECT_THAT(message(1, {{"objective", {{"name", "none"}}}, {"record.metrics", {"consensus_distance"}}}),
              HasSubstr(place + "there are no gradients to wait for"));
  EXPECT_THAT(message(1, {{"timing.barrier", "local"}}), HasSubstr("/timing/barrier"));
}

}  // namespace
}  // namespace acidsim::testing
