#include "topologies/files/node_link.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <streambuf>
#include <utility>
#include <vector>

#include "sim/core/error.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/graph_input.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

using Json = nlohmann::json;

constexpr std::size_t deepest = 64;       // levels of nesting
constexpr std::size_t longest_tuple = 8;  // values in a list that is an id or a position

enum class Section { other, graph, nodes, links };

Section section_of(const std::string& key) {
  if (key == "graph") return Section::graph;
  if (key == "nodes") return Section::nodes;
  return key == "links" || key == "edges" ? Section::links : Section::other;
}

// A stream in blocks that refuses to go on where the parser has made nothing of the last megabyte: it keeps
// every string whole, however long.
class PatientBlocks : public std::streambuf {
 public:
  PatientBlocks(std::istream& in, const std::string& file) : in_(in), file_(file), block_(1 << 16) {}

  void progress() { idle_ = 0; }

 private:
  int_type underflow() override {
    if (!in_.good()) return traits_type::eof();
    if (++idle_ > 16) throw InputError(file_, "a string or comment is too long", {}, "at most 1 MB");
    in_.read(block_.data(), static_cast<std::streamsize>(block_.size()));
    if (in_.bad()) throw InputError(file_, "cannot be read");
    setg(block_.data(), block_.data(), block_.data() + in_.gcount());
    return in_.gcount() == 0 ? traits_type::eof() : traits_type::to_int_type(block_[0]);
  }

  std::istream& in_;
  const std::string& file_;
  std::vector<char> block_;
  int idle_ = 0;  // blocks without progress
};

// Calls of the parser, with the depth: 1 = at the top, 3 = in one node or link.
class NodeLinkReader : public Json::json_sax_t {
 public:
  NodeLinkReader(const std::string& file, PatientBlocks& blocks, const ReadOptions& options)
      : file_(file), blocks_(blocks), builder_("", options) {}

  RawGraph finish() {
    if (!seen_nodes_ || !seen_links_)
      throw InputError(file_, seen_nodes_ ? "no links" : "no nodes", {}, "{\"nodes\": […], \"links\": […]}");
    if (const auto missing = builder_.undeclared())
      throw InputError(fmt::format("{}: /{}/{}", file_, links_key_, missing->line - 1),
                       "a link names a node that there is not", beginning(missing->id));
    for (RawGraph::Link& link : builder_.graph().links) link.line = 0;  // positions so far
    RawGraph raw = finish_within_file();
    for (std::string& notice : raw.notices) notice.insert(0, file_);
    return raw;
  }

  bool null() override { return take_value({}, false); }
  bool boolean(bool value) override {
    if (depth_ == 1 && key_ == "directed") builder_.graph().directed = value;
    return take_value(value ? "true" : "false");
  }
  bool number_integer(number_integer_t value) override { return take_value(fmt::format("{}", value)); }
  bool number_unsigned(number_unsigned_t value) override { return take_value(fmt::format("{}", value)); }
  bool number_float(number_float_t, const std::string& text) override { return take_value(text); }
  bool string(std::string& value) override { return take_value(value); }
  bool binary(binary_t&) override { return true; }  // no JSON

  bool start_object(std::size_t) override {
    enter(true);
    return true;
  }
  bool start_array(std::size_t) override {
    enter(false);
    return true;
  }
  bool end_object() override {
    --depth_;
    if (depth_ == 2 && section_ != Section::other && section_ != Section::graph) end_item();
    return true;
  }
  bool end_array() override {
    --depth_;
    if (depth_ == 3 && std::exchange(in_tuple_, false)) {
      if (item_key_ == "pos") {
        take_position();
      } else {
        take_attribute(fmt::format("[{}]", fmt::join(tuple_, ",")));
      }
    }
    return true;
  }
  bool key(std::string& key) override {
    blocks_.progress();
    if (depth_ == 1) enter_section(key);
    if (depth_ == 2 || depth_ == 3) item_key_ = std::move(key);
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception& error) override {
    std::string reason = error.what();
    if (const auto bracket = reason.find("] "); bracket != std::string::npos)
      reason = reason.substr(bracket + 2);
    throw InputError(file_, "not valid JSON", beginning(reason, 200));
  }

 private:
  RawGraph finish_within_file() {
    try {
      return builder_.finish();
    } catch (const InputError& error) {
      throw error.within(file_);
    }
  }

  struct Item {
    std::optional<std::string> id, source, target;
    NodeAttributes node;
    EdgeAttributes link;
  };

  bool in_items() const { return section_ == Section::nodes || section_ == Section::links; }
  std::string place() const {
    if (depth_ < 2 || !in_items()) return fmt::format("{}: /{}", file_, key_);
    return fmt::format("{}: /{}/{}", file_, key_, section_ == Section::nodes ? nodes_ : links_);
  }

  void enter(bool object) {
    blocks_.progress();
    if (depth_ == 0 && !object)
      throw InputError(file_, "not a node-link graph", {}, "{\"nodes\": […], \"links\": […]}");
    if (depth_ == deepest)
      throw InputError(place(), "nested too deeply", {}, fmt::format("at most {} levels", deepest));
    if (in_items() && depth_ == 1 && object) throw InputError(place(), "not a list");
    if (in_items() && depth_ == 2) {
      if (!object) throw InputError(place(), "not an object");
      item_ = {};
    }
    if (in_items() && depth_ == 3) {
      in_tuple_ = !object && (is_id(item_key_) || item_key_ == "pos");
      tuple_.clear();
      if (object && is_id(item_key_)) refuse_id();
    } else if (in_tuple_) {
      throw InputError(place(), fmt::format("a list within the {}", item_key_));
    }
    ++depth_;
  }

  void enter_section(const std::string& key) {
    key_ = key;
    section_ = section_of(key);
    if ((section_ == Section::nodes && std::exchange(seen_nodes_, true)) ||
        (section_ == Section::links && std::exchange(seen_links_, true)))
      throw InputError(fmt::format("{}: /{}", file_, key), "given twice", {},
                       "one list of nodes, one of links (or edges)");
    if (section_ == Section::links) links_key_ = key;
  }

  static bool is_id(const std::string& key) { return key == "id" || key == "source" || key == "target"; }
  [[noreturn]] void refuse_id() const {
    throw InputError(place(), fmt::format("the {} is not a number or a string", item_key_));
  }

  bool take_value(const std::string& text, bool given = true) {
    blocks_.progress();
    if (depth_ == 0)
      throw InputError(file_, "not a node-link graph", beginning(text), "{\"nodes\": […], \"links\": […]}");
    if (in_items() && depth_ == 1) throw InputError(place(), "not a list", beginning(text));
    if (in_items() && depth_ == 2) throw InputError(place(), "not an object", beginning(text));
    const bool names_graph =
        (depth_ == 1 && key_ == "name") ||
        (depth_ == 2 && section_ == Section::graph && (item_key_ == "name" || item_key_ == "label"));
    if (names_graph && given) builder_.graph().name = text;
    if (in_items() && depth_ == 3) {
      if (given) take_attribute(text);
      if (!given && is_id(item_key_)) refuse_id();
    }
    if (in_tuple_ && depth_ == 4) {
      if (tuple_.size() == longest_tuple)
        throw InputError(place(), fmt::format("the {} is too long a list", item_key_), {},
                         fmt::format("at most {} values", longest_tuple));
      tuple_.push_back(text);
    }
    return true;
  }

  void take_attribute(const std::string& text) {
    if (section_ == Section::links) {
      if (item_key_ == "source") item_.source = text;
      if (item_key_ == "target") item_.target = text;
      item_.link.set(builder_.edge_key(item_key_), text, place());
    } else {
      if (item_key_ == "id") item_.id = text;
      builder_.set(item_.node, item_key_, text, place());
    }
  }

  void take_position() {
    if (section_ != Section::nodes || tuple_.size() < 2) return;
    item_.node.set(NodeKey::x, tuple_[0]);
    item_.node.set(NodeKey::y, tuple_[1]);
  }

  void end_item() {
    try {
      if (section_ == Section::nodes) {
        end_node();
      } else {
        end_link();
      }
    } catch (const InputError& error) {
      throw error.within(place());
    }
    ++(section_ == Section::nodes ? nodes_ : links_);
  }

  void end_node() {
    if (nodes_ == 0) ids_given_ = item_.id.has_value();
    if (ids_given_ != item_.id.has_value())
      throw InputError("", ids_given_ ? "a node without id" : "a node with an id, unlike those before", {},
                       "give an id to every node or to none");
    if (!ids_given_) item_.id = fmt::format("{}", nodes_);
    builder_.describe(builder_.declare(*item_.id, nodes_ + 1), item_.node);
  }

  void end_link() {
    if (!item_.source || !item_.target) throw InputError("", item_.source ? "no target" : "no source");
    const Worker a = builder_.refer(*item_.source, links_ + 1), b = builder_.refer(*item_.target, links_ + 1);
    builder_.link(a, b, item_.link, links_ + 1);
  }

  const std::string& file_;
  PatientBlocks& blocks_;
  GraphBuilder builder_;
  std::string key_, links_key_;  // at the top
  Section section_ = Section::other;
  std::string item_key_;  // in a node or link
  Item item_;
  std::vector<std::string> tuple_;
  std::size_t depth_ = 0;
  std::uint64_t nodes_ = 0, links_ = 0;  // complete ones
  bool ids_given_ = false;               // else positions stand for them
  bool in_tuple_ = false, seen_nodes_ = false, seen_links_ = false;
};

// Stops at the first list of nodes or links at the top.
class NodeLinkDetector : public Json::json_sax_t {
 public:
  explicit NodeLinkDetector(PatientBlocks& blocks) : blocks_(blocks) {}
  bool found() const { return found_; }

  bool null() override { return goes_on(); }
  bool boolean(bool) override { return goes_on(); }
  bool number_integer(number_integer_t) override { return goes_on(); }
  bool number_unsigned(number_unsigned_t) override { return goes_on(); }
  bool number_float(number_float_t, const std::string&) override { return goes_on(); }
  bool string(std::string&) override { return goes_on(); }
  bool binary(binary_t&) override { return goes_on(); }
  bool start_object(std::size_t) override { return ++depth_ <= deepest; }
  bool start_array(std::size_t) override {
    found_ = depth_ == 1 && is_ours_;
    return !found_ && ++depth_ > 1 && depth_ <= deepest;
  }
  bool end_object() override { return --depth_ > 0; }
  bool end_array() override { return --depth_ > 0; }
  bool key(std::string& key) override {
    if (depth_ == 1) is_ours_ = section_of(key) == Section::nodes || section_of(key) == Section::links;
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }

 private:
  bool goes_on() {
    blocks_.progress();
    return depth_ > 0;
  }

  PatientBlocks& blocks_;
  std::size_t depth_ = 0;
  bool is_ours_ = false, found_ = false;
};

}  // namespace

RawGraph parse_node_link(std::istream& in, const std::string& file, const ReadOptions& options) {
  PatientBlocks blocks(in, file);
  std::istream text(&blocks);
  NodeLinkReader reader(file, blocks, options);
  Json::sax_parse(text, &reader, Json::input_format_t::json, true, true);
  return reader.finish();
}

RawGraph parse_node_link(std::istream& in, const std::string& file) {
  return parse_node_link(in, file, ReadOptions());
}

bool is_node_link(const std::filesystem::path& file) {
  try {
    GraphInput input(file);
    const std::string name = file.string();
    PatientBlocks blocks(input.stream(), name);
    std::istream text(&blocks);
    NodeLinkDetector detector(blocks);
    Json::sax_parse(text, &detector, Json::input_format_t::json, false, true);
    return detector.found();
  } catch (const InputError&) {
    return false;
  }
}

}  // namespace acidsim
