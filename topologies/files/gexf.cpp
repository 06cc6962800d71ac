#include <fmt/format.h>

#include <optional>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"
#include "topologies/files/xml_parser.hpp"

namespace acidsim {
namespace {

class GexfReader : public XmlHandler {
 public:
  explicit GexfReader(const std::string& file) : file_(file), builder_(file) {}

  RawGraph finish() {
    if (!seen_root_) throw InputError(file_, "not GEXF", {}, "its outermost element is <gexf>");
    if (!seen_graph_) throw InputError(file_, "no <graph>");
    return builder_.finish();
  }

  void start(std::string_view element, const Attributes& attributes, std::uint64_t line) override {
    attributes_ = &attributes;
    line_ = line;
    if (!std::exchange(seen_root_, true)) {
      if (element != "gexf") refuse("not GEXF", element, "its outermost element is <gexf>");
    } else if (element == "graph") {
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
    if (element == "node" && node_) builder_.describe(*std::exchange(node_, std::nullopt), described_);
  }

  void text(std::string_view) override {}  // of attvalues' captions and the like

 private:
  [[noreturn]] void refuse(const std::string& problem, std::string_view value,
                           const std::string& hint = {}) const {
    throw InputError(builder_.place(line_), problem, beginning(value), hint);
  }

  std::optional<std::string_view> attribute(std::string_view name) const {
    for (const auto& [key, value] : *attributes_)
      if (key == name) return value;
    return std::nullopt;
  }
  std::string_view required(std::string_view name) const {
    const auto value = attribute(name);
    if (!value) refuse(fmt::format("an element without its attribute {}", name), "");
    return *value;
  }

  void start_graph() {
    if (std::exchange(seen_graph_, true)) refuse("a second <graph>", "");
    if (attribute("mode") == "dynamic")
      refuse("a graph that changes over time", "dynamic", "export a static one");
    directed_ = attribute("defaultedgetype") == "directed";
    builder_.graph().directed = directed_;
  }

  void start_node() {
    if (!seen_graph_ || node_) refuse("a <node> outside of the graph's own level", "");
    node_ = builder_.declare(required("id"), line_);
    described_ = {};
    if (const auto label = attribute("label")) described_.set(NodeKey::label, *label);
  }

  void add_edge() {
    if (!seen_graph_ || node_) refuse("an <edge> outside of the graph's own level", "");
    const std::string_view type = attribute("type").value_or(directed_ ? "directed" : "undirected");
    if ((type == "directed") != directed_ && seen_edge_)
      refuse("some edges are directed and others are not", type, "one kind in a file");
    seen_edge_ = true;
    directed_ = builder_.graph().directed = type == "directed";
    EdgeAttributes attributes;
    if (const auto weight = attribute("weight"))
      attributes.set({EdgeKey::weight, true}, *weight, builder_.place(line_));
    const Worker a = builder_.refer(required("source"), line_), b = builder_.refer(required("target"), line_);
    builder_.link(a, b, attributes, line_);
  }

  const std::string& file_;
  GraphBuilder builder_;
  const Attributes* attributes_ = nullptr;
  std::optional<Worker> node_;  // that is open
  NodeAttributes described_;
  std::uint64_t line_ = 0;
  bool seen_root_ = false, seen_graph_ = false, seen_edge_ = false, directed_ = false;
};

}  // namespace

RawGraph parse_gexf(std::istream& in, const std::string& file) {
  GexfReader reader(file);
  parse_xml(in, file, reader);
  return reader.finish();
}

}  // namespace acidsim
