// Everything that has a name in a configuration, each with one row: what it is, where it comes from, its
// parameters. Help, `acidsim list`, the schema, validation and the contract tests read these rows; a name is
// written once.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/algorithms/table.hpp"
#include "sim/app/registry/field.hpp"
#include "sim/app/registry/node.hpp"
#include "sim/core/dataset.hpp"
#include "sim/objectives/minibatch.hpp"
#include "sim/objectives/objective.hpp"
#include "sim/optimizers/learning_rate.hpp"
#include "sim/timing/worker_rates.hpp"
#include "topologies/graph.hpp"
#include "topologies/graph_sequence.hpp"
#include "topologies/rates/rates.hpp"

namespace acidsim {

struct Row {
  std::string name;
  std::string summary;  // one line
  std::string source;   // citation, or empty
  std::vector<Field> parameters;
  std::string selected_by;  // the row is chosen where this key is present, instead of by its name
};

// A kind of things that a name chooses, with everything that it can choose.
struct Category {
  Kind kind;
  std::string name;     // as in `acidsim list NAME`
  std::string where;    // the path in a configuration
  std::string summary;  // one line
  const std::vector<Row>& (*rows)();
};

// The parameter as a field of the configuration.
Field field_of(const Parameter& parameter);
// What the configuration's object says of these parameters.
Values values_of(const std::vector<Parameter>& parameters, const Node& node);

const std::vector<Category>& categories();
const std::vector<Row>& rows(Kind kind);
std::vector<std::string> names_of(Kind kind);
const Row* find_row(Kind kind, const std::string& name);

template <class Table>
const auto& row_named(const Table& table, const std::string& name) {
  for (const auto& row : table)
    if (row.name == name) return row;
  throw std::logic_error("no registry row " + name);
}

// --- Names that stand for a value, or for a small function that makes it.
template <class Value>
struct Choice : Row {
  Value value;
};
enum class TimingModel { poisson, trace, live_trace };
enum class InitialKind { zero, common_normal, normal };
enum class Backend { serial, openmp, mpi, live };
using MakeDistribution = std::function<RateDistribution(const Node& distribution)>;
// Without its base rate; `automatic_scale` is what the "auto" of a scale stands for.
using MakeLearningRate = std::function<LearningRate(const Node& schedule, double automatic_scale)>;
const std::vector<Choice<RateScheme>>& rate_schemes();
const std::vector<Choice<TimingModel>>& timing_models();
const std::vector<Choice<MakeDistribution>>& rate_distributions();
const std::vector<Choice<Sampling>>& samplings();
const std::vector<Choice<InitialKind>>& initial_kinds();
const std::vector<Choice<MakeLearningRate>>& schedules();
const std::vector<Choice<Backend>>& backends();

// --- Topologies: a graph from the parameters of `topology`; random ones draw from topology.seed.
struct FamilyRow : Row {
  std::function<Graph(const Node& topology, std::vector<std::string>& notices)> make;
  // Instead of `make`, for those that change over time.
  std::function<GraphSequence(const Node& topology, std::vector<std::string>& notices)> make_sequence;
};
const std::vector<FamilyRow>& families();
// Its parts: the families proper, what reads a graph, and what changes over time.
std::vector<FamilyRow> graph_families();
std::vector<FamilyRow> given_graphs();
std::vector<FamilyRow> changing_graphs();
// The row that the configuration's `topology` (or one graph of its list) chooses.
const FamilyRow& family_of(const Node& topology);

// --- Objectives: `problem_seed` draws what the problem is, `seed` what the gradients are.
template <class Scalar>
struct ObjectiveInput {
  const Node& objective;
  Worker workers;
  std::uint64_t seed;
  const DatasetPair<Scalar>* data;  // null for objectives without data
};
template <class Scalar>
using ObjectiveFactory = std::function<std::unique_ptr<Objective<Scalar>>(const ObjectiveInput<Scalar>&)>;
struct ObjectiveRow : Row {
  bool has_gradients = true;
  bool needs_data = false;
  bool classification = false;
  ObjectiveFactory<double> make_double;
  ObjectiveFactory<float> make_float;
};
const std::vector<ObjectiveRow>& objectives();

// --- Datasets. `classification` tells a reader which task the objective has.
struct DatasetRow : Row {
  bool appends_bias;  // the reader itself appends the feature that is always 1 (large sets: no second copy)
  std::function<DatasetPair<double>(const Node& data, bool classification)> load_double;
  std::function<DatasetPair<float>(const Node& data, bool classification)> load_float;
};
const std::vector<DatasetRow>& datasets();
// The data set of `objective.data`, with its transformations (limit, standardise, bias, in this order).
template <class Scalar>
DatasetPair<Scalar> load_data(const Node& data, bool classification);
Field data_field(const char* fallback);  // the field `data`, with this data set as default

// --- Partitions of the training rows over workers.
struct PartitionRow : Row {
  std::function<Partition(const Node& partition, Worker workers, Index samples,
                          std::span<const std::int32_t> labels, int classes, std::uint64_t seed)>
      make;
};
const std::vector<PartitionRow>& partitions();
Field partition_field();

}  // namespace acidsim
