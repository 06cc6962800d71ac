#include "sim/app/contracts/fitting.hpp"

#include <cmath>

namespace acidsim {

Dynamics default_dynamics(const AlgorithmRow& row) {
  Values values = with_defaults(row.parameters, {});
  const GraphConstants graph{0.5, 0.5};
  const ObjectiveConstants objective{1, 1};
  const MixingConstants mixing{0.5, -0.25};
  if (row.resolve) row.resolve(values, {&graph, &objective, &mixing});
  return row.dynamics(values);
}

bool asks_for_conjugates(const AlgorithmRow& row) {
  const Dynamics dynamics = default_dynamics(row);
  return dynamics.dual || dynamics.dual_gradients;
}

Json with_method(Json source, const AlgorithmRow& row, const GraphConstants& graph) {
  source["algorithm"] = {{"name", row.name}};
  if (row.own_steps) {
    source["optimizer"]["learning_rate"] = 1;
    source["timing"]["communication_rate"] = 1.1 * std::sqrt(2 * graph.chi_1 * graph.chi_2);
  }
  if (row.needs_tree) {
    source["topology"]["family"] = "path";
    source["initial"]["kind"] = "common_normal";
  }
  if (asks_for_conjugates(row)) {
    source["objective"].erase("noise");
    if (source["objective"].contains("data")) source["objective"]["batch_size"] = 0;
  }
  return source;
}

}  // namespace acidsim
