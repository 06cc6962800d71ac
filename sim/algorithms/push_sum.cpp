#include "sim/algorithms/push_sum.hpp"

namespace acidsim {

Dynamics push_sum_dynamics() {
  const Matrix<double> one = Matrix<double>::Ones(1, 1), half = Matrix<double>::Constant(1, 1, 0.5);
  return {.vectors = {"x"},
          .initial = Vector<double>::Ones(1),
          .point = Vector<double>::Ones(1),
          .gradient = {.landing = Vector<double>::Constant(1, -1.0)},
          .send = {.kept = half, .told = half, .landing = one},
          .weighted = true};
}

AlgorithmRow push_sum_row() {
  return {
      .name = "push_sum",
      .summary = "stochastic gradient push: directed messages, each worker's model is x divided by a weight",
      .source = "Kempe et al. 2003; Assran et al. 2019",
      .equations = {"gradient: x_i ← x_i − γ ∇F_i(x_i / w_i, ξ)",
                    "message i → j: (x_i, w_i) ← ½ (x_i, w_i), (x_j, w_j) ← (x_j, w_j) + the other half"},
      .dynamics = [](const Values&) { return push_sum_dynamics(); },
      .sends = "half of x and of the weight",
      .fixed_point = "biased by O(γ)"};
}

}  // namespace acidsim
