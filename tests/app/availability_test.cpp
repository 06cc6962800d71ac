// timing.model "availability": what a run with it tells, and what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Json available(const Json& changes = Json::object()) {
  return changed(
      changed(small_experiment(), {{"timing", {{"model", "availability"}, {"averagings", "deterministic"}}},
                                   {"stop.time", 2000},
                                   {"record.every", 100},
                                   {"record.metrics", {"consensus_distance", "idle_share"}}}),
      changes);
}

// The exact waiting share of FIFO pairing on a ring of 8 with exponential gradients is 0.233352.
TEST(Availability, TellsTheIdleShare) {
  const RepeatResult result = run_once(available());
  ASSERT_TRUE(result.time_shares);
  const double waiting = (*result.time_shares)[static_cast<std::size_t>(Occupation::waiting_for_partner)];
  EXPECT_NEAR(waiting, 0.233352, 0.008);  // about four standard errors of one run of this length
  EXPECT_NEAR(result.records.back().metrics[1], waiting, 1e-12);
  EXPECT_EQ(result.records.front().metrics[1], 0);
  EXPECT_EQ(result.worker_times.size(), 8u);
  for (const Usage::Times& own : result.worker_times)
    EXPECT_NEAR(std::accumulate(own.begin(), own.end(), 0.0), 2000, 1e-6);
  EXPECT_FALSE(run_once(small_experiment()).time_shares) << "Poisson clocks wait for nothing";
}

// A round of 8 workers takes H_8 and a transfer of 0.5: idle are 1 − 1/(H_8 + 0.5).
TEST(Availability, RoundsWaitForTheSlowestAndForMessages) {
  const RepeatResult result =
      run_once(available({{"algorithm.name", "d_psgd"}, {"timing.transfer", {{"latency", 0.5}}}}));
  const double round = 2.717857142857143 + 0.5;
  const double rounds = static_cast<double>(result.outcome.counts.rounds);
  // The variance of the slowest is Σ 1/k² = 1.527; four standard deviations.
  EXPECT_NEAR(rounds, 2000 / round, 4 * std::sqrt(1.527 * 2000 / round) / round);
  EXPECT_NEAR((*result.time_shares)[static_cast<std::size_t>(Occupation::transferring)], 0.5 * rounds / 2000,
              1e-3);
}

// Exchanges conserve the mean, though messages are under way between a send and its receive: without noise, data or
// gradients that differ the mean of x stays where it was.
TEST(Availability, MessagesUnderWayKeepTheMean) {
  for (const char* pairing : {"fifo", "call", "fixed", "edge_clocks"})
    for (const char* algorithm : {"async_gossip", "a2cid2"}) {
      SCOPED_TRACE(std::string(pairing) + " " + algorithm);
      const Json gossip = changed(
          available({{"timing.pairing", pairing},
                     {"timing.transfer", {{"latency", 0.3}, {"jitter", {{"distribution", "exponential"}}}}},
                     {"algorithm.name", algorithm},
                     {"initial.kind", "normal"},
                     {"stop.time", 60},
                     {"record.metrics", {"consensus_distance", "distance_to_optimum"}}}),
          {{"objective",
            {{"name", "quadratic"}, {"dimension", 3}, {"curvature_min", 0.001}, {"curvature_max", 0.001}}},
           {"optimizer.learning_rate", 1e-9}});
      const RepeatResult result = run_once(gossip);
      EXPECT_LT(result.records.back().metrics[0], 0.05 * result.records.front().metrics[0]);
      EXPECT_NEAR(result.records.back().metrics[1] / result.records.front().metrics[1], 1, 1e-6);
    }
}

// The states are those of the same schedule, whatever is asked of it: a step of a gradient read at its start differs.
TEST(Availability, GradientsReadAtTheStartAreStale) {
  const RepeatResult fresh = run_once(available()),
                     stale = run_once(available({{"timing.gradient.read", "at_start"}}));
  EXPECT_NE(fresh.state_digest, stale.state_digest);
  EXPECT_EQ(fresh.outcome.counts.gradients, stale.outcome.counts.gradients);
  EXPECT_EQ(fresh.outcome.staleness.mean, 0);
  // Each of the seven others lands one in the time of a gradient and its waiting share of 0.2334.
  EXPECT_NEAR(stale.outcome.staleness.mean, 7 * (1 - 0.233352), 0.2);
}

// Pure gossip in rounds: a unit of time, then the transfer, one round after another.
TEST(Availability, RoundsWithoutGradientsWaitForTheirMessages) {
  const Json gossip = available({{"objective", {{"name", "none"}, {"dimension", 3}}},
                                 {"algorithm.name", "d_psgd"},
                                 {"timing.transfer", {{"latency", 5}}},
                                 {"initial.kind", "normal"},
                                 {"stop.time", 60},
                                 {"record.metrics", {"consensus_distance", "rounds"}}});
  const RepeatResult result = run_once(gossip);
  EXPECT_EQ(result.outcome.counts.rounds, 10u);  // one mixing in a round
  EXPECT_EQ(result.records.back().time, 60);
}

// How often anybody asks does not change what is told, to the last bit.
TEST(Availability, TimesDoNotDependOnRecords) {
  for (const char* algorithm : {"a2cid2", "d_psgd", "server_async_sgd"}) {
    SCOPED_TRACE(algorithm);
    const Json source = available({{"algorithm.name", algorithm},
                                   {"timing.transfer", {{"latency", 0.07}}},
                                   {"optimizer.learning_rate", 0.005},
                                   {"stop.time", 300}});
    const RepeatResult often = run_once(changed(source, {{"record.every", 0.7}}));
    const RepeatResult seldom = run_once(changed(source, {{"record.every", 300}}));
    EXPECT_EQ(often.time_shares, seldom.time_shares);
    EXPECT_EQ(often.worker_times, seldom.worker_times);
    EXPECT_EQ(often.records.back().metrics[1], seldom.records.back().metrics[1]);
    EXPECT_GT(often.records.back().metrics[1], 0.01);
  }
}

// Few communications: they are expected, and what lies between two of them is not held in memory at once.
TEST(Availability, TakesRareCommunications) {
  const Json rare = available({{"timing.communication_rate", 0.001}, {"stop.communications", 100}});
  EXPECT_GT(Trial(rare).plan.expected.communications, 0);
  const Json clocks =
      available({{"timing.pairing", "edge_clocks"}, {"timing.communication_rate", 1e-6}, {"stop.time", 10}});
  EXPECT_EQ(run_once(clocks).outcome.counts.communications, 0u);
}

// The link carries the gradient there and the model back at once: the larger of the two counts, and a model is never
// compressed.
TEST(Availability, AServersLinkCarriesWholeModelsBack) {
  const auto rate = [](const Json& compression, const char* duplex) {
    Json source = available({{"algorithm.name", "server_async_sgd"},
                             {"objective.dimension", 100},
                             {"optimizer.learning_rate", 0.001},
                             {"timing.gradient_duration", {{"distribution", "constant"}}},
                             {"timing.transfer", {{"bandwidth", 800}, {"duplex", duplex}}},  // 1 for a vector
                             {"stop.time", 1000}});
    if (!compression.is_null()) source["algorithm"]["compression"] = compression;
    return static_cast<double>(run_once(source).outcome.counts.gradients) / 1000;
  };
  const Json top_k = {{"name", "top_k"}, {"k", 1}};
  EXPECT_NEAR(rate(nullptr, "full"), 1, 0.01);
  EXPECT_NEAR(rate(top_k, "full"), 1, 0.01);
  EXPECT_NEAR(rate(nullptr, "half"), 0.5, 0.01);
  EXPECT_GT(rate(top_k, "half"), 0.9);
}

// A directed ring: each worker hears one message and tells one, both at once; on the ring of D-PSGD two and two.
TEST(Availability, DirectedRoundsPayForTheirOwnDirection) {
  const auto rounds = [](const char* family, const char* algorithm, const char* duplex) {
    return run_once(available({{"topology.family", family},
                               {"algorithm", {{"name", algorithm}, {"timing", "rounds"}}},
                               {"objective.dimension", 99},
                               {"optimizer.learning_rate", 0.001},
                               {"record.bytes_per_number", 1},
                               {"timing.gradient_duration", {{"distribution", "constant"}}},
                               {"timing.transfer", {{"bandwidth", 100}, {"duplex", duplex}}},
                               {"stop.time", 600}}))
        .outcome.counts.rounds;
  };
  EXPECT_EQ(rounds("directed_ring", "push_sum", "full"), 300u);  // 1 + 1: 99 numbers and a weight
  EXPECT_EQ(rounds("directed_ring", "push_sum", "half"), 200u);  // 1 + 2
  EXPECT_EQ(rounds("cycle", "push_sum", "full"), 200u);          // 1 + 2
  EXPECT_EQ(rounds("cycle", "push_sum", "half"), 120u);          // 1 + 4
}

// What a gradient takes as it was measured, 0.1, is what schedules of learning rates look ahead by.
TEST(Availability, HorizonsKnowHowLongGradientsTake) {
  const Scratch scratch;
  scratch.write("d.csv", "0.1\n");
  const Json source = changed(
      available({{"timing.gradient_duration",
                  {{"distribution", "trace"}, {"file", (scratch / "d.csv").string()}, {"as_measured", true}}},
                 {"timing.pairing", "edge_clocks"},
                 {"optimizer.schedule", "cosine"},
                 {"record.metrics", {"consensus_distance"}}}),
      {{"stop", {{"gradients", 800}}}});
  // 800 gradients of 8 workers take 10: the bound on time only tells the horizon.
  const Json in_time = changed(source, {{"stop.time", 10.000001}});
  EXPECT_EQ(run_once(source).state_digest, run_once(in_time).state_digest);
}

TEST(Availability, SaysWhereLinksAreOverloaded) {
  const Json clocks = available({{"timing.pairing", "edge_clocks"}, {"timing.transfer", {{"latency", 0.4}}}});
  EXPECT_TRUE(Trial(clocks).plan.notices.empty());
  const Trial loaded(changed(clocks, {{"timing.transfer.latency", 1.5}}));
  ASSERT_EQ(loaded.plan.notices.size(), 1u);
  EXPECT_THAT(loaded.plan.notices[0],
              HasSubstr("communications come 1.5 times as fast as a worker's network card"));
}

TEST(Availability, WritesWorkerTimesAndATimeline) {
  const Scratch scratch;
  scratch.write("x.json", available({{"record.timeline", 10}, {"stop.time", 50}, {"repeats", 2}}).dump());
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  const Json run = read_results(scratch / "out/run.json");
  const Json& shares = run["repeats"][1]["time_shares"];
  EXPECT_NEAR(run["repeats"][1]["idle_share"].get<double>(), 1 - shares["computing"].get<double>(), 1e-12);
  const std::string times = read_text(scratch / "out/worker_times.csv");
  EXPECT_EQ(std::count(times.begin(), times.end(), '\n'), 1 + 2 * 8);
  EXPECT_THAT(
      times, HasSubstr("repeat,worker,computing,waiting_for_partner,waiting_at_barrier,transferring,away\n"));
  const std::string table = read_text(scratch / "out/timeline.csv");
  EXPECT_THAT(table, AllOf(HasSubstr("begin,end,worker,what,partner\n"), HasSubstr(",waiting_for_partner,"),
                           HasSubstr(",communication,")));
  const Json trace = read_results(scratch / "out/timeline.json");
  double computing = 0;
  for (const Json& bar : trace["traceEvents"])
    if (bar["name"] == "computing") computing += bar["dur"].get<double>() / 1e6;
  EXPECT_GT(computing, 0.5 * 8 * 10);
  EXPECT_LE(computing, 8 * 10);
}

// Pure gossip whose workers come back with their state keeps the mean; one that begins anew moves it.
TEST(Availability, WorkersThatLeaveTakeTheirStateWithThem) {
  for (const char* model : {"poisson", "availability"}) {
    const auto gossip = [&](const char* state) {
      const Json churn = {{"mean_present", 20}, {"mean_away", 5}, {"on_return", state}};
      return run_once(
          changed(small_experiment(), {{"timing", {{"model", model}, {"churn", churn}}},
                                       {"objective", {{"name", "none"}, {"dimension", 6}}},
                                       {"algorithm.name", "async_gossip"},
                                       {"initial", {{"kind", "normal"}}},
                                       {"stop.time", 200},
                                       {"record.metrics", {"consensus_distance", "mean_drift"}}}));
    };
    const std::vector<double> kept = gossip("kept").records.back().metrics,
                              copied = gossip("copied").records.back().metrics,
                              lost = gossip("lost").records.back().metrics;
    EXPECT_LT(kept[0], 1e-4) << model;
    EXPECT_LT(kept[1], 1e-24) << model << ": exchanges keep the mean, but for rounding";
    EXPECT_LT(copied[0], 1e-4) << model;
    EXPECT_GT(copied[1], 1e-3) << model;
    EXPECT_GT(lost[0], 1e-2) << model << ": about a worker in 25 units of time brings its old point back";
    EXPECT_GT(lost[1], 1e-3) << model;
  }
}

// Edges that fail carry fewer exchanges, and workers wait longer for each other: with fifo half of the edges being down idles more.
TEST(Availability, PairsWaitForEdgesThatFail) {
  const auto idle = [](const Json& topology) {
    return run_once(available({{"topology.failures", topology}})).records.back().metrics[1];
  };
  EXPECT_GT(idle({{"mean_up", 3}, {"mean_down", 3}}), idle(nullptr) + 0.1);
}

TEST(Availability, RunsStartAndEndAveraged) {
  const Json source = changed(small_experiment(), {{"initial", {{"kind", "normal"}, {"average", true}}},
                                                   {"stop", {{"time", 20}, {"average", true}}},
                                                   {"record.metrics", {"consensus_distance"}}});
  const RepeatResult result = run_once(source);
  EXPECT_EQ(result.records.front().metrics[0], 0);
  EXPECT_GT(result.records.back().metrics[0], 0);
  EXPECT_NE(result.state_digest, run_once(changed(source, {{"stop.average", false}})).state_digest);
  // All vectors of all workers are the mean of the models that the same run leaves without the average.
  const auto states = [&](bool average) {
    const Scratch scratch;
    scratch.write("x.json", changed(source, {{"record.states", "final"}, {"stop.average", average}}).dump());
    succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
    const std::string file = read_text(scratch / "out/states.npy");
    const std::size_t numbers = 8 * 2 * static_cast<std::size_t>(result.dimension);
    std::vector<double> values(numbers);
    std::memcpy(values.data(), file.data() + (file.size() - numbers * sizeof(double)),
                numbers * sizeof(double));
    return values;
  };
  const std::vector<double> averaged = states(true), own = states(false);
  const auto d = static_cast<std::size_t>(result.dimension);
  for (std::size_t k = 0; k < d; ++k) {
    double mean = 0;
    for (std::size_t worker = 0; worker < 8; ++worker) mean += own[2 * d * worker + k] / 8;
    for (std::size_t row = 0; row < 16; ++row) EXPECT_NEAR(averaged[d * row + k], mean, 1e-12);
  }
}

struct Refused {
  const char* name;
  Json changes;
  std::vector<std::string> fragments;
};
void PrintTo(const Refused& refused, std::ostream* out) { *out << refused.name; }

class RefusedAvailability : public ::testing::TestWithParam<Refused> {};
INSTANTIATE_TEST_SUITE_P(
    Cases, RefusedAvailability,
    ::testing::ValuesIn(std::vector<Refused>{
        {"negative_latency",
         {{"timing.transfer", {{"latency", -1}}}},
         {"/timing/transfer/latency: too small (-1)"}},
        {"no_bandwidth",
         {{"timing.transfer", {{"bandwidth", 0}}}},
         {"/timing/transfer/bandwidth: too small (0)"}},
        {"unknown_pairing",
         {{"timing.pairing", "lifo"}},
         {"/timing/pairing: unknown name (\"lifo\")", "fifo"}},
        {"unknown_law",
         {{"timing.gradient_duration", {{"distribution", "gama"}}}},
         {"/timing/gradient_duration/distribution: unknown name (\"gama\")", "gamma"}},
        {"no_mean",
         {{"timing.gradient_duration", {{"distribution", "pareto"}, {"shape", 1}}}},
         {"/timing/gradient_duration/shape: too small (1)", "must be above 1"}},
        {"missing_file",
         {{"timing.gradient_duration", {{"distribution", "empirical"}, {"file", "none.csv"}}}},
         {"none.csv", "cannot be"}},
        {"worker_that_never_computes",
         {{"timing.gradient_rate", {1, 1, 1, 1, 1, 1, 1, 0}}},
         {"/timing/gradient_rate", "worker 7: 0"}},
        {"averagings_out_of_range",
         {{"timing.communication_rate", 1e9}},
         {"/timing/communication_rate", "1e+09"}},
        {"pairs_on_a_graph_that_changes",
         {{"topology.failures", {{"mean_up", 3}, {"mean_down", 1}}}, {"timing.pairing", "call"}},
         {"/timing/pairing", "does not change", "edge_clocks"}},
        {"rounds_read_at_start",
         {{"algorithm.name", "d_psgd"}, {"timing.gradient.read", "at_start"}},
         {"/timing/gradient/read", "in rounds nothing happens"}},
        {"fields_of_another_model", {{"timing.model", "poisson"}}, {"/timing/averagings: unknown key"}},
        {"jitter_from_a_file",
         {{"timing.transfer", {{"jitter", {{"distribution", "trace"}, {"file", "x.csv"}}}}}},
         {"/timing/transfer/jitter/distribution", "another law"}},
        {"regions_that_are_none",
         {{"timing.transfer", {{"regions", {{"file", "test.json"}}}}}},
         {"test.json", "regions"}},
        {"regions_without_bandwidth",
         {{"timing.transfer", {{"regions", {{"file", "slow.network"}}}}}, {"algorithm.name", "d_psgd"}},
         {"slow.network: /bandwidth_gbit_s", "positive numbers"}},
        {"rounds_that_begin_anew",
         {{"timing.churn", {{"mean_present", 5}, {"on_return", "lost"}}}, {"algorithm.name", "d_psgd"}},
         {"/timing/churn/on_return", "kept"}},
        {"trackers_that_begin_anew",
         {{"timing.churn", {{"mean_present", 5}, {"on_return", "copied"}}},
          {"timing.pairing", "edge_clocks"},
          {"algorithm.name", "gossip_tracking"}},
         {"/timing/churn/on_return", "more than its model"}},
        {"rounds_without_a_worker",
         {{"timing.churn", {{"leave_at", {1, 2, 3, 4, 5, 6, 7, 8}}}}, {"algorithm.name", "d_psgd"}},
         {"/timing/churn/leave_at", "for ever"}},
        {"turns_that_never_come",
         {{"timing.churn", {{"leave_at", {1, 2, 3, 4, 5, 6, 7, 8}}}}, {"timing.pairing", "fixed"}},
         {"/timing/churn/leave_at", "for ever"}},
        {"times_of_other_workers",
         {{"timing.churn", {{"join_at", {1, 2}}}}},
         {"/timing/churn/join_at", "there are 8 workers"}},
        {"rounds_per_gradient",
         {{"timing", {{"model", "poisson_per_gradient"}}}, {"algorithm.name", "d_psgd"}},
         {"/timing/model", "pairs"}},
        {"an_average_of_trackers",
         {{"stop.average", true}, {"timing.pairing", "edge_clocks"}, {"algorithm.name", "gossip_tracking"}},
         {"/stop/average", "more than models"}},
        {"regions_of_a_server",
         {{"timing.transfer", {{"regions", {{"file", "slow.network"}}}}},
          {"algorithm.name", "server_async_sgd"}},
         {"/timing/transfer/regions", "server"}},
    }),
    [](const auto& test) { return std::string(test.param.name); });

TEST_P(RefusedAvailability, WithOneMessage) {
  const Scratch scratch;
  scratch.write("test.json", "{}");
  scratch.write("slow.network", R"({"regions": ["a"], "delay_ms": [[1]], "bandwidth_gbit_s": [[0]]})");
  scratch.write("x.json", available(GetParam().changes).dump());
  const Finished finished = run_program(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  EXPECT_EQ(finished.code, 2);
  EXPECT_EQ(std::count(finished.err.begin(), finished.err.end(), '\n'), 1) << finished.err;
  for (const std::string& fragment : GetParam().fragments) EXPECT_THAT(finished.err, HasSubstr(fragment));
  EXPECT_FALSE(std::filesystem::exists(scratch / "out"));
}

}  // namespace
}  // namespace acidsim::testing
