#include "sim/algorithms/ad_psgd.hpp"

namespace acidsim {

Dynamics ad_psgd_dynamics(ReadTime read) {
  return {.vectors = {"x", "x_read"},
          .initial = Eigen::Vector2d(1, 1),
          .point = Eigen::Vector2d(1, 0),
          .gradient = {.after = Eigen::Matrix2d{{1, 0}, {1, 0}},
                       .landing = Eigen::Vector2d(-1, read == ReadTime::after_step ? -1 : 0),
                       .point = Eigen::Vector2d(0, 1)},
          .exchange = {.told = Eigen::RowVector2d(1, 0), .landing = Eigen::Vector2d(0.5, 0)}};
}

AlgorithmRow ad_psgd_row() {
  return {
      .name = "ad_psgd",
      .summary = "asynchronous gossip SGD whose gradients were read one step of the worker ago",
      .source = "Lian et al. 2018, Algorithm 1",
      .equations = {"gradient: p = ∇F_i(x̂_i, ξ), x_i ← x_i − γ p; the next x̂_i is x_i after this step "
                    "(after_step) or before it (before_step)",
                    "communication: x_i, x_j ← (x_i + x_j)/2"},
      .parameters = {{.name = "read",
                      .kind = Parameter::Kind::text,
                      .default_value = std::string("after_step"),
                      .what =
                          "when the next gradient reads the model: after_step = once the worker's own step "
                          "is applied (Algorithm 1); before_step = before, as a common implementation does",
                      .choices = {"after_step", "before_step"}}},
      .dynamics =
          [](const Values& values) {
            return ad_psgd_dynamics(values.text("read") == "before_step" ? ReadTime::before_step
                                                                         : ReadTime::after_step);
          },
      .sends = "x",
      .fixed_point =
          "biased: on quadratics (γRK + ½Λ) E x = γRK b, R the gradient rates, K = A(I + γA)⁻¹ for "
          "after_step and A for before_step; γ → 0: the minimiser of Σ r_i f_i",
      .limit =
          [](const Values& values) {
            return LimitRule{
                .weight = 0.5, .stale = values.text("read") == "after_step", .with_momentum = false};
          }};
}

}  // namespace acidsim
