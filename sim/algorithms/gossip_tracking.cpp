#include "sim/algorithms/gossip_tracking.hpp"

namespace acidsim {

Dynamics gossip_tracking_dynamics() {
  return {.vectors = {"x", "gamma_y", "gamma_l"},
          .initial = Eigen::Vector3d(1, 0, 0),
          .point = Eigen::Vector3d(1, 0, 0),
          .gradient = {.before = Eigen::Matrix3d{{1, -1, 0}, {0, 1, 0}, {0, 0, 1}},
                       .after = Eigen::Matrix3d{{1, 0, 0}, {0, 1, -1}, {0, 0, 0}},
                       .landing = Eigen::Vector3d(0, 1, 1),
                       .at_start = Eigen::Vector3d(0, 1, 1)},
          .exchange = {.told = Matrix<double>{{1, 0, 0}, {0, 1, 0}},
                       .landing = Matrix<double>{{0.5, 0}, {0, 0.5}, {0, 0}}}};
}

AlgorithmRow gossip_tracking_row() {
  return {
      .name = "gossip_tracking",
      .summary = "gradient tracking on pairwise averagings: exact under heterogeneous data and unequal rates",
      .source = "after Di Lorenzo and Scutari 2016; Nedić et al. 2017",
      .equations = {"gradient: x_i ← x_i − γ y_i, p = ∇F_i(x_i, ξ), y_i ← y_i + p − l_i, l_i ← p",
                    "communication: x_i, x_j ← (x_i + x_j)/2, y_i, y_j ← (y_i + y_j)/2"},
      .dynamics = [](const Values&) { return gossip_tracking_dynamics(); },
      .needs_constant_learning_rate = always,
      .sends = "x and γy",
      .fixed_point = "the minimiser of f, whatever the gradient rates"};
}

}  // namespace acidsim
