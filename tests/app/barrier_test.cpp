// timing.barrier: whom the workers of a round wait for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Json with_barrier(const Json& barrier, const Json& algorithm = {{"name", "d_psgd"}}) {
  return changed(small_experiment(),
                 {{"algorithm", algorithm}, {"timing.barrier", barrier}, {"stop.time", 200}});
}

TEST(Barrier, OfRoundsIsGlobalUnlessSaid) {
  EXPECT_EQ(run_once(with_barrier(nullptr)).state_digest, run_once(with_barrier("global")).state_digest);
  EXPECT_NE(run_once(with_barrier(nullptr)).state_digest, run_once(with_barrier("local")).state_digest);
  const Json gossip = {{"name", "async_gossip"}};
  EXPECT_EQ(run_once(with_barrier(nullptr, gossip)).state_digest,
            run_once(with_barrier("none", gossip)).state_digest);
}

// A round of 8 workers on a ring takes H_8 = 2.7179 with a global barrier, and about 2.17 with local ones.
TEST(Barrier, LocalOnesLetMoreRoundsPass) {
  const Counts global = run_once(with_barrier("global")).outcome.counts;
  const Counts local = run_once(with_barrier("local")).outcome.counts;
  EXPECT_NEAR(static_cast<double>(global.rounds), 200 / 2.7179, 4 * 1.24 * std::sqrt(200 / 2.7179) / 2.7179);
  EXPECT_NEAR(static_cast<double>(local.rounds), 200 / 2.17, 5);
  EXPECT_NEAR(static_cast<double>(local.gradients), 8.0 * static_cast<double>(local.rounds), 16);
  EXPECT_NEAR(static_cast<double>(local.communications), 8.0 * static_cast<double>(local.rounds), 16);
  EXPECT_NEAR(static_cast<double>(local.vectors_sent), 16.0 * static_cast<double>(local.rounds), 32);
}

TEST(Barrier, LocalOnesGiveTheSameBitsOnThreads) {
  for (const Json& algorithm :
       {Json{{"name", "d_psgd"}}, Json{{"name", "extra"}}, Json{{"name", "adom_plus"}}}) {
    Json source = with_barrier("local", algorithm);
    if (algorithm["name"] == "adom_plus") source["optimizer"]["learning_rate"] = 1;
    RunControl threads;
    threads.execution = OpenMp{3, Sharing::always};
    EXPECT_EQ(run_once(source).state_digest, run_once(source, threads).state_digest) << algorithm;
  }
}

TEST(Barrier, WithoutGradientsAllMixAtOnce) {
  const Json pure = {{"objective", {{"name", "none"}, {"dimension", 2}}},
                     {"initial.kind", "normal"},
                     {"record.metrics", {"consensus_distance"}}};
  EXPECT_EQ(run_once(changed(with_barrier("local"), pure)).state_digest,
            run_once(changed(with_barrier("global"), pure)).state_digest);
}

TEST(Barrier, IsRefusedWhereTheAlgorithmCannotHaveIt) {
  const auto message = [](const Json& source) {
    try {
      Trial trial(source);
    } catch (const InputError& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  EXPECT_THAT(message(with_barrier("none")),
              AllOf(HasSubstr("/timing/barrier"), HasSubstr("d_psgd works in rounds")));
  EXPECT_THAT(message(with_barrier("local", {{"name", "a2cid2"}})),
              AllOf(HasSubstr("/timing/barrier"), HasSubstr("works without rounds")));
  EXPECT_THAT(message(with_barrier("local", {{"name", "all_reduce_sgd"}})),
              AllOf(HasSubstr("/timing/barrier"), HasSubstr("does not mix with neighbours alone")));
  EXPECT_THAT(message(with_barrier("everybody")), HasSubstr("/timing/barrier"));
}

}  // namespace
}  // namespace acidsim::testing
