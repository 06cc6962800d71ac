#include "topologies/graph_sequence.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tests/topologies/expect_error.hpp"

namespace acidsim {
namespace graph_sequence_test {

Graph graph_of(Worker workers, std::vector<Edge> edges) {
  Graph graph;
  graph.workers = workers;
  graph.edges = std::move(edges);
  return graph;
}

// Over 5 workers, no phase connected, one without edges; 0-1 comes twice.
GraphSequence sequence_of(bool periodic) {
  return {"test",
          {{graph_of(5, {{0, 1, 2.0}, {2, 3}}), 1.5},
           {graph_of(5, {}), 0.25},
           {graph_of(5, {{0, 1}, {1, 2}, {3, 4}}), 2.0}},
          periodic};
}

std::vector<std::vector<Edge>> rated() {
  return {{{0, 1, 0.5}, {2, 3, 3.0}}, {}, {{0, 1, 0.125}, {1, 2, 7.0}, {3, 4, 0.0}}};
}

TEST(GraphUnion, HoldsEveryEdgeOnceAndTellsWhere) {
  const GraphSequence sequence = sequence_of(true);
  const auto [graph, positions] = union_of(sequence);
  EXPECT_EQ(graph.name, "test");
  EXPECT_EQ(graph.workers, 5u);
  const std::vector<std::pair<Worker, Worker>> expected = {{0, 1}, {1, 2}, {2, 3}, {3, 4}};
  ASSERT_EQ(graph.edges.size(), expected.size());
  for (std::size_t e = 0; e < expected.size(); ++e) {
    EXPECT_EQ(std::pair(graph.edges[e].i, graph.edges[e].j), expected[e]);
    EXPECT_EQ(graph.edges[e].rate, 1);
  }
  EXPECT_EQ(positions, (std::vector<std::vector<std::uint32_t>>{{0, 2}, {}, {0, 1, 3}}));
}

TEST(GraphUnion, KeepsNamesAndPlacesOfTheFirstPhase) {
  GraphSequence sequence = sequence_of(true);
  sequence.phases[0].graph.worker_names = {"a", "b", "c", "d", "e"};
  sequence.phases[0].graph.coordinates.assign(5, {1.0, 2.0});
  const Graph graph = union_of(sequence).graph;
  EXPECT_EQ(graph.worker_names, sequence.phases[0].graph.worker_names);
  EXPECT_EQ(graph.coordinates, sequence.phases[0].graph.coordinates);
}

// The mean of the rates at the midpoints of small steps; exact here, since all borders are multiples of a
// step.
std::vector<double> slow_mean(const GraphSequence& sequence, double window) {
  const double step = 1.0 / 16;
  std::vector<double> mean(4, 0.0);
  const auto all = union_of(sequence);
  for (double time = step / 2; time < window; time += step) {
    double left = sequence.periodic ? std::fmod(time, 3.75) : time;
    std::size_t k = 0;
    while (k + 1 < sequence.phases.size() && left >= sequence.phases[k].duration)
      left -= sequence.phases[k++].duration;
    for (std::size_t e = 0; e < all.positions[k].size(); ++e)
      mean[all.positions[k][e]] += rated()[k][e].rate * step / window;
  }
  return mean;
}

TEST(MeanRates, AreTheRatesAveragedOverTheWindow) {
  for (const bool periodic : {true, false}) {
    const GraphSequence sequence = sequence_of(periodic);
    const GraphUnion all = union_of(sequence);
    for (const double window : {0.0625, 1.0, 1.5, 1.625, 1.75, 3.0, 3.75, 4.0, 7.5, 10.25, 100.0}) {
      const std::vector<Edge> mean = mean_rates(sequence, all, rated(), window);
      const std::vector<double> expected = slow_mean(sequence, window);
      ASSERT_EQ(mean.size(), expected.size());
      for (std::size_t e = 0; e < mean.size(); ++e) {
        EXPECT_EQ(std::pair(mean[e].i, mean[e].j), std::pair(all.graph.edges[e].i, all.graph.edges[e].j));
        EXPECT_NEAR(mean[e].rate, expected[e], 1e-12) << window << ' ' << e;  // sums of up to 1600 terms
      }
    }
  }
}

TEST(MeanRates, WithoutAWindowAreOverThePeriod) {
  for (const bool periodic : {true, false}) {
    const GraphSequence sequence = sequence_of(periodic);
    const GraphUnion all = union_of(sequence);
    const std::vector<Edge> mean = mean_rates(sequence, all, rated()),
                            same = mean_rates(sequence, all, rated(), 3.75);
    EXPECT_DOUBLE_EQ(mean[0].rate, (0.5 * 1.5 + 0.125 * 2) / 3.75);
    for (std::size_t e = 0; e < mean.size(); ++e) EXPECT_EQ(mean[e].rate, same[e].rate);
  }
}

TEST(MeanRates, OfLongWindowsTendToThePeriodOrTheLastPhase) {
  const GraphSequence periodic = sequence_of(true), last = sequence_of(false);
  const GraphUnion all = union_of(periodic);
  const auto mean = mean_rates(periodic, all, rated()), late = mean_rates(periodic, all, rated(), 1e300);
  // A window of 10¹⁵ differs from an endless one by 1e-15 of the rates of order 1, and sums round.
  for (std::size_t e = 0; e < mean.size(); ++e) EXPECT_NEAR(late[e].rate, mean[e].rate, 1e-12);
  EXPECT_NEAR(mean_rates(last, all, rated(), 1e15)[1].rate, 7.0, 1e-12);
}

TEST(GraphSequence, RefusesWhatIsNoSequence) {
  using ::testing::HasSubstr;
  GraphSequence sequence = sequence_of(true);
  sequence.phases[1].duration = 0;
  EXPECT_THAT(input_error_of([&] { union_of(sequence); }),
              HasSubstr("duration: phase 1 has no duration (0)"));
  sequence.phases[1].duration = std::nan("");
  EXPECT_THAT(input_error_of([&] { union_of(sequence); }),
              HasSubstr("duration: phase 1 has no duration (nan)"));
  sequence = sequence_of(true);
  sequence.phases[2].graph.workers = 6;
  EXPECT_THAT(input_error_of([&] { union_of(sequence); }),
              HasSubstr("workers: the graph of phase 2 is over other workers (6 instead of 5)"));
  sequence = sequence_of(true);
  sequence.phases[2].graph.edges = {{3, 4}};
  EXPECT_THAT(
      input_error_of([&] { union_of(sequence); }),
      HasSubstr("phases: all graphs together do not connect the workers (2 components of 3, 2 workers)"));
  EXPECT_THAT(input_error_of([&] { union_of(GraphSequence{}); }), HasSubstr("phases: there are none"));
}

TEST(MeanRates, RefuseWhatIsNoWindow) {
  const GraphSequence sequence = sequence_of(true);
  const GraphUnion all = union_of(sequence);
  for (const double window : {0.0, -1.0, static_cast<double>(infinity), std::nan("")})
    EXPECT_THAT(input_error_of([&] { mean_rates(sequence, all, rated(), window); }),
                ::testing::HasSubstr("window: not a length of time ("));
}

}  // namespace graph_sequence_test
}  // namespace acidsim
