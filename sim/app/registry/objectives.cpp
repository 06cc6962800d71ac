// Registry rows of the objectives.
#include "sim/app/registry/registry.hpp"

namespace acidsim {
namespace {

const Field dimension =
    Field("dimension", type_integer, 10, "coordinates of a worker's model").at_least(1).at_most(1e9);

std::vector<Field> regression_fields(const char* dataset, double l2) {
  return {data_field(dataset), partition_field(),
          Field("batch_size", type_integer, 32, "rows of a minibatch; 0 = all rows of the worker")
              .at_least(0)
              .at_most(1e8),
          Field("sampling", type_string, "with_replacement", "how minibatches are drawn")
              .name_of_a(Kind::sampling),
          Field("l2", type_number, l2, "adds (l2/2)‖x‖² to every f_i").at_least(0)};
}

ObjectiveSource quadratic(const Node& node) {
  QuadraticParameters p;
  p.dimension = node.integer("dimension");
  p.curvature_min = node.number("curvature_min");
  p.curvature_max = node.number("curvature_max");
  p.noise = node.number("noise");
  p.heterogeneity = node.number("heterogeneity");
  std::optional<std::uint64_t> seed;
  if (node.has("seed")) seed = node.natural("seed");
  return quadratic_objective(p, seed);
}

template <Regression kind>
ObjectiveSource regression(const Node& node) {
  return regression_objective(kind, {bind_data(node.child("data"), node.child("partition")),
                                     bind_partition(node.child("partition")), node.integer("batch_size"),
                                     row_named(samplings(), node.text("sampling")).value, node.number("l2")});
}

}  // namespace

const std::vector<ObjectiveRow>& objectives() {
  static const std::vector<ObjectiveRow> table = {
      {{"none", "pure gossip: no objective, no gradient events", "", {dimension}, ""},
       false,
       false,
       false,
       [](const Node& node) { return pure_gossip(node.integer("dimension")); }},
      {{"quadratic",
        "f_i(x) = ½ Σ_k h_k (x_k − b_ik)², gradient noise N(0, noise²) per coordinate",
        "",
        {dimension,
         Field("curvature_min", type_number, 1.0,
               "μ: h_k is spread linearly over [curvature_min, curvature_max]")
             .above(0),
         Field("curvature_max", type_number, 1.0, "L").above(0),
         Field("noise", type_number, 0.0, "standard deviation of the gradient noise, per coordinate")
             .at_least(0),
         Field("heterogeneity", type_number, 0.0, "standard deviation of b_ik").at_least(0),
         Field("seed", type_integer | type_null, nullptr, "of the b_i; null = new ones in every repeat")
             .at_least(0)},
        ""},
       true,
       false,
       false,
       quadratic},
      {{"linear_regression", "least squares", "", regression_fields("synthetic", 0.0), ""},
       true,
       true,
       false,
       regression<Regression::linear>},
      {{"logistic_regression", "two classes, ℓ2-regularised", "", regression_fields("synthetic", 1e-3), ""},
       true,
       true,
       true,
       regression<Regression::logistic>},
      {{"softmax_regression", "many classes, x = features × classes", "",
        regression_fields("fashion_mnist", 0.0), ""},
       true,
       true,
       true,
       regression<Regression::softmax>},
  };
  return table;
}

}  // namespace acidsim
