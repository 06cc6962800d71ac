#include "sim/app/registry/own_rows.hpp"

#include <fmt/format.h>

#include <map>

#include "sim/app/registry/registry.hpp"
#include "sim/experiment/plugin.hpp"

namespace acidsim {
namespace {

std::vector<Field> fields_of(const std::vector<Parameter>& parameters) {
  std::vector<Field> fields;
  for (const Parameter& parameter : parameters) fields.push_back(field_of(parameter));
  return fields;
}

template <class Own>
Row described(const Own& own, RowKind kind) {
  Row row{own.name, own.summary, own.source, fields_of(own.parameters), ""};
  if (const auto origin = origin_of(kind, own.name); origin && !origin->empty())
    row.facts.push_back("from " + *origin);
  return row;
}

template <class Rows>
void refuse_known(RowKind kind, Kind category, const Rows& added, const std::string& origin) {
  for (const auto& row : added) {
    if (find_row(category, row.name) == nullptr) continue;
    const InputError error(fmt::format("the {} that is added", name_of(kind)), "has the name of another one",
                           row.name, "a name of its own; a plug-in is loaded once");
    throw origin.empty() ? error : error.within(origin);
  }
}

}  // namespace

void add_to_registry(Extension extension, const std::string& origin) {
  refuse_known(RowKind::method, Kind::algorithm, extension.methods, origin);
  refuse_known(RowKind::objective, Kind::objective, extension.objectives, origin);
  refuse_known(RowKind::topology, Kind::family, extension.topologies, origin);
  refuse_known(RowKind::timing, Kind::timing, extension.timings, origin);
  add_rows(std::move(extension), origin);
}

namespace {

// Plug-ins that were loaded, and the digests of their files.
std::map<std::string, std::string>& plugin_digests() {
  static std::map<std::string, std::string> digests;
  return digests;
}

}  // namespace

std::vector<std::pair<RowKind, std::string>> add_plugin(const std::filesystem::path& file) {
  Plugin plugin = load_plugin(file);
  if (plugin_digests().contains(plugin.name))
    throw InputError(file.string(), "a plug-in of this name is loaded already", plugin.name,
                     "give it once, or another name to one of two");
  std::vector<std::pair<RowKind, std::string>> names;
  const auto tell = [&](RowKind kind, const auto& rows_of) {
    for (const auto& row : rows_of) names.emplace_back(kind, row.name);
  };
  tell(RowKind::method, plugin.rows.methods);
  tell(RowKind::objective, plugin.rows.objectives);
  tell(RowKind::topology, plugin.rows.topologies);
  tell(RowKind::timing, plugin.rows.timings);
  add_to_registry(std::move(plugin.rows), plugin.name);
  plugin_digests()[plugin.name] = plugin.digest;
  return names;
}

Json plugins_of(const Json& config) {
  Json found = Json::object();
  const auto look = [&](RowKind kind, const Json& section, const char* key) {
    if (!section.is_object() || !section.contains(key) || !section[key].is_string()) return;
    const auto origin = origin_of(kind, section[key].get<std::string>());
    if (!origin || !plugin_digests().contains(*origin)) return;
    found["plugin " + *origin] = plugin_digests().at(*origin);
  };
  const auto section = [&](const char* name) { return config.contains(name) ? config[name] : Json(); };
  look(RowKind::method, section("algorithm"), "name");
  look(RowKind::objective, section("objective"), "name");
  look(RowKind::timing, section("timing"), "model");
  const Json topology = section("topology");
  look(RowKind::topology, topology, "family");
  if (topology.is_object() && topology.contains("graphs"))
    for (const Json& graph : topology["graphs"]) look(RowKind::topology, graph, "family");
  return found;
}

namespace {

// The objective that a source makes, which has to be of the experiment's size.
template <class Scalar>
std::unique_ptr<Objective<Scalar>> fitting(const ObjectiveSource& source,
                                           const ObjectiveInput<Scalar>& input) {
  auto made = source.make.get<Scalar>()(input);
  if (made == nullptr) throw std::logic_error("an objective that is none");
  if (made->workers() != input.workers)
    throw InputError("name", "this objective is one of another number of workers",
                     fmt::format("{}", made->workers()), fmt::format("the experiment has {}", input.workers));
  if (source.dimension && made->dimension() != *source.dimension)
    throw InputError("name", "this objective has another dimension than its source says",
                     fmt::format("{}", made->dimension()),
                     fmt::format("ObjectiveSource::dimension is {}", *source.dimension));
  return made;
}

ObjectiveSource checked_source(ObjectiveSource source) {
  if (!source.make) return source;
  const ObjectiveSource unchecked = source;
  source.make = ByPrecision<MakeObjective>(
      [unchecked]<class Scalar>(const ObjectiveInput<Scalar>& input) { return fitting(unchecked, input); });
  return source;
}

// Engines count on it.
void check_graph(const Graph& graph, const Node& node) {
  const auto refuse = [&](const std::string& problem, const std::string& hint) {
    throw InputError(node.path() + "/family", problem, graph.name, hint);
  };
  if (graph.workers == 0) refuse("this topology has no workers", "at least 1");
  if (graph.workers > 1 && graph.edges.empty()) refuse("this topology has no edges", "at least one");
  const Edge* before = nullptr;
  for (const Edge& edge : graph.edges) {
    const std::string shown = fmt::format("edge {}, {} of weight {} ", edge.i, edge.j, edge.rate);
    if (edge.i >= edge.j || edge.j >= graph.workers) refuse(shown + "is none", "i < j < workers");
    if (!(edge.rate >= 0 && edge.rate < infinity)) refuse(shown + "cannot be", "a finite weight ≥ 0");
    if (before && std::pair(before->i, before->j) >= std::pair(edge.i, edge.j))
      refuse(shown + "is out of order, or comes twice", "normalise(graph) of topologies/graph.hpp");
    before = &edge;
  }
  const auto fits = [](std::size_t size, std::size_t whole) { return size == 0 || size == whole; };
  if (!fits(graph.directions.size(), graph.edges.size()))
    refuse("this topology has not a direction for each edge", "");
  for (const std::size_t size :
       {graph.worker_names.size(), graph.coordinates.size(), graph.worker_rates.size()})
    if (!fits(size, graph.workers)) refuse("this topology has not a name, place or rate for each worker", "");
}

}  // namespace

ObjectiveRow row_of(const OwnObjective& own) {
  ObjectiveRow row{described(own, RowKind::objective),
                   true,
                   own.data.has_value(),
                   own.data && own.data->classification,
                   {}};
  if (own.data)
    for (Field& field : learning_fields()) row.parameters.push_back(std::move(field));
  row.bind = [&own](const Node& node) {
    ObjectiveChoice choice{values_of(own.parameters, node)};
    if (own.data) choice.learning = learning_settings(node, 0);
    return checked_source(with_error_path(node.path(), [&] { return own.make(choice); }));
  };
  return row;
}

FamilyRow row_of(const OwnTopology& own) {
  FamilyRow row{described(own, RowKind::topology), {}, nullptr};
  row.make = [&own](const Node& node, std::vector<std::string>&) {
    Graph graph = with_error_path(node.path(), [&] { return own.make(values_of(own.parameters, node)); });
    if (graph.name.empty()) graph.name = own.name;
    check_graph(graph, node);
    return graph;
  };
  row.directed = own.directed;
  row.edges_alike = false;
  return row;
}

Choice<TimingModel> row_of(const OwnTiming& own) {
  return {described(own, RowKind::timing), TimingModel::own};
}

MakeSource bind_own_timing(const Node& timing) {
  for (const OwnTiming& own : own_timings())
    if (own.name == timing.text("model"))
      return [&own, values = values_of(own.parameters, timing)](const TimingInput& input) {
        return with_error_path("/timing", [&] { return own.make(values, input); });
      };
  throw std::logic_error("no timing model " + timing.text("model"));
}

}  // namespace acidsim
