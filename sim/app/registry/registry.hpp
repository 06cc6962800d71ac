// Everything that has a name in a configuration, each with one row: what it is, where it comes from, its
// parameters. Help, `acidsim list`, the schema, validation and the contract tests read these rows; a name is
// written once.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sim/algorithms/table.hpp"
#include "sim/app/registry/field.hpp"
#include "sim/app/registry/node.hpp"
#include "sim/experiment/experiment.hpp"
#include "topologies/files/raw_graph.hpp"

namespace acidsim {

struct Row {
  std::string name;
  std::string summary;  // one line
  std::string source;   // citation, or empty
  std::vector<Field> parameters;
  std::string selected_by;              // the row is chosen where this key is present, instead of by its name
  std::vector<std::string> facts = {};  // further lines of `acidsim list`
};

// A kind of things that a name chooses, with everything that it can choose.
struct Category {
  Kind kind;
  std::string name;                  // as in `acidsim list NAME`
  std::string where;                 // the path in a configuration
  std::string summary;               // one line
  const std::deque<Row>& (*rows)();  // which grows with rows that are added (own_rows.hpp)
};

// The parameter as a field of the configuration.
Field field_of(const Parameter& parameter);
// What the configuration's object says of these parameters.
Values values_of(const std::vector<Parameter>& parameters, const Node& node);
// Reads the mixing matrix of an algorithm; absent where it is not given as a file.
std::function<Matrix<double>()> given_mixing(const Node& algorithm);

const std::vector<Category>& categories();
const std::deque<Row>& rows(Kind kind);
std::vector<std::string> names_of(Kind kind);
const Row* find_row(Kind kind, const std::string& name);

template <class Table>
const auto& row_named(const Table& table, const std::string& name) {
  for (const auto& row : table)
    if (row.name == name) return row;
  throw std::logic_error("no registry row " + name);
}

// The row that an object chooses: by a key that selects it, else by the name under `discriminator`.
template <class Table>
const auto& row_chosen_by(const Node& object, const Table& table, const char* discriminator) {
  for (const auto& row : table)
    if (!row.selected_by.empty() && object.has(row.selected_by)) return row;
  return row_named(table, object.text(discriminator));
}

// --- Names that stand for a value, or for a small function that makes it.
template <class Value>
struct Choice : Row {
  Value value;
};
enum class Backend { serial, openmp, mpi, live };
using MakeDistribution = std::function<GradientRates(const Node& distribution)>;
using MakeDuration = std::function<DurationLaw(Worker workers, std::span<const std::string> names)>;
using BindDuration = std::function<MakeDuration(const Node& duration)>;
using MakeInitial = std::function<InitialSettings(const Node& initial)>;
// Without learning rate.
using MakeOptimizer = std::function<OptimizerParameters(const Node& optimizer)>;
// Without its base rate.
using MakeLearningRate = std::function<LearningRate(const Node& schedule)>;
const std::vector<Choice<RateScheme>>& rate_schemes();
const std::deque<Choice<TimingModel>>& timing_models();
// Of a timing model that was added: its source of events.
MakeSource bind_own_timing(const Node& timing);
const std::vector<Choice<MakeDistribution>>& rate_distributions();
const std::vector<Choice<BindDuration>>& duration_laws();
// Of the timing model `availability`: its fields, and what they say.
std::vector<Field> availability_fields();
AvailabilityTiming bind_availability(const Node& timing, const Node& topology);
// Its field `transfer`. Links may be attributes of the edges of the topology's file.
Field transfer_field();
TransferSource bind_transfer(const Node& transfer, const Node& topology);
const std::vector<Choice<Sampling>>& samplings();
const std::vector<Choice<MakeInitial>>& initial_kinds();
const std::vector<Choice<MakeOptimizer>>& optimizers();
const std::vector<Choice<MakeLearningRate>>& schedules();
const std::vector<Choice<Backend>>& backends();
std::string name_of(Backend backend);

// --- Topologies: a graph from the parameters of `topology`; random ones draw from topology.seed.
struct FamilyRow : Row {
  std::function<Graph(const Node& topology, std::vector<std::string>& notices)> make;
  // Instead of `make`, for those that change over time.
  std::function<GraphSequence(const Node& topology, std::vector<std::string>& notices)> make_sequence;
  // χ1 and χ2 by formula, at the rates of uniform_edge; absent: there is none.
  std::function<GraphConstants(const Node& topology, double rate)> constants = {};
  // As one graph of a list: over workers that its own names tell apart, connected or not. Absent: as `make`.
  std::function<Graph(const Node& topology, std::vector<std::string>& notices)> make_part = {};
  bool directed = false;    // its edges have directions (of a file or a list of edges: where asked for)
  bool edges_alike = true;  // uniform_neighbor and metropolis give the rates of uniform_edge
};
const std::deque<FamilyRow>& families();
// Its parts: the families proper, what reads a graph, and what changes over time.
std::vector<FamilyRow> graph_families();
std::vector<FamilyRow> given_graphs();
std::vector<FamilyRow> changing_graphs();
// A key that bind() puts beside `file`, where gradient rates are an attribute of its nodes: the attribute's name.
inline constexpr const char* worker_rate_attribute = "worker_rate_attribute";
// The graph of a topology's file, with an attribute of its edges for their rates. Throws InputError.
Graph graph_by_attribute(const Node& topology, const std::string& attribute, const NeededAttribute& needed);
// The row that the configuration's `topology` (or one graph of its list) chooses.
const FamilyRow& family_of(const Node& topology);

// --- Objectives.
struct ObjectiveRow : Row {
  bool has_gradients = true;
  bool needs_data = false;
  bool classification = false;
  // Without name and summary, which are the row's, and identity.
  std::function<ObjectiveSource(const Node& objective)> bind;
};
const std::deque<ObjectiveRow>& objectives();
// What an objective that learns has in its object, and what it says.
std::vector<Field> learning_fields();
RegressionSettings learning_settings(const Node& objective, double l2);

// --- Rows from those that were added (sim/experiment/extension.hpp).
struct OwnObjective;
struct OwnTopology;
struct OwnTiming;
ObjectiveRow row_of(const OwnObjective& own);
FamilyRow row_of(const OwnTopology& own);
Choice<TimingModel> row_of(const OwnTiming& own);

// --- Datasets.
struct DataRequest {
  DataNeeds needs;           // of bytes only where they stay bytes
  std::string owner_column;  // of a table, that says whose a row is; empty = none
};
template <class Scalar>
using ReadData = std::function<DatasetPair<Scalar>(const Node& data, const DataRequest& request)>;
struct DatasetRow : Row {
  bool appends_bias;  // the reader itself appends the feature that is always 1 (large sets: no second copy)
  ByPrecision<ReadData> read;
  bool names_columns = false;  // one of them can say whose a row is
};
const std::vector<DatasetRow>& datasets();
// Its parts: those of files of bytes, and the others.
std::vector<DatasetRow> byte_datasets();
std::vector<DatasetRow> table_datasets();
// Standardising would turn the constant feature to 0, so then it is appended later.
inline bool bias_at_once(const Node& data) { return data.flag("bias") && !data.flag("standardise"); }
// The data set of `objective.data`, with its transformations (limit, standardise, bias, in this order). A
// partition may take the owners of rows from a column of the table, which then is no feature.
DataSource bind_data(const Node& data, const Node& partition);
// The field `data`, with this data set as default. bias: whether a feature that is always 1 is appended by default;
// objectives with biases of their own need none.
Field data_field(const char* fallback, bool bias = true);

// --- Partitions of the training rows over workers.
struct PartitionRow : Row {
  // Absent: every worker draws from all rows.
  std::function<Partition(const Node& partition, const PartitionInput& input)> make;
  bool given = false;  // by the user, and drawn from nothing
};
const std::vector<PartitionRow>& partitions();
PartitionSource bind_partition(const Node& partition);
Field partition_field();

}  // namespace acidsim
