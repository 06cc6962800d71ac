// What tests of families look at.
#pragma once

#include <gtest/gtest.h>

#include <Eigen/Dense>
#include <array>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "topologies/graph.hpp"

namespace acidsim {

using Pair = std::pair<Worker, Worker>;

inline std::vector<Pair> pairs(const Graph& graph) {
  std::vector<Pair> all;
  for (const Edge& e : graph.edges) all.emplace_back(e.i, e.j);
  return all;
}

inline std::map<Pair, double> weights(const Graph& graph) {
  std::map<Pair, double> all;
  for (const Edge& e : graph.edges) all[{e.i, e.j}] = e.rate;
  return all;
}

// What graph.hpp promises of every graph, and families.hpp of every family.
inline void expect_proper(const Graph& graph) {
  SCOPED_TRACE(graph.name);
  EXPECT_FALSE(graph.name.empty());
  EXPECT_FALSE(graph.weights_are_rates);
  EXPECT_TRUE(graph.worker_names.empty());
  EXPECT_EQ(component_sizes(graph), std::vector<Worker>{graph.workers});
  for (std::size_t k = 0; k < graph.edges.size(); ++k) {
    const Edge& e = graph.edges[k];
    ASSERT_LT(e.i, e.j);
    ASSERT_LT(e.j, graph.workers);
    ASSERT_GE(e.rate, 1.0);
    if (k > 0) {
      const Edge& last = graph.edges[k - 1];
      ASSERT_LT(std::pair(last.i, last.j), std::pair(e.i, e.j));
    }
  }
}

inline void expect_layout(const Graph& graph) {
  const std::set<std::array<double, 2>> places(graph.coordinates.begin(), graph.coordinates.end());
  EXPECT_EQ(graph.coordinates.size(), graph.workers) << graph.name;
  EXPECT_EQ(places.size(), graph.workers) << graph.name << ": two workers at one place";
}

// Degree → how many workers have it.
inline std::map<Worker, int> degree_counts(const Graph& graph) {
  std::map<Worker, int> counts;
  for (const Worker degree : degrees(graph)) ++counts[degree];
  return counts;
}

// Weighted adjacency matrix.
inline Eigen::MatrixXd adjacency(const Graph& graph) {
  Eigen::MatrixXd matrix = Eigen::MatrixXd::Zero(graph.workers, graph.workers);
  for (const Edge& e : graph.edges) matrix(e.i, e.j) = matrix(e.j, e.i) = e.rate;
  return matrix;
}

}  // namespace acidsim
