// Mixing matrices of rounds: symmetric, doubly stochastic, with the weights of their definitions.
#include "topologies/mixing.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "sim/core/error.hpp"
#include "topologies/spectrum/mixing_spectrum.hpp"

namespace acidsim {
namespace mixing_test {

// A star of four with one more edge; the edge of rate 0 does not mix.
const std::vector<Edge> edges = {{0, 1, 1.0}, {0, 2, 0.5}, {0, 3, 2.0}, {1, 2, 1.0}, {2, 3, 0.0}};

std::map<std::pair<Worker, Worker>, double> weights_of(const Group& group) {
  std::map<std::pair<Worker, Worker>, double> weights;
  for (std::size_t k = 0; k < group.members.size(); ++k)
    for (std::uint32_t at = group.first[k]; at < group.first[k + 1]; ++at)
      weights[{group.members[k], group.neighbours[at]}] = group.weights[at];
  return weights;
}

TEST(Mixing, WeightsOfTheDefinitions) {
  const auto of = [](MixingRule rule) { return weights_of(mixing_group(4, edges, rule)); };
  const auto metropolis = of(MixingRule::metropolis), lazy = of(MixingRule::lazy_metropolis);
  const auto max_degree = of(MixingRule::max_degree);
  EXPECT_DOUBLE_EQ((metropolis.at({0, 1})), 0.25);
  EXPECT_DOUBLE_EQ((metropolis.at({1, 2})), 1.0 / 3);
  EXPECT_DOUBLE_EQ((lazy.at({0, 3})), 1.0 / 6);
  EXPECT_DOUBLE_EQ((lazy.at({2, 1})), 0.25);
  EXPECT_DOUBLE_EQ((max_degree.at({1, 2})), 0.25);
  EXPECT_FALSE(metropolis.contains({2, 3})) << "an edge of rate 0";
}

TEST(Mixing, SymmetricWithRowsOfAtMostOne) {
  for (const MixingRule rule :
       {MixingRule::metropolis, MixingRule::lazy_metropolis, MixingRule::max_degree}) {
    const Group group = mixing_group(4, edges, rule);
    EXPECT_EQ(group.edges, (std::vector<std::uint32_t>{0, 1, 2, 3}));
    const auto weights = weights_of(group);
    std::vector<double> sums(4, 0.0);
    for (const auto& [pair, weight] : weights) {
      EXPECT_EQ((weights.at({pair.second, pair.first})), weight);
      EXPECT_GT(weight, 0);
      sums[pair.first] += weight;
    }
    for (const double sum : sums) EXPECT_LE(sum, 1 + 1e-15);  // one rounding of a sum of three
    for (std::size_t k = 0; k < 4; ++k)
      EXPECT_TRUE(std::is_sorted(group.neighbours.begin() + group.first[k],
                                 group.neighbours.begin() + group.first[k + 1]));
  }
}

TEST(Mixing, PrescribedWeightsStandAlongTheDirections) {
  const std::vector<double> weights = {0.5, 0.25, 0.125, 0.1, 0.3};
  const Group both = prescribed_group(4, edges, {}, weights);
  EXPECT_EQ(both.edges, (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_TRUE(both.own.empty()) << "what is left of 1";
  const auto expected = std::map<std::pair<Worker, Worker>, double>{
      {{0, 1}, 0.5}, {{0, 2}, 0.25}, {{0, 3}, 0.125}, {{1, 0}, 0.5},
      {{1, 2}, 0.1}, {{2, 0}, 0.25}, {{2, 1}, 0.1},   {{3, 0}, 0.125}};
  EXPECT_EQ(weights_of(both), expected);
  const std::vector<Direction> directions = {forth, back, both_ways, forth, both_ways};
  const auto directed = std::map<std::pair<Worker, Worker>, double>{
      {{1, 0}, 0.5}, {{0, 2}, 0.25}, {{0, 3}, 0.125}, {{3, 0}, 0.125}, {{2, 1}, 0.1}};
  EXPECT_EQ(weights_of(prescribed_group(4, edges, directions, weights)), directed) << "who hears, whom";
}

TEST(Mixing, UniformNeedsARegularGraph) {
  EXPECT_THROW(mixing_group(4, edges, MixingRule::uniform_neighbor), InputError);
  const std::vector<Edge> ring = {{0, 1, 1.0}, {1, 2, 1.0}, {0, 2, 1.0}};
  for (const auto& [pair, weight] : weights_of(mixing_group(3, ring, MixingRule::uniform_neighbor)))
    EXPECT_DOUBLE_EQ(weight, 1.0 / 3);
}

TEST(Mixing, EigenvaluesOfAMatrixThatIsGiven) {
  const std::vector<Edge> ring = {{0, 1, 1.0}, {0, 3, 1.0}, {1, 2, 1.0}, {2, 3, 1.0}};
  Matrix<double> turning = 0.5 * Matrix<double>::Identity(4, 4);  // 0 hears 1, 1 hears 2, …
  for (Index i = 0; i < 4; ++i) turning(i, (i + 1) % 4) = 0.5;
  const Group group = mixing_group(turning, ring, 4, false);
  EXPECT_EQ(group.edges, (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ((weights_of(group)), (std::map<std::pair<Worker, Worker>, double>{
                                     {{0, 1}, 0.5}, {{1, 2}, 0.5}, {{2, 3}, 0.5}, {{3, 0}, 0.5}}));
  EXPECT_NEAR(disagreement_factor(group), std::sqrt(0.5), 1e-12) << "|1 + i|/2";
  EXPECT_THROW(mixing_group(turning, ring, 4, true), InputError);
  const Matrix<double> lazy = 0.5 * (turning + turning.transpose());
  const MixingConstants found = mixing_constants(mixing_group(lazy, ring, 4, true));
  EXPECT_NEAR(found.lambda_2, 0.5, 1e-12);
  EXPECT_NEAR(found.lambda_n, 0, 1e-12);
}

// 0 → 1 → 2 → 0 and 0 → 2, 2 tells nobody else.
TEST(Mixing, SharesAlongDirections) {
  Graph graph;
  graph.workers = 3;
  set_arcs(graph, {{0, 1}, {1, 2}, {2, 0}, {0, 2}, {0, 2}, {1, 1}});
  EXPECT_EQ(graph.directions, (std::vector<Direction>{forth, both_ways, forth}));
  const Group pushed = directed_group(3, graph.edges, graph.directions, SumsToOne::columns);
  EXPECT_EQ(pushed.own, (std::vector<double>{1.0 / 3, 0.5, 0.5}));
  EXPECT_EQ((weights_of(pushed)), (std::map<std::pair<Worker, Worker>, double>{
                                      {{0, 2}, 0.5}, {{1, 0}, 1.0 / 3}, {{2, 0}, 1.0 / 3}, {{2, 1}, 0.5}}));
  const Group pulled = directed_group(3, graph.edges, graph.directions, SumsToOne::rows);
  EXPECT_EQ(pulled.own, (std::vector<double>{0.5, 0.5, 1.0 / 3}));
  EXPECT_EQ((weights_of(pulled)), (std::map<std::pair<Worker, Worker>, double>{
                                      {{0, 2}, 0.5}, {{1, 0}, 0.5}, {{2, 0}, 1.0 / 3}, {{2, 1}, 1.0 / 3}}));
  EXPECT_EQ(cut_off_worker(graph), std::nullopt);
  set_arcs(graph, {{0, 1}, {0, 2}, {1, 2}});
  EXPECT_TRUE(cut_off_worker(graph).has_value()) << "an undirected graph read as directed";
}

}  // namespace mixing_test
}  // namespace acidsim
