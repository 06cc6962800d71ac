#include "sim/experiment/sources.hpp"

#include <fmt/format.h>

#include <atomic>
#include <mutex>

#include "sim/core/error.hpp"
#include "sim/objectives/explicit_quadratic.hpp"
#include "sim/objectives/linear_regression.hpp"
#include "sim/objectives/logistic_regression.hpp"
#include "sim/objectives/softmax_regression.hpp"
#include "sim/torch/torch_network.hpp"

namespace acidsim {
namespace {

template <class Scalar>
Partition make_partition(const PartitionSource& source, const ObjectiveInput<Scalar>& input) {
  if (source.shared) return {};
  const Dataset<Scalar>& train = *input.data->train;
  try {
    return source.make({input.workers, input.worker_names, train.samples(), train.labels, train.classes,
                        train.origins, source.seed.value_or(input.seed)});
  } catch (const InputError& error) {
    if (error.place().starts_with("/")) throw;
    throw error.at_field(error.place() == "workers" ? "/topology" : "/objective/partition");
  }
}

template <class Scalar>
RegressionParameters<Scalar> regression_parameters(const RegressionSettings& settings,
                                                   const ObjectiveInput<Scalar>& input) {
  RegressionParameters<Scalar> parameters;
  parameters.data = *input.data;
  parameters.partition = make_partition(settings.partition, input);
  parameters.minibatch = {settings.batch_size, settings.sampling, input.seed};
  parameters.l2 = settings.l2;
  parameters.workers = input.workers;
  return parameters;
}

template <class Scalar>
std::unique_ptr<Objective<Scalar>> make_regression(Regression kind, RegressionParameters<Scalar> parameters) {
  switch (kind) {
    case Regression::linear:
      return make_linear_regression<Scalar>(std::move(parameters));
    case Regression::logistic:
      return make_logistic_regression<Scalar>(std::move(parameters));
    case Regression::softmax:
      return make_softmax_regression<Scalar>(std::move(parameters));
  }
  return nullptr;
}

void check_count(const char* field, std::size_t count, Worker workers) {
  if (count != workers)
    throw InputError(field, fmt::format("there are {} for {} workers", count, workers), "",
                     "one for every worker");
}

template <class Scalar>
std::unique_ptr<Objective<Scalar>> make_quadratic_of(const QuadraticParameters& parameters,
                                                     const GivenQuadratic& given, Worker workers,
                                                     std::uint64_t problem_seed, std::uint64_t noise_seed) {
  const bool has_centres = given.centres.cols() > 0;
  if (has_centres) check_count("centers", static_cast<std::size_t>(given.centres.cols()), workers);
  if (given.matrices.empty() && !has_centres)
    return make_quadratic<Scalar>(parameters, workers, problem_seed, noise_seed);
  Matrix<Scalar> centres = has_centres ? Matrix<Scalar>(given.centres.template cast<Scalar>())
                                       : draw_centres<Scalar>(parameters, workers, problem_seed);
  if (given.matrices.empty()) return make_quadratic<Scalar>(parameters, std::move(centres), noise_seed);
  check_count("matrices", given.matrices.size(), workers);
  return std::make_unique<ExplicitQuadratic<Scalar>>(given.matrices, std::move(centres), parameters.noise,
                                                     noise_seed);
}

// What all objectives say that learn from data.
ObjectiveSource learning_source(std::string name, bool classification, const RegressionSettings& settings) {
  ObjectiveSource source;
  source.name = std::move(name);
  source.summary = source.name;
  source.dimension.reset();
  source.data = settings.data;
  source.needs.classification = classification;
  source.batch_size = static_cast<double>(settings.batch_size);
  source.shared_rows = settings.partition.shared;
  source.varies = settings.partition.shared ? Varies::with_nothing
                  : settings.partition.seed ? Varies::with_workers
                                            : Varies::with_repeats;
  source.partition = ByPrecision<MakePartition>(
      [partition = settings.partition]<class Scalar>(const ObjectiveInput<Scalar>& input) {
        return make_partition(partition, input);
      });
  return source;
}

// A network that all repeats share.
class SharedTorchNetwork {
 public:
  explicit SharedTorchNetwork(TorchChoice choice) : choice_(std::move(choice)) {}

  std::shared_ptr<const TorchNetwork> get(const Dataset<float>& train) {
    const std::lock_guard lock(access_);
    if (!network_) network_ = std::make_shared<const TorchNetwork>(choice_, train);
    return network_;
  }

 private:
  TorchChoice choice_;
  std::mutex access_;
  std::shared_ptr<const TorchNetwork> network_;
};

}  // namespace

std::string unique_identity() {
  static std::atomic<std::uint64_t> given = 0;
  return fmt::format("source {}", ++given);
}

TopologySource fixed_graph(Graph graph) {
  TopologySource source;
  source.graph = [graph = std::move(graph)](std::vector<std::string>&) { return graph; };
  return source;
}

ObjectiveSource pure_gossip(Index dimension) {
  ObjectiveSource source;
  source.dimension = dimension;
  return source;
}

ObjectiveSource quadratic_objective(const QuadraticParameters& parameters, std::optional<std::uint64_t> seed,
                                    GivenQuadratic given) {
  if (parameters.curvature_max < parameters.curvature_min)
    throw InputError("/objective/curvature_max", "below curvature_min",
                     fmt::format("{}", parameters.curvature_max), "must be at least curvature_min");
  ObjectiveSource source;
  source.name = "quadratic";
  source.summary = "f_i(x) = ½ Σ_k h_k (x_k − b_ik)², gradient noise N(0, noise²) per coordinate";
  source.varies = seed ? Varies::with_workers : Varies::with_repeats;
  source.dimension = parameters.dimension;
  source.noise = parameters.noise > 0;
  source.own_centres = parameters.heterogeneity > 0 || given.centres.cols() > 0;
  source.make = ByPrecision<MakeObjective>(
      [parameters, seed, given = std::make_shared<const GivenQuadratic>(std::move(given))]<class Scalar>(
          const ObjectiveInput<Scalar>& input) -> std::unique_ptr<Objective<Scalar>> {
        return make_quadratic_of<Scalar>(parameters, *given, input.workers, seed.value_or(input.seed),
                                         input.seed);
      });
  return source;
}

ObjectiveSource regression_objective(Regression kind, RegressionSettings settings) {
  ObjectiveSource source = learning_source(kind == Regression::linear     ? "linear_regression"
                                           : kind == Regression::logistic ? "logistic_regression"
                                                                          : "softmax_regression",
                                           kind != Regression::linear, settings);
  source.make = ByPrecision<MakeObjective>(
      [kind, settings = std::move(settings)]<class Scalar>(
          const ObjectiveInput<Scalar>& input) -> std::unique_ptr<Objective<Scalar>> {
        return make_regression<Scalar>(kind, regression_parameters(settings, input));
      });
  return source;
}

ObjectiveSource network_objective(std::string name, NetworkSettings network, RegressionSettings settings) {
  ObjectiveSource source =
      learning_source(std::move(name), network.loss == NetworkLoss::cross_entropy, settings);
  source.needs.bytes = true;
  source.make = ByPrecision<MakeObjective>(
      [network = std::move(network), settings = std::move(settings)]<class Scalar>(
          const ObjectiveInput<Scalar>& input) -> std::unique_ptr<Objective<Scalar>> {
        return make_network_objective<Scalar>(network, regression_parameters(settings, input));
      });
  return source;
}

ObjectiveSource torch_objective(std::string name, TorchChoice network, NetworkLoss loss,
                                NormStatistics normalisation, RegressionSettings settings) {
  ObjectiveSource source = learning_source(std::move(name), loss == NetworkLoss::cross_entropy, settings);
  source.needs.bytes = true;
  source.make = ByPrecision<MakeObjective>(
      [shared = std::make_shared<SharedTorchNetwork>(std::move(network)), loss, normalisation,
       settings = std::move(settings)]<class Scalar>(
          const ObjectiveInput<Scalar>& input) -> std::unique_ptr<Objective<Scalar>> {
        if constexpr (std::is_same_v<Scalar, double>) {
          throw InputError("name", "computes in single precision alone", "\"double\"",
                           "\"precision\": \"single\"");
        } else {
          RegressionParameters<float> parameters = regression_parameters(settings, input);
          check_network_data(loss, parameters);
          const auto made = shared->get(*parameters.data.train);
          return make_model_objective<float>(made, loss, std::move(parameters), normalisation);
        }
      });
  return source;
}

}  // namespace acidsim
