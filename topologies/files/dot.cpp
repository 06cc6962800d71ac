#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/dot_tokens.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/readers.hpp"
#include "topologies/files/worker_labels.hpp"

namespace acidsim {
namespace {

constexpr int deepest = 64;  // subgraphs within subgraphs

// What holds within one pair of braces.
struct Scope {
  EdgeAttributes edge_defaults;
  std::vector<Worker> nodes;  // mentioned in it, with repetitions
};

class DotReader {
 public:
  DotReader(std::istream& in, const std::string& file, const ReadOptions& options)
      : tokens_(in, file), builder_(file, options) {}

  RawGraph read() {
    next();
    const bool strict = is_keyword("strict");
    if (strict) next();
    if (!is_keyword("graph") && !is_keyword("digraph"))
      refuse("not a DOT file", "graph { a -- b } or digraph { a -> b }");
    builder_.graph().directed = is_keyword("digraph");
    next();
    if (token_.kind == DotToken::id || token_.kind == DotToken::quoted) take_id();
    Scope scope;
    read_block(scope, 0);
    if (token_.kind != DotToken::end) refuse("more behind the graph", "one graph per file");
    RawGraph raw = builder_.finish();
    if (strict) keep_last_of_each(raw);
    return raw;
  }

 private:
  void next() { token_ = tokens_.next(); }
  bool is(std::string_view punctuation) const {
    return token_.kind == DotToken::punctuation && token_.text == punctuation;
  }
  bool is_keyword(std::string_view word) const {
    return token_.kind == DotToken::id && lower(token_.text) == word;
  }
  std::string place(std::uint64_t line) const { return tokens_.source().place(line); }
  [[noreturn]] void refuse(const std::string& problem, const std::string& hint = {}) const {
    throw InputError(place(token_.line), problem,
                     token_.kind == DotToken::end ? std::string("end of file") : beginning(token_.text),
                     hint);
  }
  void expect(std::string_view punctuation) {
    if (!is(punctuation)) refuse(fmt::format("{} expected", punctuation));
    next();
  }

  // An id, which may be pieces "…" + "…". The token behind it is next.
  std::string take_id() {
    if (token_.kind == DotToken::html) refuse("an HTML string cannot be the name of a node");
    if (token_.kind != DotToken::id && token_.kind != DotToken::quoted) refuse("a name expected");
    std::string id = std::move(token_.text);
    bool joinable = token_.kind == DotToken::quoted;
    for (next(); joinable && is("+"); next()) {
      next();
      if (token_.kind != DotToken::quoted) refuse("a quoted string expected behind +");
      id += token_.text;
    }
    return id;
  }

  // { statements }
  void read_block(Scope& scope, int depth) {
    const std::uint64_t line = token_.line;
    if (depth > deepest)
      throw InputError(place(line), "nested too deeply", {}, fmt::format("at most {} levels", deepest));
    expect("{");
    while (!is("}")) {
      if (token_.kind == DotToken::end) throw InputError(place(line), "a { is not closed");
      if (is(";")) {
        next();
      } else {
        read_statement(scope, depth);
      }
    }
    next();
  }

  void read_statement(Scope& scope, int depth) {
    if (is_keyword("graph") || is_keyword("node") || is_keyword("edge")) {
      const bool edges = is_keyword("edge");
      next();
      if (!is("[")) refuse("[ expected", "graph, node and edge are keywords: quote them as names");
      NodeAttributes ignored;
      read_attributes(ignored, edges ? scope.edge_defaults : ignored_);
      return;
    }
    const bool is_subgraph = is("{") || is_keyword("subgraph");
    const std::uint64_t line = token_.line;
    std::string id;
    std::vector<std::vector<Worker>> chain;
    if (is_subgraph) {
      chain.push_back(read_subgraph(scope, depth));
    } else {
      id = take_id();
      if (is("=")) {  // an attribute of the graph
        next();
        skip_value();
        return;
      }
      skip_port();
      chain.push_back({mention(id, line, scope)});
    }
    while (is("--") || is("->")) {
      if (is("->") != builder_.graph().directed)
        refuse("the wrong kind of edge", "-- in a graph, -> in a digraph");
      next();
      chain.push_back(read_operand(scope, depth));
    }
    if (chain.size() == 1) {
      if (is_subgraph) return;
      NodeAttributes attributes;
      read_attributes(attributes, ignored_);
      describe(chain[0][0], id, attributes);
    } else {
      NodeAttributes ignored;
      EdgeAttributes attributes = scope.edge_defaults;
      read_attributes(ignored, attributes);
      for (std::size_t k = 0; k + 1 < chain.size(); ++k) link_all(chain[k], chain[k + 1], attributes, line);
    }
  }

  // In a strict graph an edge stated again is the same edge, with its new attributes.
  void keep_last_of_each(RawGraph& raw) const {
    std::set<std::pair<Worker, Worker>> seen;
    std::vector<RawGraph::Link> kept;
    for (auto e = raw.links.rbegin(); e != raw.links.rend(); ++e) {
      const bool turned = !raw.directed && e->a > e->b;
      if (seen.emplace(turned ? e->b : e->a, turned ? e->a : e->b).second) kept.push_back(*e);
    }
    if (const std::size_t again = raw.links.size() - kept.size(); again > 0)
      raw.notices.push_back(fmt::format("{}: strict graph: the last of repeated edges counts ({} left out)",
                                        tokens_.source().file(), again));
    raw.links.assign(kept.rbegin(), kept.rend());
  }

  // An end of an edge: one node, or all nodes of a subgraph.
  std::vector<Worker> read_operand(Scope& scope, int depth) {
    if (is("{") || is_keyword("subgraph")) return read_subgraph(scope, depth);
    const std::uint64_t line = token_.line;
    const std::string id = take_id();
    skip_port();
    return {mention(id, line, scope)};
  }

  std::vector<Worker> read_subgraph(Scope& outer, int depth) {
    if (is_keyword("subgraph")) {
      next();
      if (!is("{")) take_id();
      if (!is("{")) refuse("a subgraph without a body", "write its nodes in { }");
    }
    Scope scope{outer.edge_defaults, {}};
    read_block(scope, depth + 1);
    std::sort(scope.nodes.begin(), scope.nodes.end());
    scope.nodes.erase(std::unique(scope.nodes.begin(), scope.nodes.end()), scope.nodes.end());
    outer.nodes.insert(outer.nodes.end(), scope.nodes.begin(), scope.nodes.end());
    return std::move(scope.nodes);
  }

  Worker mention(const std::string& id, std::uint64_t line, Scope& scope) {
    const Worker node = builder_.mention(id, line);
    scope.nodes.push_back(node);
    return node;
  }

  // node:port:side says where on the node's picture an edge ends.
  void skip_port() {
    while (is(":")) {
      next();
      take_id();
    }
  }

  void link_all(const std::vector<Worker>& from, const std::vector<Worker>& to,
                const EdgeAttributes& attributes, std::uint64_t line) {
    check_count(builder_.graph().links.size() + std::uint64_t{from.size()} * to.size(), "edges", place(line));
    for (const Worker a : from) {
      for (const Worker b : to) builder_.link(a, b, attributes, line);
    }
  }

  // \N in a label is the node's name; \n, \l and \r end a line.
  void describe(Worker node, const std::string& id, NodeAttributes& attributes) {
    std::string label;
    for (std::size_t k = 0; k < attributes.label.size() && label.size() <= longest_name; ++k) {
      if (attributes.label[k] != '\\' || k + 1 == attributes.label.size()) {
        label += attributes.label[k];
        continue;
      }
      const char escaped = attributes.label[++k];
      if (escaped == 'N') {
        label += id;
      } else {
        label += escaped == 'n' || escaped == 'l' || escaped == 'r' ? ' ' : escaped;
      }
    }
    attributes.label = std::move(label);
    builder_.describe(node, attributes);
  }

  void skip_value() {
    if (token_.kind == DotToken::html) {
      next();
    } else {
      take_id();
    }
  }

  // Any number of [key=value, …].
  void read_attributes(NodeAttributes& node, EdgeAttributes& edge) {
    while (is("[")) {
      const std::uint64_t line = token_.line;
      next();
      while (!is("]")) {
        if (token_.kind == DotToken::end) throw InputError(place(line), "a [ is not closed");
        read_attribute(node, edge);
        if (is(",") || is(";")) next();
      }
      next();
    }
  }

  void read_attribute(NodeAttributes& node, EdgeAttributes& edge) {
    const std::uint64_t line = token_.line;
    const std::string key = take_id();
    expect("=");
    if (token_.kind == DotToken::html) {
      next();
      return;
    }
    const std::string value = take_id();
    if (&edge != &ignored_) {
      edge.set(builder_.edge_key(key), value, place(line));
    } else if (key == "pos") {
      set_position(node, value);
    } else {
      builder_.set(node, key, value, place(line));
    }
  }

  // "x,y", "x,y,z" or either with an exclamation mark.
  static void set_position(NodeAttributes& node, std::string_view value) {
    const std::size_t comma = value.find(',');
    if (comma == value.npos) return;
    const std::string_view y = value.substr(comma + 1);
    node.set(NodeKey::x, value.substr(0, comma));
    node.set(NodeKey::y, y.substr(0, y.find_first_of(",!")));
  }

  DotTokens tokens_;
  GraphBuilder builder_;
  DotToken token_;
  EdgeAttributes ignored_;  // stands for: these are no edge's attributes
};

}  // namespace

RawGraph parse_dot(std::istream& in, const std::string& file, const ReadOptions& options) {
  return DotReader(in, file, options).read();
}

RawGraph parse_dot(std::istream& in, const std::string& file) { return parse_dot(in, file, ReadOptions()); }

}  // namespace acidsim
