#include <fmt/format.h>

#include <algorithm>
#include <ostream>
#include <utility>

#include "topologies/files/edge_columns.hpp"
#include "topologies/files/edge_list_ids.hpp"
#include "topologies/files/edge_list_line.hpp"
#include "topologies/files/files.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

// Whether a reader of edge lists would take an unquoted name for something else.
bool must_be_quoted(const std::string& name, bool among_words) {
  return name.empty() || name.find_first_of(" \t,;\"") != name.npos || name.find("->") != name.npos ||
         name.find_first_of("#%{") == 0 || arrow_of(name) != Arrow::none ||
         (among_words && number_from(name));
}

// Whether a reader would take the first edge of a list for a header, or for the numbers of workers and edges.
bool misleads(const std::string& a, const std::string& b, std::size_t other_edges) {
  return is_known_header(a, b) || b == fmt::format("{}", other_edges);
}

std::string in_xml(std::string_view text) {
  std::string result;
  for (const char c : one_line(text)) {
    switch (c) {
      case '&':
        result += "&amp;";
        break;
      case '<':
        result += "&lt;";
        break;
      case '>':
        result += "&gt;";
        break;
      case '"':
        result += "&quot;";
        break;
      default:
        result += c;
    }
  }
  return result;
}

// A <key> of GraphML and the values that belong to it.
class GraphmlKeys {
 public:
  explicit GraphmlKeys(std::ostream& out) : out_(out) {}

  void declare(const char* id, const char* element, std::string_view name, const char* type) {
    out_ << fmt::format("  <key id=\"{}\" for=\"{}\" attr.name=\"{}\" attr.type=\"{}\"/>\n", id, element,
                        in_xml(name), type);
  }
  void value(std::string_view id, double value) {
    out_ << fmt::format("<data key=\"{}\">{}</data>", id, value);
  }
  void text(std::string_view id, std::string_view text) {
    out_ << fmt::format("<data key=\"{}\">{}</data>", id, in_xml(text));
  }

 private:
  std::ostream& out_;
};

void write_nodes(const Graph& graph, GraphmlKeys& keys, std::ostream& out) {
  for (Worker i = 0; i < graph.workers; ++i) {
    out << fmt::format("    <node id=\"{}\">", i);
    if (!graph.worker_names.empty()) keys.text("label", graph.worker_names[i]);
    if (!graph.coordinates.empty()) {
      keys.value("x", graph.coordinates[i][0]);
      keys.value("y", graph.coordinates[i][1]);
    }
    out << "</node>\n";
  }
}

}  // namespace

bool is_weighted(const Graph& graph) {
  return graph.weights_are_rates ||
         std::any_of(graph.edges.begin(), graph.edges.end(), [](const Edge& e) { return e.rate != 1.0; });
}

std::string weight_name(const Graph& graph) { return graph.weights_are_rates ? "rate" : "weight"; }

std::string edge_list_column(const std::string& name, bool among_words) {
  if (!must_be_quoted(name, among_words)) return name;
  std::string text = "\"";
  for (const char c : name) text += c == '"' ? std::string("\"\"") : std::string(1, c);
  return text + '"';
}

void write_graphml(const Graph& graph, std::span<const EdgeValues> values, std::ostream& out) {
  GraphmlKeys keys(out);
  const std::string own = weight_name(graph);
  const bool writes_own =
      is_weighted(graph) && std::none_of(values.begin(), values.end(),
                                         [&](const EdgeValues& column) { return column.name == own; });
  out << "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<graphml "
         "xmlns=\"http://graphml.graphdrawing.org/xmlns\">\n";
  keys.declare("name", "graph", "name", "string");
  if (!graph.worker_names.empty()) keys.declare("label", "node", "label", "string");
  if (!graph.coordinates.empty()) {
    keys.declare("x", "node", "x", "double");
    keys.declare("y", "node", "y", "double");
  }
  if (writes_own) keys.declare("own", "edge", own, "double");
  for (std::size_t k = 0; k < values.size(); ++k)
    keys.declare(fmt::format("e{}", k).c_str(), "edge", values[k].name, "double");
  out << "  <graph edgedefault=\"undirected\">\n    ";
  keys.text("name", graph.name);
  out << '\n';
  write_nodes(graph, keys, out);
  for (std::size_t e = 0; e < graph.edges.size(); ++e) {
    out << fmt::format("    <edge source=\"{}\" target=\"{}\">", graph.edges[e].i, graph.edges[e].j);
    if (writes_own) keys.value("own", graph.edges[e].rate);
    for (std::size_t k = 0; k < values.size(); ++k) keys.value(fmt::format("e{}", k), values[k].values[e]);
    out << "</edge>\n";
  }
  out << "  </graph>\n</graphml>\n";
}

void write_edge_list(const Graph& graph, std::ostream& out) {
  const bool weighted = is_weighted(graph);
  const auto name = [&](Worker i) {
    return graph.worker_names.empty() ? fmt::format("{}", i) : graph.worker_names[i];
  };
  const std::vector<std::string>& names = graph.worker_names;
  const bool words = !std::all_of(names.begin(), names.end(), is_integer);
  out << fmt::format("# {}: {} workers, {} edges\n", one_line(graph.name), graph.workers, graph.edges.size());
  for (const Edge& e : graph.edges) {
    std::string a = name(e.i), b = name(e.j);
    if (&e == graph.edges.data() && misleads(a, b, graph.edges.size() - 1)) std::swap(a, b);
    out << edge_list_column(a, words) << ' ' << edge_list_column(b, words);
    if (weighted) out << ' ' << fmt::format("{}", e.rate);
    out << '\n';
  }
}

}  // namespace acidsim
