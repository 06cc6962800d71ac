// Graphs written in the format of a file's extension.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <ostream>

#include "sim/core/error.hpp"
#include "topologies/files/edge_list_ids.hpp"
#include "topologies/files/files.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

// GML is ASCII with entities; UTF-8 is understood everywhere all the same, so that only its own signs are replaced.
std::string gml_text(std::string_view text) {
  std::string result;
  for (const char c : one_line(text)) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '"') {
      result += "&quot;";
    } else {
      result += c;
    }
  }
  return '"' + result + '"';
}

void write_gml(const Graph& graph, std::ostream& out) {
  out << "graph [\n  name " << gml_text(graph.name) << '\n';
  for (Worker i = 0; i < graph.workers; ++i) {
    out << fmt::format("  node [ id {}", i);
    if (!graph.worker_names.empty()) out << " label " << gml_text(graph.worker_names[i]);
    if (!graph.coordinates.empty())
      out << fmt::format(" graphics [ x {} y {} ]", graph.coordinates[i][0], graph.coordinates[i][1]);
    out << " ]\n";
  }
  for (const Edge& e : graph.edges)
    out << fmt::format("  edge [ source {} target {}{} ]\n", e.i, e.j,
                       is_weighted(graph) ? fmt::format(" {} {}", weight_name(graph), e.rate) : "");
  out << "]\n";
}

std::string dot_text(const std::string& text) {
  if (text.find('\\') != text.npos)
    throw InputError("", "a name that DOT cannot hold", text, "no backslashes, or another format");
  std::string result;
  for (const char c : one_line(text)) result += c == '"' ? std::string("\\\"") : std::string(1, c);
  return '"' + result + '"';
}

void write_dot(const Graph& graph, std::ostream& out) {
  out << "graph " << dot_text(graph.name) << " {\n";
  for (Worker i = 0; i < graph.workers; ++i) {
    std::vector<std::string> attributes;
    if (!graph.worker_names.empty()) attributes.push_back("label=" + dot_text(graph.worker_names[i]));
    if (!graph.coordinates.empty())
      attributes.push_back(fmt::format("pos=\"{},{}\"", graph.coordinates[i][0], graph.coordinates[i][1]));
    out << fmt::format("  {} [{}];\n", i, fmt::join(attributes, ", "));
  }
  for (const Edge& e : graph.edges)
    out << fmt::format("  {} -- {}{};\n", e.i, e.j,
                       is_weighted(graph) ? fmt::format(" [{}=\"{}\"]", weight_name(graph), e.rate) : "");
  out << "}\n";
}

// Its workers are 1 … n, so that names get lost: those of another kind are refused.
void write_matrix_market(const Graph& graph, std::ostream& out) {
  for (std::size_t k = 0; k < graph.worker_names.size(); ++k)
    if (graph.worker_names[k] != fmt::format("{}", k + 1))
      throw InputError("", "Matrix Market files have no names", graph.worker_names[k],
                       "another format, as .graphml");
  const bool weighted = is_weighted(graph);
  out << fmt::format("%%MatrixMarket matrix coordinate {} symmetric\n% {}\n{} {} {}\n",
                     weighted ? "real" : "pattern", one_line(graph.name), graph.workers, graph.workers,
                     graph.edges.size());
  for (const Edge& e : graph.edges)
    out << fmt::format("{} {}{}\n", e.j + 1, e.i + 1, weighted ? fmt::format(" {}", e.rate) : "");
}

void write_node_link(const Graph& graph, std::ostream& out) {
  using Json = nlohmann::ordered_json;
  const auto text = [](const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
  };
  out << fmt::format("{{\"directed\": false, \"multigraph\": false, \"graph\": {},\n \"nodes\": [",
                     text({{"name", graph.name}}));
  for (Worker i = 0; i < graph.workers; ++i) {
    Json node = {{"id", i}};
    if (!graph.worker_names.empty()) node["label"] = graph.worker_names[i];
    if (!graph.coordinates.empty()) {
      node["x"] = graph.coordinates[i][0];
      node["y"] = graph.coordinates[i][1];
    }
    out << (i == 0 ? "\n  " : ",\n  ") << text(node);
  }
  out << "],\n \"links\": [";
  for (std::size_t k = 0; k < graph.edges.size(); ++k) {
    const Edge& e = graph.edges[k];
    Json link = {{"source", e.i}, {"target", e.j}};
    if (is_weighted(graph)) link[weight_name(graph)] = e.rate;
    out << (k == 0 ? "\n  " : ",\n  ") << text(link);
  }
  out << "]}\n";
}

void write_table(const Graph& graph, std::ostream& out) {
  out << (is_weighted(graph) ? fmt::format("source,target,{}\n", weight_name(graph)) : "source,target\n");
  const bool words = !std::all_of(graph.worker_names.begin(), graph.worker_names.end(), is_integer);
  const auto name = [&](Worker i) {
    return graph.worker_names.empty() ? fmt::format("{}", i) : edge_list_column(graph.worker_names[i], words);
  };
  for (const Edge& e : graph.edges)
    out << fmt::format("{},{}{}\n", name(e.i), name(e.j),
                       is_weighted(graph) ? fmt::format(",{}", e.rate) : "");
}

using Values = std::span<const EdgeValues>;

template <void (*write)(const Graph&, std::ostream&)>
void without_values(const Graph& graph, Values, std::ostream& out) {
  write(graph, out);
}

struct Writer {
  std::vector<std::string> extensions;
  void (*write)(const Graph&, Values, std::ostream&);
};

const std::vector<Writer>& writers() {
  static const std::vector<Writer> all = {
      {{".graphml", ".xml"}, write_graphml},
      {{".gml"}, without_values<write_gml>},
      {{".dot", ".gv"}, without_values<write_dot>},
      {{".mtx", ".mm"}, without_values<write_matrix_market>},
      {{".json"}, without_values<write_node_link>},
      {{".csv"}, without_values<write_table>},
      {{".txt", ".edges", ".edgelist", ".el"}, without_values<write_edge_list>}};
  return all;
}

}  // namespace

void write_graph(const Graph& graph, std::span<const EdgeValues> values, const std::string& extension,
                 std::ostream& out) {
  const std::string wanted = lower(extension);
  std::vector<std::string> known;
  for (const Writer& writer : writers()) {
    known.insert(known.end(), writer.extensions.begin(), writer.extensions.end());
    if (std::find(writer.extensions.begin(), writer.extensions.end(), wanted) == writer.extensions.end())
      continue;
    writer.write(graph, values, out);
    return;
  }
  throw InputError("", "no format that is written here", wanted.empty() ? "no extension" : wanted,
                   fmt::format("{}", fmt::join(known, ", ")));
}

}  // namespace acidsim
