// Methods with a parameter server as the user meets them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "tests/app/experiment.hpp"
#include "tests/app/ranks.hpp"

namespace acidsim::testing {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Json server_experiment(const std::string& rule) {
  return changed(small_experiment(),
                 {{"algorithm", {{"name", "server_async_sgd"}, {"rule", rule}}},
                  {"timing.gradient_rate", {4, 3, 2, 1, 1, 0.5, 0.25, 0.125}},
                  {"initial.kind", "normal"},
                  {"optimizer.learning_rate", 0.05},
                  {"stop.time", 20},
                  {"record.metrics",
                   {"consensus_distance", "loss", "vectors_sent", "staleness_mean", "staleness_max"}}});
}

const std::vector<std::string> rules = {"plain", "delay_adaptive", "ringmaster", "rennala", "ringleader"};

TEST(Server, RulesGiveTheSameBitsOnEveryBackend) {
  const Scratch scratch;
  Json sweep = server_experiment("plain");
  sweep["sweep"] = {{"algorithm.rule", rules}, {"precision", {"double", "single"}}};
  scratch.write("sweep.json", sweep.dump());
  succeed(scratch, {"run", "sweep.json", "--out", "serial", "--quiet"});
  succeed(scratch,
          {"run", "sweep.json", "--out", "threads", "--quiet", "--backend", "openmp", "--threads", "3"});
  if (!mpirun().empty())
    for (const char* partition : {"blocks", "metis"})
      succeed_on_ranks(scratch, 3,
                       {"run", "sweep.json", "--out", partition, "--quiet", "--backend", "mpi", "--verify",
                        "--set", std::string("mpi.partition=") + partition});
  std::set<std::string> digests;
  const auto results = read_results(scratch / "serial/sweep.json");
  for (const auto& entry : results["cells"]) {
    const std::string cell = entry["cell"];
    const auto run = read_results(scratch / "serial" / cell / "run.json");
    digests.insert(run["state_digest"]);
    for (const char* other : {"threads", "blocks", "metis"}) {
      if (mpirun().empty() && std::string(other) != "threads") continue;
      EXPECT_EQ(read_results(scratch / other / cell / "run.json")["state_digest"], run["state_digest"])
          << cell;
      EXPECT_EQ(read_text(scratch / other / cell / "metrics.csv"),
                read_text(scratch / "serial" / cell / "metrics.csv"));
    }
  }
  EXPECT_EQ(digests.size(), 2 * rules.size()) << "each rule does something else";
}

TEST(Server, StartsAtTheMeanAndIsAllThatMetricsSee) {
  const Json source =
      changed(server_experiment("plain"), {{"objective.heterogeneity", 0}, {"objective.noise", 0}});
  const RepeatResult server = run_once(source);
  const RepeatResult pairs = run_once(changed(source, {{"algorithm", {{"name", "async_gossip"}}}}));
  EXPECT_NEAR(server.records[0].metrics[1], pairs.records[0].metrics[1], 1e-12) << "the loss of the mean";
  for (const RecordRow& row : server.records) {
    EXPECT_EQ(row.metrics[0], 0) << "one model, one place";
    EXPECT_EQ(row.metrics[2], 2.0 * static_cast<double>(row.gradients)) << "one vector up, one down";
  }
  EXPECT_LT(server.records.back().metrics[1], server.records[0].metrics[1]);
}

TEST(Server, CountsOneWayWhereNothingComesBack) {
  const RepeatResult rennala =
      run_once(changed(server_experiment("rennala"), {{"algorithm.batch", 1000000}, {"stop.time", 5}}));
  const RecordRow& last = rennala.records.back();
  EXPECT_EQ(last.metrics[2], static_cast<double>(last.gradients)) << "all collected";
  EXPECT_EQ(last.metrics[4], 0) << "no step, no delay";
  EXPECT_EQ(last.metrics[1], rennala.records[0].metrics[1]);
}

TEST(Server, AutomaticCountsFollowFromVarianceAndAccuracy) {
  const auto constant = [](const Json& changes, const char* name) {
    return Trial(changed(server_experiment("ringmaster"), changes)).plan.constants.number(name);
  };
  EXPECT_EQ(constant(Json::object(), "delay_threshold"), 8) << "the workers";
  EXPECT_EQ(constant({{"algorithm.variance", 1}, {"algorithm.accuracy", 0.3}}, "delay_threshold"), 4);
  EXPECT_EQ(constant({{"algorithm.variance", 1}, {"algorithm.accuracy", 0.3}}, "batch"), 4);
  EXPECT_EQ(constant({{"algorithm.variance", 0}, {"algorithm.accuracy", 1}}, "batch"), 1);
  EXPECT_EQ(constant({{"algorithm.delay_threshold", 3}}, "delay_threshold"), 3);
}

std::string refusal(const Json& source, const std::function<void(const Scratch&)>& prepare = {}) {
  const Scratch scratch;
  if (prepare) prepare(scratch);
  scratch.write("x.json", source.dump());
  const Finished finished = run_program(scratch, {"run", "x.json", "--out", "out"});
  EXPECT_EQ(finished.code, 2) << finished.err;
  EXPECT_FALSE(fs::exists(scratch / "out"));
  return finished.err;
}

TEST(Server, RefusesWhatMeansNothingToIt) {
  const Json source = server_experiment("plain");
  EXPECT_THAT(refusal(changed(source, {{"objective", {{"name", "none"}, {"dimension", 3}}},
                                       {"record.metrics", {"consensus_distance"}}})),
              AllOf(HasSubstr("/objective/name"), HasSubstr("sends gradients, and there are none")));
  EXPECT_THAT(refusal(changed(source, {{"topology.failures", {{"mean_up", 3}, {"mean_down", 1}}}})),
              AllOf(HasSubstr("/topology"), HasSubstr("workers talk to the server alone")));
  EXPECT_THAT(refusal(changed(source, {{"timing.gradient_rate", 0}})),
              AllOf(HasSubstr("/timing/gradient_rate"), HasSubstr("every rate is 0")));
  EXPECT_THAT(refusal(changed(source, {{"algorithm.batch", 2.5}})),
              AllOf(HasSubstr("/algorithm/batch"), HasSubstr("not a whole number (2.5)")));
  EXPECT_THAT(
      refusal(changed(source, {{"algorithm.rule", "ringleader"}, {"optimizer.schedule", "cosine"}})),
      AllOf(HasSubstr("/optimizer/schedule"), HasSubstr("table of gradients holds the learning rate")));
  EXPECT_THAT(refusal(changed(source, {{"stop", {{"rounds", 3}}}})), HasSubstr("has no rounds"));
  const Scratch scratch;
  scratch.write("x.json", changed(source, {{"stop", {{"gradients", 10}}}}).dump());
  const Finished live = run_program(scratch, {"run", "x.json", "--out", "out", "--backend", "live"});
  EXPECT_EQ(live.code, 2);
  EXPECT_THAT(live.err,
              AllOf(HasSubstr("/algorithm/name"), HasSubstr("has a server, and a live run has none")));
}

TEST(Server, RefusesTracesThatDoNotSayWhenGradientsCome) {
  const auto refused = [](const std::string& lines) {
    const Json source =
        changed(server_experiment("plain"), {{"timing", {{"model", "trace"}, {"file", "t.csv"}}}});
    return refusal(source,
                   [&](const Scratch& scratch) { scratch.write("t.csv", "index,time,kind,i,j\n" + lines); });
  };
  EXPECT_THAT(refused("0,1,read,0,-1\n1,2,step,0,-1\n"), HasSubstr("without reads and steps"));
  EXPECT_THAT(refused("0,1,gradient,8,-1\n"), HasSubstr("no such worker as 8"));
  EXPECT_THAT(refused("0,1,communication,0,8\n"), HasSubstr("the trace has no gradients"));
  EXPECT_THAT(refused("0,1,communication,0,1\n"), HasSubstr("not an edge"));
}

// A bias that nobody asked for is said, and nothing else.
TEST(Server, SaysWhereItsLimitIsNotTheMinimiser) {
  const auto notices = [](const std::string& rule, const Json& changes = Json::object()) {
    return Trial(changed(server_experiment(rule), changes)).plan.notices;
  };
  EXPECT_THAT(notices("ringmaster"), ElementsAre(HasSubstr("its limit is not the minimiser of f")));
  EXPECT_THAT(notices("rennala"), ElementsAre(HasSubstr("its limit is not the minimiser of f")));
  EXPECT_THAT(notices("plain"), ElementsAre(HasSubstr("its limit is not the minimiser of f")));
  EXPECT_THAT(notices("ringleader"), IsEmpty());
  EXPECT_THAT(notices("ringmaster", {{"objective.heterogeneity", 0}}), IsEmpty());
  EXPECT_THAT(notices("ringmaster", {{"timing.gradient_rate", 1}}),
              ElementsAre(HasSubstr("where speeds differ")));
  EXPECT_THAT(notices("plain", {{"timing.gradient_rate", 1}}), IsEmpty());
  const Scratch scratch;
  scratch.write("x.json", server_experiment("ringmaster").dump());
  const Finished finished = run_program(scratch, {"run", "x.json", "--out", "out"});
  EXPECT_EQ(finished.code, 0) << finished.err;
  EXPECT_THAT(finished.err, HasSubstr("its limit is not the minimiser of f"));
  EXPECT_THAT(read_results(scratch / "out/run.json")["notices"][0].get<std::string>(),
              HasSubstr("its limit is not the minimiser of f"));
}

TEST(Server, ExplainsItself) {
  const Scratch scratch;
  scratch.write("x.json",
                changed(server_experiment("ringmaster"), {{"algorithm.delay_threshold", 5}}).dump());
  EXPECT_THAT(
      succeed(scratch, {"explain", "x.json"}),
      AllOf(HasSubstr("delay_threshold = 5"), HasSubstr("1 vector up, 1 down"),
            HasSubstr("ringmaster: x ← x − γ g where δ < R"), HasSubstr("beside the minimiser of f")));
}

}  // namespace
}  // namespace acidsim::testing
