// What runs send and how stale their gradients are: exact numbers, stop rules on them, metrics of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

constexpr std::uint64_t dimension = 3, edges = 8;  // of small_experiment(): a ring of 8

Json of(const Json& algorithm, const Json& stop) {
  return changed(small_experiment(), {{"algorithm", algorithm}, {"stop", stop}});
}

const std::vector<RunControl>& backends() {
  static const std::vector<RunControl> list = [] {
    std::vector<RunControl> made(2);
    made[1].execution = OpenMp{3, Sharing::always};
    return made;
  }();
  return list;
}

struct Sender {
  Json algorithm;
  std::uint64_t vectors;            // sent in a round, or in a communication
  std::uint64_t less_at_first = 0;  // in the first round
};
void PrintTo(const Sender& sender, std::ostream* out) { *out << sender.algorithm.dump(); }

class InRounds : public ::testing::TestWithParam<Sender> {};
INSTANTIATE_TEST_SUITE_P(
    Counting, InRounds,
    ::testing::Values(Sender{{{"name", "d_psgd"}, {"order", "atc"}}, 2 * edges},
                      Sender{{{"name", "d_psgd"}, {"order", "cta"}}, 2 * edges},
                      Sender{{{"name", "all_reduce_sgd"}}, 2 * 7},
                      Sender{{{"name", "local_sgd"}, {"local_steps", 4}}, 2 * 7},
                      Sender{{{"name", "gradient_tracking"}, {"variant", "diging"}}, 2 * 2 * edges},
                      Sender{{{"name", "gradient_tracking"}, {"variant", "atc"}}, 2 * 2 * edges, 2 * edges},
                      Sender{{{"name", "nids"}}, 2 * edges, 2 * edges},
                      Sender{{{"name", "extra"}}, 2 * edges},
                      Sender{{{"name", "exact_diffusion"}}, 2 * edges}));

TEST_P(InRounds, StopsAfterWholeRoundsAndCountsWhatTheySend) {
  for (const std::uint64_t rounds : {1, 5})
    for (const RunControl& control : backends()) {
      const Outcome outcome = run_once(of(GetParam().algorithm, {{"rounds", rounds}}), control).outcome;
      EXPECT_EQ(outcome.reason, StopReason::rounds);
      EXPECT_EQ(outcome.counts.rounds, rounds);
      const std::uint64_t vectors = rounds * GetParam().vectors - GetParam().less_at_first;
      EXPECT_EQ(outcome.counts.vectors_sent, vectors);
      EXPECT_EQ(outcome.counts.bytes_sent, vectors * dimension * 8);
      const std::uint64_t own = GetParam().algorithm.value("local_steps", 1);
      EXPECT_EQ(outcome.counts.worker_gradients, std::vector<std::uint64_t>(8, own * rounds))
          << "the steps at the end of a round belong to it";
      EXPECT_EQ(outcome.staleness, Staleness::Summary{});
    }
}

TEST(Rounds, WithAPartnerAreOverWhenAllWorkersHaveMixed) {
  const Outcome outcome = run_once(of({{"name", "noloco"}, {"local_steps", 2}}, {{"rounds", 6}})).outcome;
  EXPECT_EQ(outcome.counts.rounds, 6u);
  EXPECT_EQ(outcome.counts.gradients, 6u * 2 * 8);
  EXPECT_GE(outcome.counts.communications, 6u * 3) << "a maximal matching of a ring of 8";
  EXPECT_EQ(outcome.counts.vectors_sent, 2 * 2 * outcome.counts.communications);
}

TEST(Rounds, OfNidsSendNothingAtFirst) {
  const Counts counts = run_once(of({{"name", "nids"}}, {{"rounds", 5}})).outcome.counts;
  EXPECT_EQ(counts.rounds, 5u);
  EXPECT_EQ(counts.vectors_sent, 4 * 2 * edges);
}

TEST(Rounds, WithoutAnObjectiveAreMixingsAlone) {
  const Json pure = changed(of({{"name", "d_psgd"}, {"order", "cta"}}, {{"rounds", 4}}),
                            {{"objective", {{"name", "none"}, {"dimension", 2}}},
                             {"initial.kind", "normal"},
                             {"record.metrics", {"rounds"}}});
  const Outcome outcome = run_once(pure).outcome;
  EXPECT_EQ(outcome.reason, StopReason::rounds);
  EXPECT_EQ(outcome.counts.rounds, 4u);
  EXPECT_EQ(outcome.time, 4);
}

class InPairs : public ::testing::TestWithParam<Sender> {};
INSTANTIATE_TEST_SUITE_P(Counting, InPairs,
                         ::testing::Values(Sender{{{"name", "async_gossip"}}, 2},
                                           Sender{{{"name", "a2cid2"}}, 2}, Sender{{{"name", "ad_psgd"}}, 2},
                                           Sender{{{"name", "gossip_tracking"}}, 4},
                                           Sender{{{"name", "push_sum"}}, 1}));

TEST_P(InPairs, SendsItsVectorsInEachCommunication) {
  const std::uint64_t weight = GetParam().algorithm["name"] == "push_sum" ? 1 : 0;
  for (const char* precision : {"double", "single"}) {
    const Json source =
        changed(of(GetParam().algorithm, {{"communications", 50}}), {{"precision", precision}});
    const Counts counts = run_once(source).outcome.counts;
    EXPECT_EQ(counts.vectors_sent, 50 * GetParam().vectors);
    const std::uint64_t numbers = 50 * (GetParam().vectors * dimension + weight);
    EXPECT_EQ(counts.bytes_sent, numbers * (precision == std::string("double") ? 8 : 4));
    EXPECT_EQ(counts.rounds, 0u);
    EXPECT_EQ(run_once(changed(source, {{"record.bytes_per_number", 2}})).outcome.counts.bytes_sent,
              2 * numbers);
  }
}

TEST_P(InPairs, StopsAtTheMessageThatReachesTheBytes) {
  const std::uint64_t weight = GetParam().algorithm["name"] == "push_sum" ? 1 : 0;
  const std::uint64_t each = 8 * (GetParam().vectors * dimension + weight);
  for (const std::uint64_t bytes : {1, 1000, 4800})
    for (const RunControl& control : backends()) {
      const Outcome outcome = run_once(of(GetParam().algorithm, {{"bytes", bytes}}), control).outcome;
      EXPECT_EQ(outcome.reason, StopReason::bytes);
      EXPECT_EQ(outcome.counts.bytes_sent, (bytes + each - 1) / each * each);
    }
}

TEST(Bytes, EndARunWithTheRoundThatReachesThem) {
  const Outcome outcome = run_once(of({{"name", "d_psgd"}}, {{"bytes", 1000}})).outcome;
  EXPECT_EQ(outcome.reason, StopReason::bytes);
  EXPECT_EQ(outcome.counts.bytes_sent, 3u * 16 * 3 * 8);  // 384 in a round
}

// The end that a rule stands for is what learning rates look ahead to.
TEST(Bytes, AndRoundsGiveSchedulesTheirHorizon) {
  const Json halved = {{"name", "cosine"}};
  for (const auto& [algorithm, by_bytes, by_communications] :
       {std::tuple("a2cid2", Json{{"bytes", 4800}}, Json{{"communications", 100}}),
        std::tuple("d_psgd", Json{{"rounds", 25}}, Json{{"communications", 200}})}) {
    const Json source =
        changed(of({{"name", algorithm}}, by_communications), {{"optimizer.schedule", halved}});
    EXPECT_EQ(run_once(changed(source, {{"stop", by_bytes}})).state_digest, run_once(source).state_digest);
  }
}

TEST(CountersAsMetrics, AreTheCountsAtEachRecord) {
  const Json metrics = {"rounds", "vectors_sent", "bytes_sent", "staleness_mean", "staleness_max"};
  const RepeatResult result =
      run_once(changed(of({{"name", "d_psgd"}}, {{"rounds", 7}}), {{"record.metrics", metrics}}));
  EXPECT_EQ(result.records.front().metrics, std::vector<double>(5, 0.0));
  EXPECT_EQ(result.records.back().metrics, (std::vector<double>{7, 7 * 16, 7 * 16 * 24, 0, 0}));
  for (const RecordRow& row : result.records) {
    EXPECT_EQ(row.metrics[1], row.metrics[0] * 16);
    EXPECT_EQ(static_cast<double>(row.communications), row.metrics[0] * 8);
  }
}

// Each worker's gradients, and how many of the others' landed since its previous one.
std::map<std::uint64_t, std::uint64_t> recounted(const std::vector<Event>& events, Worker workers) {
  std::map<std::uint64_t, std::uint64_t> histogram;
  std::vector<std::uint64_t> others(workers, 0);
  for (const Event& event : events) {
    if (event.verb != Verb::gradient) continue;
    ++histogram[others[event.i]];
    for (std::uint64_t& count : others) ++count;
    others[event.i] = 0;
  }
  return histogram;
}

TEST(StalenessOfRuns, IsTheDelayOfAdPsgd) {
  std::vector<Event> events;
  RunControl control;
  control.on_events = [&](std::span<const Event> piece, std::span<const double>) {
    events.insert(events.end(), piece.begin(), piece.end());
  };
  for (const char* read : {"after_step", "before_step"}) {
    events.clear();
    const Outcome outcome =
        run_once(of({{"name", "ad_psgd"}, {"read", read}}, {{"gradients", 40000}}), control).outcome;
    EXPECT_EQ(outcome.counts.staleness.histogram(40000), recounted(events, 8));
    // Geometric, of mean n − 1 = 7 and variance n(n − 1) = 56: (7/8)^35 < 1 % < (7/8)^34. The share above 34
    // has a standard error of 0.05 % of the gradients, 0.4 of staleness.
    EXPECT_NEAR(outcome.staleness.mean, 7, 0.1);
    EXPECT_NEAR(static_cast<double>(outcome.staleness.percentile_99), 34, 2);
    EXPECT_GT(outcome.staleness.maximum, 60u);
  }
}

TEST(StalenessOfRuns, IsZeroWhereGradientsLandAtOnce) {
  const Outcome outcome = run_once(small_experiment()).outcome;
  EXPECT_EQ(outcome.staleness, Staleness::Summary{});
  EXPECT_EQ(outcome.counts.staleness.histogram(outcome.counts.gradients),
            (std::map<std::uint64_t, std::uint64_t>{{0, outcome.counts.gradients}}));
}

// 0 reads; 1 and 2 land; 0 lands 2 late; 1 reads, 2 reads and lands, 1 lands 1 late.
TEST(StalenessOfRuns, OfATraceIsFromReadToStep) {
  const Scratch scratch;
  scratch.write(
      "trace.csv",
      "index,time,kind,i,j\n0,1,read,0,\n1,2,gradient,1,\n2,3,gradient,2,\n3,4,step,0,\n4,5,read,1,\n"
      "5,6,read,2,\n6,7,step,2,\n7,8,step,1,\n");
  scratch.write("x.json", changed(of({{"name", "async_gossip"}}, {{"time", 10}}),
                                  {{"timing", {{"model", "trace"}, {"file", "trace.csv"}}},
                                   {"record.staleness", true},
                                   {"repeats", 2}})
                              .dump());
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  const auto repeat = read_results(scratch / "out/run.json")["repeats"][0];
  EXPECT_EQ(repeat["staleness"], Json({{"mean", 0.6}, {"percentile_99", 2}, {"maximum", 2}}));
  EXPECT_EQ(read_text(scratch / "out/staleness.csv"),
            "repeat,staleness,gradients\n0,0,3\n0,1,1\n0,2,1\n1,0,3\n1,1,1\n1,2,1\n");
}

// A run that is there already is added to: its counts are read back.
TEST(CountsInResults, ArePassedOnWithFinishedRepeats) {
  const Scratch scratch;
  scratch.write("x.json", of({{"name", "ad_psgd"}}, {{"bytes", 4800}}).dump());
  succeed(scratch, {"run", "x.json", "--out", "out", "--quiet"});
  const auto before = read_results(scratch / "out/run.json")["repeats"][0];
  EXPECT_EQ(before["bytes_sent"], 4800);
  EXPECT_EQ(before["vectors_sent"], 200);
  EXPECT_EQ(before["rounds"], 0);
  EXPECT_EQ(before["stop_reason"], "bytes");
  EXPECT_GT(before["staleness"]["mean"], 1);
  succeed(scratch, {"run", "x.json", "--set", "repeats=2", "--out", "out", "--quiet", "--resume"});
  const auto after = read_results(scratch / "out/run.json")["repeats"];
  ASSERT_EQ(after.size(), 2u);
  for (const char* fact : {"bytes_sent", "vectors_sent", "rounds", "staleness", "stop_reason"})
    EXPECT_EQ(after[0][fact], before[fact]) << fact;
}

}  // namespace
}  // namespace acidsim::testing
