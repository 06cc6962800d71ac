#include <fmt/format.h>

#include <optional>
#include <string>
#include <unordered_map>
#include <utility>

#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"
#include "topologies/files/xml_graph_reader.hpp"

namespace acidsim {
namespace {

constexpr std::size_t longest_default = 1 << 20;  // bytes

class GexfReader : public XmlGraphReader {
 public:
  GexfReader(const std::string& file, const ReadOptions& options)
      : XmlGraphReader(file, "GEXF", "gexf", options) {}

  void start_element(std::string_view element) override {
    if (element == "graph") {
      start_graph();
    } else if (element == "node") {
      start_node();
    } else if (element == "edge") {
      start_edge();
    } else if (element == "position" && node_) {
      for (const char* axis : {"x", "y"})
        if (const auto value = attribute(axis)) described_.set(node_key(axis), *value);
    } else if (element == "attributes") {
      of_nodes_ = attribute("class") == "node";
    } else if (element == "attribute" && (of_nodes_ || builder().names_rate())) {
      title_ = &((of_nodes_ ? titles_ : edge_titles_)[text_of("id")] = text_of("title"));
    } else if (element == "default") {
      default_.clear();
    } else if (element == "attvalue" && (node_ || edge_)) {
      take_value();
    }
  }

  void end(std::string_view element) override {
    if (element == "node" && node_) {
      builder().describe(*std::exchange(node_, std::nullopt), described_);
    } else if (element == "edge" && edge_) {
      const auto [a, b, line] = *std::exchange(edge_, std::nullopt);
      builder().link(a, b, edge_attributes_, line);
    } else if (element == "default" && title_ != nullptr) {
      if (of_nodes_)
        builder().set_rate(defaults_, *title_, one_line(default_), place());
      else
        edge_defaults_.set(builder().edge_key(*title_), one_line(default_), place());
    } else if (element == "attribute") {
      title_ = nullptr;
    }
  }

  void text(std::string_view piece) override {
    if (title_ == nullptr) return;
    if (default_.size() + piece.size() > longest_default)
      refuse("a value is too long", "", fmt::format("at most {} bytes", longest_default));
    default_ += piece;
  }

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
    described_ = defaults_;
    if (const auto label = attribute("label")) described_.set(NodeKey::label, *label);
  }

  std::string text_of(std::string_view name) const { return std::string(attribute(name).value_or("")); }

  void take_value() {
    const auto& titles = node_ ? titles_ : edge_titles_;
    const auto title = titles.find(text_of(attribute("for") ? "for" : "id"));  // "id" before version 1.2
    if (title == titles.end()) return;
    if (node_)
      builder().set_rate(described_, title->second, text_of("value"), place());
    else
      edge_attributes_.set(builder().edge_key(title->second), text_of("value"), place());
  }

  void start_edge() {
    if (!seen_graph() || node_ || edge_) refuse("an <edge> outside of the graph's own level", "");
    const std::string_view type = attribute("type").value_or(directed_ ? "directed" : "undirected");
    if ((type == "directed") != directed_ && seen_edge_)
      refuse("some edges are directed and others are not", type, "one kind in a file");
    seen_edge_ = true;
    directed_ = builder().graph().directed = type == "directed";
    edge_attributes_ = edge_defaults_;
    if (const auto weight = attribute("weight"))
      edge_attributes_.set(builder().edge_key("weight"), *weight, place());
    const Worker a = builder().refer(required("source"), line()),
                 b = builder().refer(required("target"), line());
    edge_ = OpenEdge{a, b, line()};
  }

  struct OpenEdge {
    Worker a, b;
    std::uint64_t line;
  };

  std::optional<Worker> node_;  // that is open
  NodeAttributes described_, defaults_;
  std::optional<OpenEdge> edge_;  // that is open
  EdgeAttributes edge_attributes_, edge_defaults_;
  bool of_nodes_ = false;  // the attributes that are declared here
  std::unordered_map<std::string, std::string> titles_, edge_titles_;  // by id
  const std::string* title_ = nullptr;  // of the attribute that is being declared
  std::string default_;                 // its value so far
  bool seen_edge_ = false, directed_ = false;
};

}  // namespace

RawGraph parse_gexf(std::istream& in, const std::string& file, const ReadOptions& options) {
  GexfReader reader(file, options);
  return reader.read(in);
}

RawGraph parse_gexf(std::istream& in, const std::string& file) { return parse_gexf(in, file, ReadOptions()); }

}  // namespace acidsim
