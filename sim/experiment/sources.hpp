// What an experiment is made of, as things that make it: graphs, data, objectives. Each is made when it is
// needed, and what several runs can share is made once (Resources).
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "sim/core/by_precision.hpp"
#include "sim/core/dataset.hpp"
#include "sim/objectives/minibatch.hpp"
#include "sim/objectives/network_objective.hpp"
#include "sim/objectives/objective.hpp"
#include "sim/objectives/quadratic.hpp"
#include "sim/timing/changing_schedule.hpp"
#include "sim/torch/torch_choice.hpp"
#include "topologies/graph.hpp"
#include "topologies/graph_sequence.hpp"
#include "topologies/rates/rates.hpp"

namespace acidsim {

// Another text at each call.
std::string unique_identity();

// The graph of workers, and how the communication rate is spread over its edges. An `identity` says all about
// a source: what one makes is taken for what another of equal identity would make.
struct TopologySource {
  std::string identity = unique_identity();
  std::string field = "/topology";  // where messages place what is wrong with the graph
  // One of the two is set.
  std::function<Graph(std::vector<std::string>& notices)> graph = {};
  std::function<GraphSequence(std::vector<std::string>& notices)> sequence = {};
  RateSettings rates = {};  // but for the rate itself, which is Timing::communication_rate
  // Of a sequence: χ1, χ2 are those of the mean Laplacian over the times 0 to this; nothing = one period.
  std::optional<double> window = {};
  std::optional<EdgeFailures> failures = {};
  bool narrow_bounds = false;  // of χ1 and χ2, whatever the size (SpectrumOptions::most_workers_narrow)
};
TopologySource fixed_graph(Graph graph);

// What an objective asks of its data.
struct DataNeeds {
  bool classification = false;  // labels; else numeric targets
  bool bytes = false;           // it takes images and texts as bytes; else all features are numbers
};
template <class Scalar>
using LoadData = std::function<DatasetPair<Scalar>(const DataNeeds& needs)>;
struct DataSource {
  std::string identity = unique_identity();
  ByPrecision<LoadData> load = {};
};

// What a partition is made for.
struct PartitionInput {
  Worker workers;
  std::span<const std::string> worker_names;  // of the graph; empty, or one per worker
  Index samples;
  std::span<const std::int32_t> labels;
  int classes;
  const RowOrigins& origins;  // of the training rows
  std::uint64_t seed;
};

// Who owns which training rows.
struct PartitionSource {
  bool shared = true;                      // every worker draws from all rows, and `make` is not called
  std::optional<std::uint64_t> seed = {};  // nothing = a new partition in every repeat
  std::function<Partition(const PartitionInput&)> make = {};
};

template <class Scalar>
struct ObjectiveInput {
  Worker workers;
  std::uint64_t seed;               // of the repeat
  const DatasetPair<Scalar>* data;  // null for objectives without data
  std::span<const std::string> worker_names = {};
};
template <class Scalar>
using MakeObjective = std::function<std::unique_ptr<Objective<Scalar>>(const ObjectiveInput<Scalar>&)>;
template <class Scalar>
using MakePartition = std::function<Partition(const ObjectiveInput<Scalar>&)>;

// What else f depends on, besides its identity and the precision.
enum class Varies { with_nothing, with_workers, with_repeats };

struct ObjectiveSource {
  std::string name = "none", summary = "pure gossip: no objective, no gradient events";
  std::string identity = unique_identity();  // of f, however its gradients are sampled
  Varies varies = Varies::with_repeats;
  std::optional<Index> dimension = 10;        // nothing = known only once it is made
  ByPrecision<MakeObjective> make = {};       // absent: pure gossip
  ByPrecision<MakePartition> partition = {};  // of the training rows; absent where there are none
  std::optional<DataSource> data = {};
  DataNeeds needs = {};

  // What its gradients cost.
  bool noise = false;        // each draws `dimension` normals
  bool own_centres = false;  // each worker keeps `dimension` numbers
  double batch_size = 1;     // 0 = all rows of the worker
  bool shared_rows = true;   // no worker keeps a list of its rows

  bool has_gradients() const { return static_cast<bool>(make); }
};

ObjectiveSource pure_gossip(Index dimension);
// What is given of a quadratic: f_i(x) = ½ (x − b_i)ᵀ A_i (x − b_i).
struct GivenQuadratic {
  std::vector<Matrix<double>> matrices = {};  // A_i of every worker; none = diagonal, by the curvature
  Matrix<double> centres = {};                // dimension × workers, column i = b_i; no columns = drawn
};
// `seed`: of the centres; nothing = new ones in every repeat.
ObjectiveSource quadratic_objective(const QuadraticParameters& parameters,
                                    std::optional<std::uint64_t> seed = std::nullopt,
                                    GivenQuadratic given = {});

enum class Regression { linear, logistic, softmax };
struct RegressionSettings {
  DataSource data;
  PartitionSource partition = {};
  Index batch_size = 32;  // 0 = all rows of the worker
  Sampling sampling = Sampling::with_replacement;
  double l2 = 0;  // adds (l2/2)‖x‖² to every f_i
};
ObjectiveSource regression_objective(Regression kind, RegressionSettings settings);

// name: "mlp", "network", …; settings.l2 is not used.
ObjectiveSource network_objective(std::string name, NetworkSettings network, RegressionSettings settings);

// The same by LibTorch, in single precision. The network is made or read when the objective is first made.
ObjectiveSource torch_objective(std::string name, TorchChoice network, NetworkLoss loss,
                                NormStatistics normalisation, RegressionSettings settings);

}  // namespace acidsim
