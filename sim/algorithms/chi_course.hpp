// χ1 and χ2 of a graph that changes, as the constants of a method follow them.
#pragma once

#include <vector>

#include "sim/core/parameters.hpp"
#include "sim/core/types.hpp"

namespace acidsim {

// The parameter `chi` of methods that take their constants once: whose χ1 and χ2 they are where the graph changes.
Parameter chi_parameter();

// How χ1 and χ2 change over time, among the resolved values of a method whose constants follow them: the times from
// which on they hold, their values, infinite where the workers are not connected, and the period.
struct ChiCourse {
  std::vector<double> starts = {};
  std::vector<GraphConstants> graphs = {};
  double period = infinity;

  void add_to(Values& values) const;
  static bool is_in(const Values& values) { return values.has("chi_starts"); }
  static ChiCourse of(const Values& values);
};

}  // namespace acidsim
