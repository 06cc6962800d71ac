// Methods, objectives, topologies and timing models of one's own, under names that configurations can choose: rows that a
// program adds, or that a plug-in brings (experiment/plugin.hpp). What is declared here and what it names is stable.
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/algorithms/row.hpp"
#include "sim/core/parameters.hpp"
#include "sim/experiment/sources.hpp"
#include "sim/objectives/simple_objective.hpp"
#include "sim/timing/source_schedule.hpp"
#include "topologies/graph.hpp"

// Functions of rows, and what they make, are called from several threads at a time.
namespace acidsim {

// What an objective is made from.
struct ObjectiveChoice {
  Values values;  // of its parameters
  std::optional<RegressionSettings> learning =
      {};  // its rows and how they are drawn, where it learns; l2 is 0
};

struct OwnObjective {
  std::string name;
  std::string summary;      // one line
  std::string source = {};  // citation, or empty
  std::vector<Parameter> parameters = {};
  // Of one that learns from a table: what it asks of it. It has the fields data, partition, batch_size and sampling then.
  std::optional<DataNeeds> data = {};
  // Name, summary and identity of the result are not used: f follows from the choice.
  std::function<ObjectiveSource(const ObjectiveChoice&)> make;
};

// The number of coordinates of an objective: Values::whole("dimension").
inline Parameter dimension_parameter(std::int64_t standard = 10) {
  return {.name = "dimension",
          .kind = Parameter::Kind::whole,
          .default_value = standard,
          .what = "coordinates of a worker's model",
          .minimum = 1,
          .maximum = 1e9};
}
// For OwnObjective::make: an objective whose class Own<Scalar> is made from (ObjectiveInput<Scalar>, Values), and whose
// dimension is the parameter.
template <template <class> class Own>
ObjectiveSource objective_of(const ObjectiveChoice& choice) {
  ObjectiveSource source;
  source.dimension = choice.values.whole("dimension");
  source.make = ByPrecision<MakeObjective>(
      [values = choice.values]<class Scalar>(const ObjectiveInput<Scalar>& input)
          -> std::unique_ptr<Objective<Scalar>> { return std::make_unique<Own<Scalar>>(input, values); });
  return source;
}

struct OwnTopology {
  std::string name;
  std::string summary;
  std::string source = {};
  std::vector<Parameter> parameters =
      {};  // with workers_parameter() where the number of workers can be chosen
  std::function<Graph(const Values&)> make;
  bool directed = false;  // its edges have directions: Graph::directions
};
// The number of workers of a topology: Values::whole("workers").
inline Parameter workers_parameter(std::int64_t standard = 64) {
  return {.name = "workers",
          .kind = Parameter::Kind::whole,
          .default_value = standard,
          .what = "number of workers",
          .minimum = 1,
          .maximum = static_cast<double>(largest_graph)};
}

struct OwnTiming {
  std::string name;
  std::string summary;
  std::string source = {};
  std::vector<Parameter> parameters = {};
  std::function<std::unique_ptr<EventSource>(const Values&, const TimingInput&)> make;
  // In the long run workers and edges have the rates of the input; else `acidsim test-plugin` does not look at them.
  bool keeps_rates = true;
};

// What a program or a plug-in adds: rows, of any of the four kinds.
struct Extension {
  std::vector<AlgorithmRow> methods = {};
  std::vector<OwnObjective> objectives = {};
  std::vector<OwnTopology> topologies = {};
  std::vector<OwnTiming> timings = {};

  void add(AlgorithmRow row) { methods.push_back(std::move(row)); }
  void add(OwnObjective row) { objectives.push_back(std::move(row)); }
  void add(OwnTopology row) { topologies.push_back(std::move(row)); }
  void add(OwnTiming row) { timings.push_back(std::move(row)); }
};

enum class RowKind { method, objective, topology, timing };
std::string name_of(RowKind kind);

// Adds all of its rows, or throws InputError and adds none: for a name that is there already, or is no name (a … z, 0 … 9
// and _, a letter first), and for a row without what makes it. `origin` starts the messages and says where the rows are
// from, for example a file; empty: from the program itself. Not while experiments are read or run. The command line and
// the Python package add rows by add_to_registry() (sim/app/registry/own_rows.hpp), which knows the names of their
// configurations too.
void add_rows(Extension extension, const std::string& origin = "");

// What has been added, in this order; methods are among all_algorithms(). Rows stay where they are.
const std::deque<OwnObjective>& own_objectives();
const std::deque<OwnTopology>& own_topologies();
const std::deque<OwnTiming>& own_timings();

// The origin that an added row was added with; nothing where it is none of them.
std::optional<std::string> origin_of(RowKind kind, const std::string& name);

}  // namespace acidsim
