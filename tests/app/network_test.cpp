// Graphs given in a configuration, their rates, and graphs that change over time.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/app/experiment.hpp"

namespace acidsim::testing {
namespace {

using ::testing::HasSubstr;

Json with_topology(const Json& topology) { return changed(small_experiment(), {{"topology", topology}}); }

std::string refusal(const Json& source) {
  try {
    Trial experiment(source);
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

double load(const Network& network, Worker worker) {
  double sum = 0;
  for (const Edge& edge : network.edges)
    if (edge.i == worker || edge.j == worker) sum += edge.rate;
  return sum;
}

// The baseline of one worker: whatever the method, it is gradient descent, x ← x − γ h (x − b), but for methods with step
// sizes of their own.
TEST(OneWorker, DescendsAlone) {
  // Outer optimizers and momenta that change nothing, one local step.
  const std::map<std::string, Json> plain = {
      {"momentum", 0}, {"outer_momentum", 0}, {"outer_learning_rate", 1}, {"local_steps", 1}};
  for (const AlgorithmRow& row : all_algorithms()) {
    if (row.own_steps) continue;
    SCOPED_TRACE(row.name);
    Json algorithm = {{"name", row.name}};
    for (const Parameter& parameter : row.parameters)
      if (plain.contains(parameter.name)) algorithm[parameter.name] = plain.at(parameter.name);
    Json source = changed(small_experiment(),
                          {{"topology", {{"family", "cycle"}, {"workers", 1}}},
                           {"algorithm", algorithm},
                           {"objective", {{"name", "quadratic"}, {"dimension", 3}, {"heterogeneity", 1}}},
                           {"optimizer.learning_rate", 0.25},
                           {"stop", {{"gradients", 20}}},
                           {"record", {{"metrics", {"distance_to_optimum", "consensus_distance"}}}}});
    const bool in_rounds = Trial(source).plan.dynamics.mixes_in_rounds();
    if (in_rounds) source["stop"] = {{"rounds", 20}};
    const RepeatResult result = Trial(source).run();
    const RecordRow &first = result.records.front(), &last = result.records.back();
    const bool has_server = Trial(source).plan.dynamics.has_server();
    EXPECT_EQ(last.communications, has_server ? 20u : 0u);
    EXPECT_EQ(last.metrics[1], 0);
    // Outside of rounds a method that tracks gradients computes one before the start, which is no step.
    const auto steps = in_rounds ? 20.0 : static_cast<double>(last.gradients - first.gradients);
    EXPECT_NEAR(last.metrics[0], std::pow(0.75, 2 * steps) * first.metrics[0], 1e-12 * first.metrics[0]);
  }
  EXPECT_THAT(refusal(with_topology({{"family", "random_regular"}, {"workers", 1}})), "accepted");
}

TEST(GivenGraph, IsWrittenOutInTheConfiguration) {
  const Trial plain(with_topology({{"edges", {{0, 1}, {1, 2}, {2, 0}, {2, 3}}}}));
  EXPECT_EQ(plain.plan.workers(), 4u);
  EXPECT_EQ(plain.plan.network->edges.size(), 4u);
  EXPECT_NEAR(plain.plan.network->rate_total, 2, 1e-14) << "n r / 2";
  const Trial rated(with_topology({{"edges", {{0, 1, 0.25}, {1, 2, 2}}}, {"rates", "explicit"}}));
  EXPECT_EQ(rated.plan.network->rate_total, 2.25);
  EXPECT_THAT(refusal(with_topology({{"edges", {{0, 1}, {1, -2}}}})),
              HasSubstr("/topology/edges/1: not an edge"));
  EXPECT_THAT(refusal(with_topology({{"edges", {{0, 1}, {2, 3}}}})),
              HasSubstr("2 components of 2, 2 workers"));
  EXPECT_THAT(refusal(with_topology({{"edges", {{0, 1, 1}, {1, 2}}}})),
              HasSubstr("a rate for some edges only"));
  EXPECT_THAT(refusal(with_topology({{"edges", Json::array()}})), HasSubstr("/topology/edges"));
}

TEST(Rates, AreGivenEdgeByEdge) {
  const Json rates = {{"scheme", "explicit"}, {"edges", {{1, 0, 3}, {1, 2, 1}, {2, 0, 0.5}}}};
  const Json cycle = {{"family", "cycle"}, {"workers", 3}, {"rates", rates}};
  const Trial experiment(changed(with_topology(cycle), {{"timing.communication_rate", 2}}));
  EXPECT_EQ(experiment.plan.network->rate_total, 9);
  Json missing = cycle;
  missing["rates"]["edges"].erase(2);
  EXPECT_THAT(refusal(with_topology(missing)), HasSubstr("/topology/rates/edges"));
  Json unknown = cycle;
  unknown["rates"]["edges"][0] = {0, 9, 1};
  EXPECT_THAT(refusal(with_topology(unknown)),
              HasSubstr("/topology/rates/edges/0: no such worker ([0,9,1])"));
}

TEST(Rates, AreCappedPerWorker) {
  const Json star = {{"family", "star"}, {"workers", 9}};
  const Trial free(with_topology(star));
  EXPECT_NEAR(load(*free.plan.network, 0), 4.5, 1e-12);
  const Trial capped(with_topology(changed(star, {{"rates", {{"max_worker_rate", 2}}}})));
  EXPECT_NEAR(load(*capped.plan.network, 0), 2, 1e-12);
  EXPECT_FALSE(capped.plan.network->notices.empty());
  EXPECT_THAT(refusal(with_topology(changed(star, {{"rates", {{"max_worker_rate", 0}}}}))),
              HasSubstr("/topology/rates/max_worker_rate: too small (0)"));
}

TEST(Rates, OfAGraphThatASchemeDoesNotUseAreRemarked) {
  const Json edges = {{0, 1, 1}, {1, 2, 0.01}};
  const auto notices = [&](const Json& topology) {
    return Trial(with_topology(topology)).plan.network->notices;
  };
  const auto remark = HasSubstr("the rates of its edges are not used, the scheme \"uniform_neighbor\"");
  EXPECT_THAT(notices({{"edges", edges}}), ::testing::ElementsAre(remark));
  EXPECT_THAT(notices({{"edges", edges}, {"rates", "explicit"}}), ::testing::IsEmpty());
  EXPECT_THAT(notices({{"edges", {{0, 1}, {1, 2}}}}), ::testing::IsEmpty());
  EXPECT_THAT(notices({{"graphs", {{{"edges", edges}}, {{"edges", edges}}}}}),
              ::testing::ElementsAre(remark));
  EXPECT_THAT(notices({{"edges", {{0, 1, 0}, {1, 2, 0}}}, {"rates", "explicit"}}),
              ::testing::Contains(HasSubstr("every rate is 0")));
}

TEST(Rates, ThatAreExplicitCanBeScaled) {
  const Json rates = {{"scheme", "explicit"}, {"scale_to_budget", true}};
  const Trial trial(changed(with_topology({{"edges", {{0, 1, 30}, {1, 2, 10}}}, {"rates", rates}}),
                            {{"timing.communication_rate", 2}}));
  EXPECT_DOUBLE_EQ(trial.plan.network->edges[0].rate, 2.25) << "three quarters of n r / 2 = 3";
  EXPECT_DOUBLE_EQ(trial.plan.network->rate_total, 3);
}

TEST(Rates, UnknownParametersOfASchemeAreRefused) {
  EXPECT_THAT(refusal(with_topology({{"rates", {{"scheme", "uniform_edge"}, {"budget", 3}}}})),
              HasSubstr("/topology/rates/budget: unknown key (3)"));
  EXPECT_THAT(refusal(with_topology({{"rates", {{"scheme", "optimised"}}}})),
              HasSubstr("did you mean \"optimized\"?"));
}

TEST(Spectra, AreSharedByCellsOfOneGraph) {
  // At any rate: χ(r) = χ(1)/r to the last bit or so, whatever r.
  const Json source = changed(small_experiment(), {{"topology", {{"family", "grid2d"}, {"workers", 12}}},
                                                   {"sweep", {{"timing.communication_rate", {1, 3, 0.7}}}}});
  const Configuration configuration = make_configuration("sweep.json", source);
  Resources resources;
  const Plan one = make_plan(bind(configuration, configuration.cells[0]), resources);
  for (const Cell& cell : configuration.cells) {
    const Plan plan = make_plan(bind(configuration, cell), resources);
    const double rate = cell.values[0].second.get<double>();
    EXPECT_DOUBLE_EQ(plan.network->spectrum->chi_1, one.network->spectrum->chi_1 / rate);
    EXPECT_DOUBLE_EQ(plan.network->spectrum->chi_2, one.network->spectrum->chi_2 / rate);
    EXPECT_NEAR(plan.network->rate_total, 6 * rate, 1e-12);
  }
}

Json gossip(const Json& topology, double time) {
  return changed(small_experiment(), {{"topology", topology},
                                      {"objective", {{"name", "none"}, {"dimension", 2}}},
                                      {"initial.kind", "normal"},
                                      {"record.metrics", {"consensus_distance"}},
                                      {"stop.time", time}});
}

TEST(ChangingGraph, FollowsItsList) {
  // A path for 1, a star for 3, again and again.
  const Json topology = {{"graphs",
                          {{{"family", "path"}, {"workers", 6}, {"duration", 1}},
                           {{"family", "star"}, {"workers", 6}, {"duration", 3}}}},
                         {"rates", "uniform_edge"}};
  Trial experiment(gossip(topology, 400));
  const Network& network = *experiment.plan.network;
  ASSERT_EQ(network.edges.size(), 9u) << "edge (0, 1) is in both";
  EXPECT_EQ(network.phases.size(), 2u);
  const double each = 3.0 / 5;  // Σλ = n r / 2 = 3 over five edges, in either graph
  for (const Edge& edge : network.edges) {
    const bool in_path = edge.j == edge.i + 1, in_star = edge.i == 0;
    EXPECT_NEAR(edge.rate, each * ((in_path ? 1 : 0) + (in_star ? 3 : 0)) / 4, 1e-14);
  }
  ASSERT_TRUE(network.spectrum);
  std::vector<std::array<std::uint64_t, 2>> counts(9);  // per edge: while the path holds, while the star does
  const std::unique_ptr<Schedule> schedule = experiment.plan.schedule(5);
  for (const Event& event : events_between(*schedule, 0, 400))
    ++counts[event.clock - 6][std::fmod(event.time, 4.0) < 1 ? 0 : 1];
  for (std::size_t e = 0; e < 9; ++e) {
    const Edge& edge = network.edges[e];
    const double expected_path = edge.j == edge.i + 1 ? 100 * each : 0,
                 expected_star = edge.i == 0 ? 300 * each : 0;
    // Poisson counts: five standard deviations.
    EXPECT_NEAR(static_cast<double>(counts[e][0]), expected_path, 5 * std::sqrt(expected_path));
    EXPECT_NEAR(static_cast<double>(counts[e][1]), expected_star, 5 * std::sqrt(expected_star));
  }
  EXPECT_LT(experiment.run().records.back().metrics[0], 1e-12) << "consensus";
}

Json files(std::initializer_list<const char*> names) {
  Json graphs = Json::array();
  for (const char* name : names)
    graphs.push_back({{"file", std::string(ACIDSIM_TEST_DATA "/graphs/sequence/") + name}});
  return graphs;
}

// A – B – C – D for a time, then A – C – B – D: five edges, of which the workers' positions alone make three.
// Mean of uniform_neighbor's rates: 3/8 at A and D, 1/2 on B – C, so that λ2 = 3/4.
TEST(ChangingGraph, JoinsWorkersOfFilesByName) {
  const Trial experiment(gossip({{"graphs", files({"path_abcd.csv", "path_acbd.csv"})}}, 1));
  const Network& network = *experiment.plan.network;
  EXPECT_EQ(network.edges.size(), 5u);
  EXPECT_NEAR(network.spectrum->chi_1, 4.0 / 3, 1e-12);
  EXPECT_THAT(network.notices, ::testing::Each(::testing::Not(HasSubstr("not in this graph"))));
}

TEST(ChangingGraph, WorkersMayBeMissingFromAGraph) {
  const Trial names(gossip({{"graphs", files({"path_abcd.csv", "with_e.csv"})}}, 1));
  EXPECT_EQ(names.plan.workers(), 5u);
  EXPECT_EQ(names.plan.network->edges.size(), 4u) << "B – C is in both";
  const Trial numbers(gossip({{"graphs", files({"tens.txt", "tens_with_50.txt"})}}, 1));
  EXPECT_EQ(numbers.plan.workers(), 5u) << "40 and 50 are two workers";
  EXPECT_THAT(numbers.plan.network->notices,
              ::testing::Contains(HasSubstr("/topology/graphs/0: 1 of 5 workers are not in this graph")));
}

TEST(ChangingGraph, MayConsistOfMatchings) {
  const Json first = {{"edges", {{0, 1}, {2, 3}}}}, second = {{"edges", {{1, 2}, {0, 3}}}};
  EXPECT_EQ(Trial(gossip({{"graphs", {first, second}}}, 1)).plan.network->edges.size(), 4u);
  EXPECT_THAT(refusal(gossip({{"graphs", {first, {{"edges", {{0, 1}}}}}}}, 1)),
              HasSubstr("all graphs together do not connect the workers (2 components of 2, 2 workers)"));
}

TEST(ChangingGraph, MayBeTheLargestComponentOfAllGraphs) {
  const Json first = {{"edges", {{0, 1}, {4, 5}}}, {"component", "largest"}}, second = {{"edges", {{0, 3}}}};
  const Trial experiment(gossip({{"graphs", {first, second}}}, 1));
  EXPECT_THAT(experiment.plan.network->graph.worker_names, ::testing::ElementsAre("0", "1", "3"));
  EXPECT_EQ(experiment.plan.network->edges.size(), 2u);
}

TEST(ChangingGraph, RefusesWhatCannotBe) {
  const Json small = {{"family", "cycle"}, {"workers", 4}}, large = {{"family", "cycle"}, {"workers", 5}};
  EXPECT_THAT(refusal(gossip({{"graphs", {small, large}}}, 1)),
              HasSubstr("/topology/graphs/1: has another number of workers"));
  EXPECT_THAT(refusal(gossip({{"graphs", Json::array()}}, 1)), HasSubstr("/topology/graphs: is empty"));
  EXPECT_THAT(refusal(gossip({{"graphs", {{{"family", "cicle"}}}}}, 1)),
              HasSubstr("/topology/graphs/0/family: unknown name (\"cicle\")"));
  EXPECT_THAT(refusal(gossip({{"graphs", {{{"family", "random_matchings"}}}}}, 1)),
              HasSubstr("/topology/graphs/0/family: unknown name"));
  EXPECT_THAT(refusal(gossip({{"graphs", {small}}, {"rates", "optimized"}}, 1)),
              HasSubstr("/topology/rates: cannot be optimised"));
  EXPECT_THAT(refusal(gossip({{"family", "one_peer_exponential"}, {"duration", 0}}, 1)),
              HasSubstr("/topology/duration: too small (0)"));
}

TEST(EdgesThatFail, AreSilentForTheirShareOfTime) {
  const Json topology = {
      {"family", "complete"}, {"workers", 8}, {"failures", {{"mean_up", 3}, {"mean_down", 1}}}};
  const Trial experiment(gossip(topology, 10));
  const Network& network = *experiment.plan.network;
  EXPECT_NEAR(network.rate_total, 3, 1e-12) << "three quarters of n r / 2";
  EXPECT_NEAR(network.spectrum->chi_1, (7.0 / 8) / 0.75, 1e-12) << "complete: (n − 1)/(n r), of the mean";
  const auto events = events_between(*experiment.plan.schedule(1), 0, 4000);
  // The share of time that 28 edges are up varies too: one on-off chain over time T has the variance
  // 2 u (1 − u)/((φ + ρ) T) of its share, u = ¾, φ + ρ = 4/3.
  const double expected = 3 * 4000.0;
  const double up_variance = 2 * 0.75 * 0.25 / (4.0 / 3 * 4000) / 28;
  const double deviation = std::sqrt(expected + expected * expected / (0.75 * 0.75) * up_variance);
  EXPECT_NEAR(static_cast<double>(events.size()), expected, 5 * deviation);
}

TEST(ChangingGraph, IsAFunctionOfItsSeedAlone) {
  for (const char* family : {"random_matchings", "random_geometric_walk", "one_peer_exponential"}) {
    const Json source = gossip({{"family", family}, {"workers", 16}}, 20);
    EXPECT_EQ(run_once(source).state_digest, run_once(source).state_digest) << family;
    RunControl parallel;
    parallel.execution = OpenMp{2, Sharing::always};
    EXPECT_EQ(run_once(source, parallel).state_digest, run_once(source).state_digest) << family;
  }
}

}  // namespace
}  // namespace acidsim::testing
