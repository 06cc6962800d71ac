// timing.messages: what is counted and reported, against theory; who refuses it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/app/experiment.hpp"
#include "tests/app/program.hpp"

namespace acidsim::testing {
namespace {

Json push_sum(const Json& changes) {
  return changed(changed(small_experiment(), {{"algorithm", {{"name", "push_sum"}}},
                                              {"objective", {{"name", "none"}, {"dimension", 2}}},
                                              {"initial", {{"kind", "normal"}}},
                                              {"record", {{"metrics", {"lost_mass"}}}}}),
                 changes);
}
const Json links = {{"model", "availability"},
                    {"pairing", "edge_clocks"},
                    {"transfer", {{"latency", 0.2}, {"shared_card", false}, {"jitter", Json::object()}}}};
Json with_links(const Json& messages) { return changed(links, {{"messages", messages}}); }

double last(const RepeatResult& result) { return result.records.back().metrics[0]; }

// Every message takes half a weight off, and in expectation (1 − lost)(1 + repeated) times that lands: with r averagings of
// each worker per time E Σ w = n exp(−(r/4)(1 − (1 − lost)(1 + repeated)) t).
TEST(LostMass, DecaysAsItsExpectation) {
  constexpr int repeats = 60;
  constexpr double time = 3, rate = 1.5;
  for (const auto& [lost, repeated] : {std::pair(0.3, 0.0), std::pair(0.0, 0.5), std::pair(0.4, 0.2)}) {
    const Trial trial(push_sum(
        {{"topology.workers", 64},
         {"timing", {{"communication_rate", rate}, {"messages", {{"lost", lost}, {"repeated", repeated}}}}},
         {"stop.time", time},
         {"repeats", repeats}}));
    Resources resources;
    double sum = 0, squares = 0;
    for (int repeat = 0; repeat < repeats; ++repeat) {
      const double mass = 1 - last(run_repeat(trial.plan, repeat, resources, {}));
      sum += mass;
      squares += mass * mass;
    }
    const double found = sum / repeats,
                 error = std::sqrt((squares / repeats - found * found) / (repeats - 1));
    const double expected = std::exp(-rate / 4 * (1 - (1 - lost) * (1 + repeated)) * time);
    EXPECT_NEAR(found, expected, 4 * error) << lost << " " << repeated;
    EXPECT_LT(error, 0.02 * expected);
    EXPECT_GT(std::abs(expected - 1), 0.1 * (lost == 0.0 || repeated == 0.0));
  }
}

// While messages are under way their weights are counted; where some are lost running sums count them until they are made
// good.
TEST(LostMass, IsZeroWhereNothingIsLostForGood) {
  const Json faults = {{"lost", 0.3}, {"repeated", 0.2}};
  for (const Json& source :
       {push_sum({{"timing", links}}), push_sum({{"algorithm.running_sums", true}, {"timing", links}}),
        push_sum({{"algorithm.running_sums", true}, {"timing", with_links(faults)}}),
        push_sum({{"algorithm.running_sums", true}, {"timing.messages", faults}})}) {
    const RepeatResult result = run_once(changed(source, {{"record.every", 0.05}, {"stop.time", 20}}));
    for (const RecordRow& row : result.records) EXPECT_NEAR(row.metrics[0], 0, 1e-12) << row.time;
  }
  EXPECT_GT(std::abs(last(run_once(push_sum({{"timing", with_links(faults)}})))), 1e-3);
}

// The copy of a repeated message is under way as soon as the message is, so that only landings move nothing.
TEST(LostMass, CountsEachLandingThatIsStillToCome) {
  const RepeatResult result = run_once(
      push_sum({{"timing", with_links({{"repeated", 1}})}, {"record.every", 0.05}, {"stop.time", 20}}));
  double before = 0;
  std::size_t steps = 0;
  for (const RecordRow& row : result.records) {
    EXPECT_LE(row.metrics[0], before + 1e-9);
    steps += row.metrics[0] < before;
    before = row.metrics[0];
  }
  EXPECT_GT(steps, 50u);
}

// A table of events says which messages are lost and repeated, and replays to the bit.
TEST(LostMessages, AreReadBackFromTheirTable) {
  const Json faults = {{"lost", 0.3}, {"repeated", 0.2}};
  for (const Json& timing : {Json{{"messages", faults}}, with_links(faults)}) {
    const Scratch scratch;
    const Json source = push_sum({{"timing", timing}, {"stop.time", 30}});
    scratch.write("x.json", source.dump());
    succeed(scratch, {"schedule", "x.json", "--out", "events.csv"});
    EXPECT_THAT(read_text(scratch / "events.csv"), ::testing::AllOf(::testing::HasSubstr(",send_lost,"),
                                                                    ::testing::HasSubstr(",send_repeated,")));
    const RepeatResult whole = run_once(source);
    const RepeatResult again = run_once(
        changed(source, {{"timing", {{"model", "trace"}, {"file", (scratch / "events.csv").string()}}}}));
    EXPECT_EQ(again.state_digest, whole.state_digest);
    EXPECT_EQ(static_cast<const Tally&>(again.outcome.counts),
              static_cast<const Tally&>(whole.outcome.counts));
  }
}

TEST(LostMessages, AreCounted) {
  for (const Json& timing : {Json{{"messages", {{"lost", 0.3}, {"repeated", 0.2}}}},
                             with_links({{"lost", 0.3}, {"repeated", 0.2}})}) {
    std::uint64_t sent = 0, lost = 0, repeated = 0, completed = 0;
    RunControl control;
    control.on_events = [&](std::span<const Event> events, std::span<const double>) {
      for (const Event& event : events) {
        sent += event.verb == Verb::send;
        lost += event.verb == Verb::send && event.fate() == Fate::lost;
        repeated += event.verb == Verb::send && event.fate() == Fate::repeated;
        completed += event.completes;
      }
    };
    const Trial trial(push_sum({{"timing", timing}, {"stop.time", 100}}));
    Resources resources;
    const RepeatResult result = run_repeat(trial.plan, 0, resources, control);
    const Counts& counts = result.outcome.counts;
    EXPECT_GT(lost, 50u);
    EXPECT_GT(repeated, 20u);
    EXPECT_EQ(counts.messages_lost, lost);
    EXPECT_EQ(counts.messages_repeated, repeated);
    EXPECT_EQ(counts.vectors_sent, sent);
    EXPECT_EQ(counts.communications, completed);
    EXPECT_LE(completed, sent - lost);
    EXPECT_GE(completed + 16, sent - lost);  // but for those under way
  }
}

}  // namespace
}  // namespace acidsim::testing
