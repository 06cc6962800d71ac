// Graphs of the tests of schedules.
#pragma once

#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// The cycle of n workers, all edges at one rate; i < j.
inline std::vector<Edge> ring_of(Worker n, double rate) {
  std::vector<Edge> edges;
  for (Worker i = 0; i + 1 < n; ++i) edges.push_back({i, i + 1, rate});
  edges.push_back({0, n - 1, rate});
  return edges;
}

}  // namespace acidsim
