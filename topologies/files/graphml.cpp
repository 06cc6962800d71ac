#include <fmt/format.h>

#include <optional>
#include <unordered_map>
#include <utility>

#include "topologies/files/readers.hpp"
#include "topologies/files/text_source.hpp"
#include "topologies/files/xml_graph_reader.hpp"

namespace acidsim {
namespace {

constexpr std::size_t longest_text = 1 << 20;  // bytes, of one <data>

// A <key>: what its values mean for a graph, a node, an edge, and the value of those that have none.
struct Key {
  bool names_graph = false;
  std::string node = {};  // the attribute's name, where nodes have it and it means anything
  EdgeKey edge = {};
  std::string fallback = {};
  std::uint64_t line = 0;

  bool matters() const { return names_graph || !node.empty() || edge.matters(); }
};

class GraphmlReader : public XmlGraphReader {
 public:
  GraphmlReader(const std::string& file, const ReadOptions& options)
      : XmlGraphReader(file, "GraphML", "graphml", options) {}

  void start_element(std::string_view element) override {
    if (data_depth_ > 0) {
      ++data_depth_;  // of another vocabulary, inside <data>
    } else if (element == "key") {
      start_key();
    } else if (element == "default") {
      start_text(open_key_);
    } else if (element == "graph") {
      start_graph();
    } else if (element == "node") {
      start_node();
    } else if (element == "edge") {
      start_edge();
    } else if (element == "data") {
      const auto key = keys_.find(std::string(required("key")));
      start_text(key == keys_.end() ? nullptr : &key->second);
    } else if (element == "hyperedge") {
      refuse("a hyperedge", "", "edges join two nodes");
    }
  }

  void text(std::string_view piece) override {
    if (data_depth_ != 1 || text_key_ == nullptr) return;
    if (text_.size() + piece.size() > longest_text)
      refuse("a value is too long", "", fmt::format("at most {} bytes", longest_text));
    text_ += piece;
  }

  void end(std::string_view element) override {
    if (data_depth_ > 0) {
      if (--data_depth_ == 0 && text_key_ != nullptr) take_text(element);
    } else if (element == "key") {
      open_key_ = nullptr;
    } else if (element == "node") {
      end_node();
    } else if (element == "edge") {
      end_edge();
    } else if (element == "graph") {
      in_graph_ = false;
    }
  }

 private:
  struct OpenNode {
    std::string id;
    std::uint64_t line;
    NodeAttributes attributes = {};
  };
  struct OpenEdge {
    std::string source, target;
    std::uint64_t line;
    EdgeAttributes attributes = {};
  };

  void start_key() {
    const std::string_view name = attribute("attr.name").value_or(required("id"));
    const std::string_view domain = attribute("for").value_or("all");
    Key key;
    key.line = line();
    if (domain == "graph" || domain == "all")
      key.names_graph = lower(name) == "label" || lower(name) == "name";
    if ((domain == "node" || domain == "all") && builder().takes_node_attribute(name)) key.node = name;
    if (domain == "edge" || domain == "all") key.edge = builder().edge_key(name);
    open_key_ = &(keys_[std::string(required("id"))] = key);
    if (seen_graph()) refuse("a <key> behind the <graph>", name, "keys stand before the graph");
  }

  void start_graph() {
    if (in_graph_) refuse("a graph within a graph", "");
    see_graph();
    in_graph_ = true;
    builder().graph().directed = attribute("edgedefault").value_or("undirected") == "directed";
    settle_spelling();
    for (const auto& [id, key] : keys_) {
      if (key.fallback.empty()) continue;
      if (!key.node.empty()) builder().set(default_node_, key.node, key.fallback, builder().place(key.line));
      default_edge_.set(key.edge, key.fallback, builder().place(key.line));
    }
  }

  // Beside `weight`, `Weight` is another attribute.
  void settle_spelling() {
    for (const auto& [id, exact] : keys_) {
      for (auto& [other_id, other] : keys_)
        if (exact.edge.exact && !other.edge.exact && other.edge.kind == exact.edge.kind) other.edge = {};
    }
  }

  void start_node() {
    if (!in_graph_ || node_ || edge_) refuse("a <node> outside of the graph's own level", "");
    node_ = OpenNode{std::string(required("id")), line(), default_node_};
  }

  void end_node() {
    builder().describe(builder().declare(node_->id, node_->line), node_->attributes);
    node_.reset();
  }

  void start_edge() {
    if (!in_graph_ || node_ || edge_) refuse("an <edge> outside of the graph's own level", "");
    edge_ = OpenEdge{std::string(required("source")), std::string(required("target")), line(), default_edge_};
    if (attribute("directed") == "true") builder().graph().directed = true;
  }

  void end_edge() {
    const Worker a = builder().refer(edge_->source, edge_->line),
                 b = builder().refer(edge_->target, edge_->line);
    builder().link(a, b, edge_->attributes, edge_->line);
    edge_.reset();
  }

  void start_text(Key* key) {
    data_depth_ = 1;
    text_key_ = key != nullptr && key->matters() ? key : nullptr;
    text_.clear();
  }

  void take_text(std::string_view element) {
    const std::string text = one_line(text_);
    if (element == "default") {
      text_key_->fallback = text;
    } else if (edge_) {
      edge_->attributes.set(text_key_->edge, text, place());
    } else if (node_) {
      if (!text_key_->node.empty()) builder().set(node_->attributes, text_key_->node, text, place());
    } else if (in_graph_ && text_key_->names_graph) {
      builder().graph().name = text;
    }
  }

  std::unordered_map<std::string, Key> keys_;
  Key* open_key_ = nullptr;
  NodeAttributes default_node_;
  EdgeAttributes default_edge_;
  std::optional<OpenNode> node_;
  std::optional<OpenEdge> edge_;
  std::string text_;            // of the <data> or <default> that is open
  Key* text_key_ = nullptr;     // nothing where it does not matter
  std::size_t data_depth_ = 0;  // elements that are open from <data> or <default> on
  bool in_graph_ = false;
};

}  // namespace

RawGraph parse_graphml(std::istream& in, const std::string& file, const ReadOptions& options) {
  GraphmlReader reader(file, options);
  return reader.read(in);
}

RawGraph parse_graphml(std::istream& in, const std::string& file) {
  return parse_graphml(in, file, ReadOptions());
}

}  // namespace acidsim
