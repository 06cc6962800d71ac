// Registry rows of the objectives.
#include "sim/app/registry/registry.hpp"
#include "sim/objectives/linear_regression.hpp"
#include "sim/objectives/logistic_regression.hpp"
#include "sim/objectives/quadratic.hpp"
#include "sim/objectives/softmax_regression.hpp"

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

template <class Scalar>
RegressionParameters<Scalar> regression_parameters(const ObjectiveInput<Scalar>& input) {
  const Node& node = input.objective;
  const Node partition = node.child("partition");
  const Dataset<Scalar>& train = *input.data->train;
  const std::uint64_t partition_seed =
      partition.has("seed") ? partition.json()["seed"].get<std::uint64_t>() : input.seed;
  RegressionParameters<Scalar> parameters;
  parameters.data = *input.data;
  try {
    parameters.partition =
        row_named(partitions(), partition.text("scheme"))
            .make(partition, input.workers, train.samples(), train.labels, train.classes, partition_seed);
  } catch (const InputError& error) {
    throw error.at_field(error.place() == "workers" ? "/topology" : partition.path());
  }
  parameters.minibatch = {node.integer("batch_size"), row_named(samplings(), node.text("sampling")).value,
                          input.seed};
  parameters.l2 = node.number("l2");
  parameters.workers = input.workers;
  return parameters;
}

template <class Scalar>
std::unique_ptr<Objective<Scalar>> quadratic(const ObjectiveInput<Scalar>& input) {
  const Node& node = input.objective;
  QuadraticParameters p;
  p.dimension = node.integer("dimension");
  p.curvature_min = node.number("curvature_min");
  p.curvature_max = node.number("curvature_max");
  p.noise = node.number("noise");
  p.heterogeneity = node.number("heterogeneity");
  if (p.curvature_max < p.curvature_min)
    throw node.error("curvature_max", "below curvature_min", "must be at least curvature_min");
  const std::uint64_t problem_seed = node.has("seed") ? node.json()["seed"].get<std::uint64_t>() : input.seed;
  return make_quadratic<Scalar>(p, input.workers, problem_seed, input.seed);
}

template <class Scalar, std::unique_ptr<Objective<Scalar>> (*make)(RegressionParameters<Scalar>)>
std::unique_ptr<Objective<Scalar>> regression(const ObjectiveInput<Scalar>& input) {
  return make(regression_parameters(input));
}

}  // namespace

const std::vector<ObjectiveRow>& objectives() {
  static const std::vector<ObjectiveRow> table = {
      {{"none", "pure gossip: no objective, no gradient events", "", {dimension}, ""},
       false,
       false,
       false,
       {},
       {}},
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
       quadratic<double>,
       quadratic<float>},
      {{"linear_regression", "least squares", "", regression_fields("synthetic", 0.0), ""},
       true,
       true,
       false,
       regression<double, make_linear_regression<double>>,
       regression<float, make_linear_regression<float>>},
      {{"logistic_regression", "two classes, ℓ2-regularised", "", regression_fields("synthetic", 1e-3), ""},
       true,
       true,
       true,
       regression<double, make_logistic_regression<double>>,
       regression<float, make_logistic_regression<float>>},
      {{"softmax_regression", "many classes, x = features × classes", "",
        regression_fields("fashion_mnist", 0.0), ""},
       true,
       true,
       true,
       regression<double, make_softmax_regression<double>>,
       regression<float, make_softmax_regression<float>>},
  };
  return table;
}

}  // namespace acidsim
