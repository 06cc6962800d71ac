// Base-(k + 1) graphs: matrices whose product is the average exactly, after few rounds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>

#include "tests/topologies/expect_error.hpp"
#include "tests/topologies/families/prescribed_matrix.hpp"
#include "topologies/families/sequences.hpp"

namespace acidsim {
namespace {

using Dense = Matrix<double>;

Dense product_of(const GraphSequence& sequence) {
  const Worker n = sequence.phases.front().graph.workers;
  Dense product = Dense::Identity(n, n);
  for (std::size_t k = 0; k < sequence.phases.size(); ++k) product = prescribed_matrix(sequence, k) * product;
  return product;
}

// At most 2 log_b n + 2 rounds, products of at most some tens of numbers up to 1: 1e-12 is thousands of roundings.
TEST(BaseGraph, AveragesExactlyForEveryNumberOfWorkers) {
  for (const BaseGraphVariant variant : {BaseGraphVariant::simple, BaseGraphVariant::base})
    for (const Worker peers : {1u, 2u, 3u, 4u, 6u, 50u})
      for (Worker n = 2; n <= 40; ++n) {
        SCOPED_TRACE(::testing::Message() << "peers " << peers << ", workers " << n);
        const GraphSequence sequence = base_graph(n, peers, variant, 0.5);
        ASSERT_EQ(sequence.mixing.size(), sequence.phases.size());
        EXPECT_LE(static_cast<double>(sequence.phases.size()), 2 * std::log(n) / std::log(peers + 1) + 2);
        for (std::size_t k = 0; k < sequence.phases.size(); ++k) {
          const auto& [graph, duration] = sequence.phases[k];
          EXPECT_EQ(graph.workers, n);
          EXPECT_EQ(duration, 0.5);
          ASSERT_EQ(sequence.mixing[k].size(), graph.edges.size());
          for (const Edge& edge : graph.edges) EXPECT_TRUE(edge.i < edge.j && edge.j < n && edge.rate == 1);
          for (std::size_t e = 1; e < graph.edges.size(); ++e)
            EXPECT_LT(pair_key(graph.edges[e - 1].i, graph.edges[e - 1].j),
                      pair_key(graph.edges[e].i, graph.edges[e].j));
          for (const Worker degree : degrees(graph)) EXPECT_LE(degree, peers);
          EXPECT_GE(prescribed_matrix(sequence, k).minCoeff(), -1e-15)
              << "weights of a mean, up to a rounding";
        }
        EXPECT_LT((product_of(sequence).array() - 1.0 / n).abs().maxCoeff(), 1e-12);
        union_of(sequence);  // connected
      }
}

TEST(BaseGraph, TakesTheRoundsOfTheAuthorsProgram) {
  const auto length = [](Worker n, Worker peers, BaseGraphVariant variant) {
    return base_graph(n, peers, variant, 1).phases.size();
  };
  const std::map<Worker, std::size_t> simple = {{3, 3},  {5, 5},  {6, 5},  {7, 5}, {8, 3},
                                                {11, 7}, {12, 7}, {24, 9}, {25, 9}};
  for (const auto& [n, rounds] : simple) EXPECT_EQ(length(n, 1, BaseGraphVariant::simple), rounds) << n;
  const std::map<Worker, std::size_t> factored = {{6, 4}, {12, 5}, {24, 6}, {25, 9}, {8, 3}};
  for (const auto& [n, rounds] : factored) EXPECT_EQ(length(n, 1, BaseGraphVariant::base), rounds) << n;
  for (const BaseGraphVariant variant : {BaseGraphVariant::simple, BaseGraphVariant::base}) {
    EXPECT_EQ(length(12, 2, variant), 3u) << "2 · 2 · 3";
    EXPECT_EQ(length(25, 4, variant), 2u) << "5 · 5";
    EXPECT_EQ(length(7, 6, variant), 1u) << "all at once";
    EXPECT_EQ(length(7, 100, variant), 1u);
  }
  EXPECT_EQ(length(7, 2, BaseGraphVariant::simple), 4u)
      << "7 = 2 · 3 + 1: two rounds, one across, one inside";
}

// Round by round, as another program made them (tests/data/rivals/directed.json).
TEST(BaseGraph, HasTheMatricesOfTheFile) {
  std::ifstream in(ACIDSIM_TEST_DATA "/rivals/directed.json");
  const auto file = nlohmann::json::parse(in)["base2"];
  ASSERT_EQ(file.size(), 4u);
  for (const auto& [name, rounds] : file.items()) {
    const auto n = static_cast<Worker>(std::stoul(name));
    const GraphSequence sequence = base_graph(n, 1, BaseGraphVariant::simple, 1);
    ASSERT_EQ(sequence.phases.size(), rounds.size()) << n;
    for (std::size_t k = 0; k < rounds.size(); ++k) {
      Dense expected = Dense::Identity(n, n);
      for (const auto& link : rounds[k]) {
        const Vector<double> apart = Vector<double>::Unit(n, link[0]) - Vector<double>::Unit(n, link[1]);
        expected -= link[2].get<double>() * apart * apart.transpose();
      }
      EXPECT_LT((prescribed_matrix(sequence, k) - expected).cwiseAbs().maxCoeff(), 1e-15)
          << n << ", round " << k;
    }
  }
}

TEST(BaseGraph, OfAPowerOfTwoIsTheHypercube) {
  const GraphSequence found = base_graph(16, 1, BaseGraphVariant::simple, 1),
                      expected = one_peer_hypercube(16, 1);
  ASSERT_EQ(found.phases.size(), expected.phases.size());
  for (std::size_t k = 0; k < expected.phases.size(); ++k) {
    const auto& a = found.phases[k].graph.edges;
    const auto& b = expected.phases[k].graph.edges;
    ASSERT_EQ(a.size(), b.size());
    for (std::size_t e = 0; e < a.size(); ++e) EXPECT_TRUE(a[e].i == b[e].i && a[e].j == b[e].j);
    EXPECT_EQ(found.mixing[k], std::vector<double>(8, 0.5));
  }
}

TEST(BaseGraph, RefusesBadParameters) {
  using ::testing::HasSubstr;
  const auto message = [](Worker n, Worker peers, double duration) {
    return input_error_of([&] { base_graph(n, peers, BaseGraphVariant::base, duration); });
  };
  EXPECT_THAT(message(8, 0, 1), HasSubstr("peers: too few (0)"));
  EXPECT_THAT(message(1, 1, 1), HasSubstr("workers: too few (1)"));
  EXPECT_THAT(message(0, 1, 1), HasSubstr("workers: too few (0)"));
  EXPECT_THAT(message(100000, 100000, 1), HasSubstr("workers: the graph is too large"));
  EXPECT_THAT(message(1u << 24, 1, 1), HasSubstr("phases: the sequence is too large"));
  EXPECT_THAT(message(4000000000u, 1, 1), HasSubstr("workers: the graph is too large"));
  EXPECT_THAT(message(8, 1, 0), HasSubstr("duration: not a length of time (0)"));
}

}  // namespace
}  // namespace acidsim
