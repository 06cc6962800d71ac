#include "sim/algorithms/relay_sgd.hpp"

#include "sim/algorithms/linear_forms.hpp"

namespace acidsim {

Dynamics relay_sgd_dynamics(Worker workers) {
  const LinearForms symbols(4, 1);
  const Form x = symbols.vector(0), start = symbols.vector(1), received = symbols.vector(2),
             returned = symbols.vector(3);
  const Form told = x - start + received, sum = symbols.mixed(0) + returned;
  return {.vectors = {"x", "x_0", "received", "returned"},
          .initial = Eigen::Vector4d(1, 1, 0, 0),
          .point = Eigen::Vector4d(1, 0, 0, 0),
          .gradient = {.landing = Eigen::Vector4d(-1, 0, 0, 0)},
          .rounds = {symbols.round({told}, {start + (x - start + sum) / static_cast<double>(workers), start,
                                            sum, received - symbols.own_per_neighbour(0)})},
          .program = {Verb::gradient, Verb::round}};
}

AlgorithmRow relay_sgd_row() {
  return {
      .name = "relay_sgd",
      .summary = "RelaySGD, on trees, in rounds: sums travel along the edges; exact under heterogeneous data",
      .source = "Vogels et al. 2021",
      .equations = {"x_h = x − γ ∇F(x, ξ), T_i = x_h,i − x_0 + M_i of the round before",
                    "m_{i→j} = T_i − (m_{j→i} of the round before), M_j = Σ_i m_{i→j}",
                    "x_j⁺ = x_0 + (x_h,j − x_0 + M_j)/n"},
      .resolve =
          [](Values& values, const MethodFacts& facts) {
            values.set("workers", static_cast<std::int64_t>(facts.workers));
          },
      .dynamics =
          [](const Values& values) {
            return relay_sgd_dynamics(static_cast<Worker>(values.whole("workers")));
          },
      .needs_tree = true,
      .sends = "one vector to each neighbour: T_i, from which each receiver subtracts what it sent itself",
      .fixed_point = "exact: Σ_i ∇f_i(x) = 0"};
}

}  // namespace acidsim
