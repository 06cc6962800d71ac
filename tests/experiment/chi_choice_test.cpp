// Whose χ1 and χ2 the constants of A²CiD² follow where the graph changes.
#include "sim/experiment/chi_choice.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "sim/experiment/repeat.hpp"
#include "topologies/families/families.hpp"
#include "topologies/spectrum/spectrum.hpp"

namespace acidsim {
namespace {

constexpr Worker workers = 8;

TopologySource changing(std::vector<GraphPhase> phases, bool periodic = true) {
  TopologySource source;
  source.sequence = [=](std::vector<std::string>&) { return GraphSequence{"changing", phases, periodic}; };
  return source;
}
// A ring for 3 units of time, then all pairs for 5.
TopologySource ring_then_complete(bool periodic = true) {
  return changing({{cycle(workers), 3}, {complete(workers), 5}}, periodic);
}
// No two neighbours that meet: pairs 0-1, 2-3, … for 1, then the others of the ring.
TopologySource matchings() {
  Graph even = cycle(workers), odd = even;
  std::erase_if(even.edges, [](const auto& edge) { return edge.j != edge.i + 1 || edge.i % 2 != 0; });
  std::erase_if(odd.edges, [](const auto& edge) { return edge.j == edge.i + 1 && edge.i % 2 == 0; });
  return changing({{even, 1}, {odd, 1}});
}

Experiment gossip(TopologySource topology, const std::string& chi, double window = 20) {
  Experiment experiment;
  experiment.topology = std::move(topology);
  experiment.objective = pure_gossip(2);
  experiment.initial = {.kind = InitialKind::normal};
  experiment.record.metrics = {"consensus_distance"};
  experiment.algorithm.parameters = {{"chi", chi}, {"chi_window", window}};
  experiment.stop.rules.time = 100;
  return experiment;
}
Plan plan_of(const Experiment& experiment) {
  Resources resources;
  return make_plan(experiment, resources);
}
// χ's of a fixed graph at rate 1.
GraphConstants chis_of(Graph graph) {
  return plan_of(gossip(fixed_graph(std::move(graph)), "mean")).network->constants().value();
}
void expect_near(const GraphConstants& found, const GraphConstants& expected, double tolerance = 1e-12) {
  EXPECT_NEAR(found.chi_1, expected.chi_1, tolerance * expected.chi_1);
  EXPECT_NEAR(found.chi_2, expected.chi_2, tolerance * expected.chi_2);
}

TEST(Chi, OfTheFirstGraphIsStale) {
  const Plan stale = plan_of(gossip(ring_then_complete(), "stale"));
  const GraphConstants ring = chis_of(cycle(workers));
  EXPECT_NEAR(stale.constants.number("eta"), 0.5 / std::sqrt(ring.chi_1 * ring.chi_2), 1e-12);
  EXPECT_NEAR(stale.constants.number("alpha_tilde"), 0.5 * std::sqrt(ring.chi_1 / ring.chi_2), 1e-12);
  EXPECT_FALSE(chi_course(stale, *stale.schedule(1)));
  const Plan mean = plan_of(gossip(ring_then_complete(), "mean"));
  EXPECT_GT(mean.constants.number("eta"), 1.2 * stale.constants.number("eta"));
}

// Both workers of an exchange must be there: rates, and so the inverse of χ1 and χ2, go with the square of that share.
TEST(Chi, TheOracleKnowsOfWorkersThatLeave) {
  Experiment experiment = gossip(fixed_graph(cycle(workers)), "oracle");
  const double whole_rate = plan_of(experiment).constants.number("eta");
  experiment.timing.churn = Churn{.absences = Churn::Absences{20, 5}};
  const Plan plan = plan_of(experiment);
  EXPECT_NEAR(plan.constants.number("eta"), 0.64 * whole_rate, 1e-12);
  EXPECT_FALSE(chi_course(plan, *plan.schedule(1)));
  const GraphConstants whole = chis_of(cycle(workers));
  // What is counted in a window of 2500 is near: 800 exchanges of each edge, of relative noise 4 %.
  experiment.algorithm.parameters = {{"chi", std::string("re_estimated")}, {"chi_window", 2500.0}};
  experiment.stop.rules.time = 2500;
  const Plan counted = plan_of(experiment);
  const auto found = chi_course(counted, *counted.schedule(1));
  ASSERT_TRUE(found && found->graphs.size() == 2);
  expect_near(found->graphs[1], {whole.chi_1 / 0.64, whole.chi_2 / 0.64}, 0.2);
}

TEST(Chi, OfTheGraphInForceIsTheOracle) {
  for (const bool periodic : {true, false}) {
    const Plan plan = plan_of(gossip(ring_then_complete(periodic), "oracle"));
    const auto course = chi_course(plan, *plan.schedule(1));
    ASSERT_TRUE(course);
    EXPECT_EQ(course->starts, (std::vector<double>{0, 3}));
    EXPECT_EQ(course->period, periodic ? 8 : infinity);
    expect_near(course->graphs[0], chis_of(cycle(workers)));
    expect_near(course->graphs[1], chis_of(complete(workers)));
  }
}

TEST(Chi, OfGraphsThatDoNotConnectTheWorkersIsInfinite) {
  const Plan plan = plan_of(gossip(matchings(), "oracle"));
  const auto course = chi_course(plan, *plan.schedule(1));
  ASSERT_TRUE(course);
  for (const GraphConstants& graph : course->graphs) EXPECT_EQ(graph.chi_1, infinity);
  EXPECT_EQ(plan.constants.number("eta"), 0);
  EXPECT_EQ(plan.constants.number("alpha_tilde"), 0.5);
}

// Edges that are up half of the time have half their rates.
TEST(Chi, CountsFailuresOnAverage) {
  TopologySource failing = ring_then_complete();
  failing.failures = EdgeFailures{.mean_up = 2, .mean_down = 2};
  const Plan plan = plan_of(gossip(failing, "oracle"));
  const GraphConstants ring = chis_of(cycle(workers));
  expect_near(chi_course(plan, *plan.schedule(1))->graphs[0], {2 * ring.chi_1, 2 * ring.chi_2});
}

// The spectrum of what was counted, from the end of its window on.
TEST(Chi, IsEstimatedFromTheExchangesOfAWindow) {
  constexpr double window = 25;
  const Plan plan = plan_of(gossip(ring_then_complete(), "re_estimated", window));
  const auto schedule = plan.schedule(1);
  const auto course = chi_course(plan, *schedule);
  ASSERT_TRUE(course);
  EXPECT_EQ(course->starts, (std::vector<double>{0, 25, 50, 75, 100}));
  EXPECT_EQ(course->period, infinity);
  expect_near(course->graphs[0], chis_of(cycle(workers)));
  for (std::size_t k = 1; k < course->graphs.size(); ++k) {
    std::vector<Edge> edges = plan.network->edges.list();
    for (Edge& edge : edges) edge.rate = 0;
    for (const Event& event : events_between(*schedule, (k - 1.0) * window, k * window))
      if (event.verb == Verb::exchange) edges[event.clock - workers].rate += 1 / window;
    expect_near(course->graphs[k], spectrum(workers, edges).constants());
  }
}

TEST(Chi, OfLongWindowsIsThatOfTheMean) {
  Experiment experiment = gossip(ring_then_complete(), "re_estimated", 8000);
  experiment.stop.rules.time = 8000;
  const Plan plan = plan_of(experiment);
  expect_near(chi_course(plan, *plan.schedule(1))->graphs[1], plan.network->constants().value(), 0.05);
}

TEST(Chi, StaysWhereAWindowDoesNotConnectTheWorkers) {
  const Plan plan = plan_of(gossip(ring_then_complete(), "re_estimated", 0.01));
  EXPECT_FALSE(chi_course(plan, *plan.schedule(1)));
  EXPECT_EQ(constants_of_run(plan, 1), plan.constants);
}

// The choices differ in what they do; on a graph that does not change all but estimates are one.
TEST(Chi, ChangesARun) {
  const auto digest = [](const TopologySource& topology, const char* chi) {
    Resources resources;
    const Plan plan = plan_of(gossip(topology, chi));
    return run_repeat(plan, 0, resources, {}).state_digest;
  };
  std::vector<std::string> digests;
  for (const char* chi : {"mean", "stale", "oracle", "re_estimated"})
    digests.push_back(digest(ring_then_complete(), chi));
  for (std::size_t a = 0; a < 4; ++a)
    for (std::size_t b = 0; b < a; ++b) EXPECT_NE(digests[a], digests[b]) << a << " " << b;
  const TopologySource ring = fixed_graph(cycle(workers));
  EXPECT_EQ(digest(ring, "stale"), digest(ring, "mean"));
  EXPECT_EQ(digest(ring, "oracle"), digest(ring, "mean"));
  EXPECT_NE(digest(ring, "re_estimated"), digest(ring, "mean"));
}

// Constants that are given are so at all times.
TEST(Chi, MattersToTheTheoryAlone) {
  Experiment experiment = gossip(ring_then_complete(), "oracle");
  experiment.algorithm.parameters.set("eta", 0.25);
  experiment.algorithm.parameters.set("alpha_tilde", 0.75);
  const Plan plan = plan_of(experiment);
  EXPECT_FALSE(chi_course(plan, *plan.schedule(1)));
}

}  // namespace
}  // namespace acidsim
