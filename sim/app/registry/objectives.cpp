// Registry rows of the objectives.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

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

// A list of `size` numbers.
Vector<double> coordinates(const Json& list, const std::string& path, Index size) {
  if (!list.is_array() || list.size() != static_cast<std::size_t>(size) ||
      !std::all_of(list.begin(), list.end(), [](const Json& x) { return x.is_number(); }))
    throw InputError(path, fmt::format("is not a list of {} numbers", size), shown(list),
                     "the dimension of the others, or objective.dimension");
  Vector<double> x(size);
  for (Index k = 0; k < size; ++k) {
    x[k] = list[static_cast<std::size_t>(k)].get<double>();
    if (!std::isfinite(x[k]))
      throw InputError(fmt::format("{}/{}", path, k), "not a finite number", shown(list));
  }
  return x;
}

// The rows of a list of lists, as columns.
Matrix<double> columns_of(const Json& rows, const std::string& path, Index size) {
  Matrix<double> columns(size, static_cast<Index>(rows.size()));
  for (std::size_t k = 0; k < rows.size(); ++k)
    columns.col(static_cast<Index>(k)) = coordinates(rows[k], fmt::format("{}/{}", path, k), size);
  return columns;
}

Matrix<double> centres_of(const Node& node) {
  return columns_of(node.json()["centers"], node.path() + "/centers", node.integer("dimension"));
}

std::vector<Matrix<double>> matrices_of(const Node& node) {
  const Json& list = node.json()["matrices"];
  const Index size = node.integer("dimension");
  std::vector<Matrix<double>> matrices;
  for (std::size_t i = 0; i < list.size(); ++i) {
    const std::string path = fmt::format("{}/matrices/{}", node.path(), i);
    if (list[i].size() != static_cast<std::size_t>(size))
      throw InputError(path, fmt::format("is not a list of {} rows", size), shown(list[i]),
                       "the dimension of the others, or objective.dimension");
    matrices.push_back(columns_of(list[i], path, size).transpose());
  }
  return matrices;
}

// What matrices or centres say already.
void refuse_what_is_given_twice(const Node& node) {
  for (const char* field : {"matrices", "centers"})
    if (node.has(field) && node.json()[field].empty())
      throw node.error(field, "there are none", "one for every worker, or null");
  for (const char* field : {"curvature_min", "curvature_max"})
    if (node.has("matrices") && node.number(field) != 1)
      throw node.error(field, "cannot stand beside \"matrices\"", "give one of the two");
  if (node.has("centers") && node.number("heterogeneity") != 0)
    throw node.error("heterogeneity", "cannot stand beside \"centers\"", "give one of the two");
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
  GivenQuadratic given;
  if (node.has("matrices")) given.matrices = matrices_of(node);
  if (node.has("centers")) given.centres = centres_of(node);
  refuse_what_is_given_twice(node);
  return quadratic_objective(p, seed, std::move(given));
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
        "f_i(x) = ½ Σ_k h_k (x_k − b_ik)², or ½ (x − b_i)ᵀ A_i (x − b_i) with given A_i; gradient noise N(0, "
        "noise²) per coordinate",
        "",
        {dimension,
         Field("curvature_min", type_number, 1.0,
               "μ: h_k is spread linearly over [curvature_min, curvature_max]")
             .above(0),
         Field("curvature_max", type_number, 1.0, "L").above(0),
         Field("noise", type_number, 0.0, "standard deviation of the gradient noise, per coordinate")
             .at_least(0),
         Field("heterogeneity", type_number, 0.0, "standard deviation of b_ik").at_least(0),
         Field("matrices", type_array | type_null, nullptr,
               "A_i of every worker, n × d × d, symmetric and positive semidefinite; null = diagonal, by the "
               "curvature")
             .of(type_array),
         Field("centers", type_array | type_null, nullptr,
               "b_i of every worker, n × d; null = drawn, or 0 where heterogeneity is 0")
             .of(type_array),
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
