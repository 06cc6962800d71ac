// Messages in flight: the metric, and what run.json says.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

Json with_latency(const char* algorithm, const char* pairing, const Json& changes = Json::object()) {
  return changed(
      changed(small_experiment(), {{"algorithm", {{"name", algorithm}}},
                                   {"timing",
                                    {{"model", "availability"},
                                     {"pairing", pairing},
                                     {"transfer", {{"latency", 0.05}, {"shared_card", false}}}}},
                                   {"optimizer.learning_rate", 0.001},
                                   {"stop.time", 2000},
                                   {"record", {{"every", 1}, {"metrics", {"messages_in_flight"}}}}}),
      changes);
}

// Little's law: those in flight are the rate of messages times how long each is under way.
TEST(MessagesInFlight, AreRateTimesDuration) {
  for (const auto& [algorithm, pairing, in_one] :
       {std::tuple("async_gossip", "edge_clocks", 2), std::tuple("async_gossip", "fifo", 2),
        std::tuple("a2cid2", "call", 2), std::tuple("push_sum", "edge_clocks", 1)}) {
    SCOPED_TRACE(std::string(algorithm) + " " + pairing);
    const RepeatResult result = run_once(with_latency(algorithm, pairing));
    ASSERT_TRUE(result.flights);
    const double messages = in_one * static_cast<double>(result.outcome.counts.communications);
    EXPECT_GT(messages, 1000);
    // But for those that are under way at the end, at most one in each direction.
    const double time = result.outcome.time;
    EXPECT_NEAR(result.flights->messages, messages * 0.05 / time, 16 * 0.05 / time);
    // A link carries one at a time.
    EXPECT_NEAR(result.flights->utilisation, result.flights->messages / 16, 1e-12);
  }
}

// Eight messages per unit of time, in pairs, of exponential durations of mean 0.05: 0.4 in flight, of variance 0.8.
TEST(MessagesInFlight, AreRecorded) {
  const RepeatResult result = run_once(with_latency(
      "async_gossip", "edge_clocks", {{"timing.transfer.jitter", {{"distribution", "exponential"}}}}));
  double sum = 0;
  for (const auto& record : result.records) sum += record.metrics[0];
  EXPECT_NEAR(sum / 2000, 0.4, 4 * std::sqrt(0.8 / 2000));
  EXPECT_NEAR(result.flights->messages, 0.4, 4 * 2 * std::sqrt(8000 * 2 * 0.05 * 0.05) / 2000);
  EXPECT_EQ(result.records.front().metrics[0], 0);
}

TEST(MessagesInFlight, AreNoneWhereTransfersTakeNoTimeOrAreWaitedForTogether) {
  EXPECT_FALSE(run_once(with_latency("async_gossip", "fifo", {{"timing.transfer.latency", 0}})).flights);
  const RepeatResult rounds = run_once(with_latency("d_psgd", "fifo"));
  EXPECT_FALSE(rounds.flights);
  EXPECT_EQ(rounds.records.back().metrics[0], 0);
}

TEST(MessagesInFlight, StandInTheResults) {
  const Scratch scratch;
  scratch.write("x.json", with_latency("a2cid2", "fifo", {{"stop.time", 50}}).dump());
  ASSERT_EQ(run_program(scratch, {"run", "x.json", "--out", "out", "--quiet"}).code, 0);
  const auto told = [&] { return read_results(scratch / "out/run.json")["repeats"][0]["in_flight"]; };
  const auto first = told();
  EXPECT_GT(first["messages"].get<double>(), 0);
  EXPECT_GT(first["link_utilisation"].get<double>(), 0);
  // Adding a repeat keeps what is there.
  ASSERT_EQ(
      run_program(scratch, {"run", "x.json", "--out", "out", "--quiet", "--resume", "--set", "repeats=2"})
          .code,
      0);
  EXPECT_EQ(told(), first);
}

}  // namespace
}  // namespace acidsim::testing
