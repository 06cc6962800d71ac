// A method of one's own: elastic gossip. Each worker has a model x and an anchor z that pull at each other, gradients move
// models, and pairs average anchors (after elastic averaging SGD: Zhang, Choromanska and LeCun 2015).
//     dx_i = κ (z_i − x_i) dt − γ ∇F_i(x_i, ξ) dN_i       dz_i = κ (x_i − z_i) dt − ½ Σ_j (z_i − z_j) dM_ij
#include <sim/experiment/plugin_entry.hpp>

ACIDSIM_EXTENSION(extension) {
  extension.add(acidsim::AlgorithmRow{
      .name = "elastic_gossip",
      .summary = "models and anchors that pull at each other; pairs average anchors",
      .source = "after Zhang, Choromanska and LeCun 2015",
      .equations = {"dx_i = κ (z_i − x_i) dt − γ ∇F_i(x_i, ξ) dN_i",
                    "dz_i = κ (x_i − z_i) dt − ½ Σ_j (z_i − z_j) dM_ij"},
      .parameters = {{.name = "pull",
                      .default_value = 1.0,
                      .what = "κ: rate at which model and anchor approach each other, per unit time",
                      .minimum = 0,
                      .maximum = 1e3}},
      .dynamics =
          [](const acidsim::Values& values) {
            const double pull = values.number("pull");
            return acidsim::Dynamics{
                .vectors = {"x", "z"},
                .initial = Eigen::Vector2d(1, 1),
                .flow = Eigen::Matrix2d{{-pull, pull}, {pull, -pull}},
                .point = Eigen::Vector2d(1, 0),
                .gradient = {.landing = Eigen::Vector2d(-1, 0)},
                .exchange = {.told = Eigen::RowVector2d(0, 1), .landing = Eigen::Vector2d(0, 0.5)}};
          },
      .sends = "z"});
}
