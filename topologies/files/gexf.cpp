#include <fmt/format.h>

#include <optional>
#include <utility>

#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"
#include "topologies/files/xml_graph_reader.hpp"

namespace acidsim {
namespace {

class GexfReader : public XmlGraphReader {
 public:
  explicit GexfReader(const std::string& file) : XmlGraphReader(file, "GEXF", "gexf") {}

  void start_element(std::string_view element) override {
    if (element == "graph") {
      start_graph();
    } else if (element == "node") {
      start_node();
    } else if (element == "edge") {
      add_edge();
    } else if (element == "position" && node_) {
      for (const char* axis : {"x", "y"})
        if (const auto value = attribute(axis)) described_.set(node_key(axis), *value);
    }
  }

  void end(std::string_view element) override {
    if (element == "node" && node_) builder().describe(*std::exchange(node_, std::nullopt), described_);
  }

  void text(std::string_view) override {}  // of attvalues' captions and the like

 private:
  void start_graph() {
    see_graph();
    if (attribute("mode") == "dynamic")
      refuse("a graph that changes over time", "dynamic", "export a static one");
    directed_ = attribute("defaultedgetype") == "directed";
    builder().graph().directed = directed_;
  }

  void start_node() {
    if (!seen_graph() || node_) refuse("a <node> outside of the graph's own level", "");
    node_ = builder().declare(required("id"), line());
    described_ = {};
    if (const auto label = attribute("label")) described_.set(NodeKey::label, *label);
  }

  void add_edge() {
    if (!seen_graph() || node_) refuse("an <edge> outside of the graph's own level", "");
    const std::string_view type = attribute("type").value_or(directed_ ? "directed" : "undirected");
    if ((type == "directed") != directed_ && seen_edge_)
      refuse("some edges are directed and others are not", type, "one kind in a file");
    seen_edge_ = true;
    directed_ = builder().graph().directed = type == "directed";
    EdgeAttributes attributes;
    if (const auto weight = attribute("weight")) attributes.set({EdgeKey::weight, true}, *weight, place());
    const Worker a = builder().refer(required("source"), line()),
                 b = builder().refer(required("target"), line());
    builder().link(a, b, attributes, line());
  }

  std::optional<Worker> node_;  // that is open
  NodeAttributes described_;
  bool seen_edge_ = false, directed_ = false;
};

}  // namespace

RawGraph parse_gexf(std::istream& in, const std::string& file) {
  GexfReader reader(file);
  return reader.read(in);
}

}  // namespace acidsim
