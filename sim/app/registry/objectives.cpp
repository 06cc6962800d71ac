// Registry rows of the objectives.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/app/registry/grown_table.hpp"
#include "sim/app/registry/layers.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/experiment/extension.hpp"

namespace acidsim {
namespace {

const Field dimension =
    Field("dimension", type_integer, 10, "coordinates of a worker's model").at_least(1).at_most(1e9);

const Field batch_size =
    Field("batch_size", type_integer, 32, "rows of a minibatch; 0 = all rows of the worker")
        .at_least(0)
        .at_most(1e8);
const Field sampling_field =
    Field("sampling", type_string, "with_replacement", "how minibatches are drawn").name_of_a(Kind::sampling);

std::vector<Field> regression_fields(const char* dataset, double l2) {
  return {data_field(dataset), partition_field(), batch_size, sampling_field,
          Field("l2", type_number, l2, "adds (l2/2)‖x‖² to every f_i").at_least(0)};
}

std::vector<Field> network_fields(std::vector<Field> own) {
  own.insert(
      own.end(),
      {data_field("fashion_mnist", false), partition_field(), batch_size, sampling_field,
       Field(
           "loss", type_string, "cross_entropy",
           "of a sample: cross_entropy of its label, or squared = half the squared distance of the scores to "
           "its target, or to 1 at its label and 0 elsewhere")
           .one_of({"cross_entropy", "squared"}),
       Field("normalisation", type_string, "recomputed",
             "the statistics that batch normalisation evaluates a model with: recomputed from the model (the "
             "mean "
             "over 20 batches of 256 rows); running = the exponential means of its worker's training, of "
             "worker 0 "
             "for the average model, as in AdelNabli/ACiD; mean = those, averaged over the workers")
           .one_of({"recomputed", "running", "mean"})});
  return own;
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
  return regression_objective(kind, learning_settings(node, node.number("l2")));
}

const char* const torch_fact =
    "needs LibTorch (scripts/setup torch, then build again) and \"precision\": \"single\"";

const std::vector<std::string> activation_names = {"relu", "tanh", "gelu"};  // in the order of Activation

Architecture mlp_of(const Node& node) {
  std::vector<Index> hidden;
  for (const Json& width : node.json()["hidden"]) hidden.push_back(width.get<Index>());
  const auto name = std::find(activation_names.begin(), activation_names.end(), node.text("activation"));
  return mlp(hidden, static_cast<Activation>(name - activation_names.begin()));
}

NetworkLoss loss_of(const Node& node) {
  return node.text("loss") == "squared" ? NetworkLoss::squared : NetworkLoss::cross_entropy;
}

NormStatistics normalisation_of(const Node& node) {
  const std::string name = node.text("normalisation");
  return name == "running" ? NormStatistics::running
         : name == "mean"  ? NormStatistics::mean
                           : NormStatistics::recomputed;
}

ObjectiveSource network_of(const Node& node, Architecture architecture) {
  for (LayerSpec& layer : architecture)
    if (layer.place.empty()) layer.place = node.path() + "/name";
  NetworkSettings settings{std::move(architecture), loss_of(node), normalisation_of(node)};
  return network_objective(node.text("name"), std::move(settings), learning_settings(node, 0));
}

// The row of a network whose layers are known.
template <auto make>
ObjectiveRow preset(const char* name, const char* what, const char* source) {
  return {{name, what, source, network_fields({}), ""}, true, true, true, [](const Node& node) {
            return network_of(node, make());
          }};
}

// The row of a network that LibTorch makes.
ObjectiveRow torch_preset(const char* name, const char* preset, const char* what) {
  return {{name, what, "He, Zhang, Ren and Sun 2016", network_fields({}), "", {torch_fact}},
          true,
          true,
          true,
          [preset](const Node& node) {
            return torch_objective(node.text("name"), {.preset = preset}, loss_of(node),
                                   normalisation_of(node), learning_settings(node, 0));
          }};
}

ObjectiveSource torchscript(const Node& node) {
  TorchChoice choice{.file = node.file("file")};
  if (node.has("input"))
    for (const Json& extent : node.json()["input"]) choice.input.push_back(extent.get<Index>());
  return torch_objective(node.text("name"), std::move(choice), loss_of(node), normalisation_of(node),
                         learning_settings(node, 0));
}

}  // namespace

std::vector<Field> learning_fields() {
  return {data_field("synthetic"), partition_field(), batch_size, sampling_field};
}

RegressionSettings learning_settings(const Node& node, double l2) {
  return {bind_data(node.child("data"), node.child("partition")), bind_partition(node.child("partition")),
          node.integer("batch_size"), row_named(samplings(), node.text("sampling")).value, l2};
}

const std::deque<ObjectiveRow>& objectives() {
  static GrownTable<ObjectiveRow> table({
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
      {{"network", "a neural network of given layers", "",
        network_fields(
            {Field("layers", type_array, required(), layers_help).of(type_string | type_object).any_keys()}),
        ""},
       true,
       true,
       true,
       [](const Node& node) { return network_of(node, layers_of(node, "layers")); }},
      {{"mlp", "dense layers with an activation between them", "",
        network_fields(
            {Field("hidden", type_array, Json::array({128}), "widths of the hidden layers")
                 .of(type_integer)
                 .at_least(1)
                 .at_most(1e6),
             Field("activation", type_string, "relu", "between the layers").one_of(activation_names)}),
        ""},
       true,
       true,
       true,
       [](const Node& node) { return network_of(node, mlp_of(node)); }},
      preset<lenet>("lenet",
                    "two convolutions 5×5 of 16 and 32 channels, each with ReLU and max-pool, and dense 128",
                    "after LeCun, Bottou, Bengio and Haffner 1998"),
      preset<resnet8>("resnet8", "residual network of 8 layers, 16, 32 and 64 channels",
                      "He, Zhang, Ren and Sun 2016"),
      preset<resnet18>("resnet18",
                       "residual network of 18 layers for small images: stem 3×3 of stride 1, no max-pool",
                       "He, Zhang, Ren and Sun 2016"),
      torch_preset("torch_resnet18", "resnet18", "resnet18 by LibTorch, with torchvision's names"),
      torch_preset("torch_resnet50", "resnet50",
                   "residual network of 50 layers for large images, torchvision's, by LibTorch"),
      {{"torchscript",
        "a network from PyTorch: what torch.jit.script or torch.jit.trace saved, with its weights as the "
        "start",
        "",
        network_fields(
            {Field("file", type_string, required(), "the network's file, .pt").path(),
             Field("input", type_array | type_null, nullptr,
                   "shape of a sample as forward() takes it, after the batch; null = that of the data")
                 .of(type_integer)
                 .at_least(1)
                 .at_most(1e6)}),
        "",
        {torch_fact}},
       true,
       true,
       true,
       torchscript},
  });
  return table.with(own_objectives(), [](const OwnObjective& own) { return row_of(own); });
}

}  // namespace acidsim
