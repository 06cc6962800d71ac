#include "topologies/files/graph_builder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/text_source.hpp"
#include "topologies/files/worker_labels.hpp"

namespace acidsim {
namespace {

constexpr double largest_coordinate = 1e100;  // so that means of coordinates are finite
constexpr std::size_t most_named = 30;        // attributes in a message

std::optional<std::array<double, 2>> point(const std::optional<double>& x, const std::optional<double>& y) {
  if (!x || !y) return std::nullopt;
  return std::array{*x, *y};
}

template <class Value>
void put(std::vector<std::optional<Value>>& values, std::size_t k, const std::optional<Value>& value) {
  if (!value) return;
  if (values.size() <= k) values.resize(k + 1);
  values[k] = value;
}

std::ptrdiff_t given(const auto& values) {
  return std::count_if(values.begin(), values.end(), [](const auto& value) { return value.has_value(); });
}

}  // namespace

NodeKey node_key(std::string_view name) {
  static constexpr std::array<std::pair<std::string_view, NodeKey>, 9> keys = {
      {{"label", NodeKey::label},
       {"name", NodeKey::name},
       {"x", NodeKey::x},
       {"y", NodeKey::y},
       {"longitude", NodeKey::longitude},
       {"lon", NodeKey::longitude},
       {"lng", NodeKey::longitude},
       {"latitude", NodeKey::latitude},
       {"lat", NodeKey::latitude}}};
  const std::string key = name.size() <= 9 ? lower(name) : std::string();
  const auto found =
      std::find_if(keys.begin(), keys.end(), [&](const auto& entry) { return entry.first == key; });
  return found == keys.end() ? NodeKey::none : found->second;
}

EdgeKey edge_key(std::string_view name, std::string_view chosen) {
  if (!chosen.empty()) return {name == chosen ? EdgeKey::rate : EdgeKey::none, true, true};
  const std::string key = name.size() <= 6 ? lower(name) : std::string();
  const EdgeKey::Kind kind = key == "rate"     ? EdgeKey::rate
                             : key == "weight" ? EdgeKey::weight
                                               : EdgeKey::none;
  return {kind, key == name};
}

void NodeAttributes::set(NodeKey key, std::string_view text) {
  if (key == NodeKey::none) return;
  if (key == NodeKey::label) {
    label = text;
  } else if (key == NodeKey::name) {
    name = text;
  } else {
    std::optional<double> value = number_from(text);
    if (value && !(std::abs(*value) <= largest_coordinate)) value.reset();
    (key == NodeKey::x           ? x
     : key == NodeKey::y         ? y
     : key == NodeKey::longitude ? longitude
                                 : latitude) = value;
  }
}

void EdgeAttributes::set(EdgeKey key, std::string_view text, const std::string& place) {
  if (!key.matters()) return;
  Value& value = key.kind == EdgeKey::rate ? rate : weight;
  if (value.exact && !key.exact) return;  // another attribute
  value = {};
  value.exact = key.exact;
  try {
    value.number = parse_rate(text, place, {}, key.chosen ? "the attribute of an edge" : "the rate");
  } catch (const InputError& error) {
    if (key.exact) throw;
    value.refused = error;
  }
}

std::optional<double> number_from(std::string_view text) {
  while (text.starts_with(' ')) text.remove_prefix(1);
  while (text.ends_with(' ')) text.remove_suffix(1);
  if (text.starts_with('+') && !text.starts_with("+-")) text.remove_prefix(1);
  double value = 0.0;
  if (text.starts_with("0x") && text.find('p') != text.npos) {  // as graph-tool writes them
    text.remove_prefix(2);
    const auto [stop, error] =
        std::from_chars(text.data(), text.data() + text.size(), value, std::chars_format::hex);
    return error == std::errc() && stop == text.data() + text.size() && !text.starts_with('-')
               ? std::optional(value)
               : std::nullopt;
  }
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error == std::errc::invalid_argument || stop != text.data() + text.size()) return std::nullopt;
  if (error == std::errc::result_out_of_range) {  // from_chars leaves the value alone
    const std::size_t exponent = text.find_first_of("eE");
    const bool tiny = exponent == text.npos ? text.find_first_of("123456789") > text.find('.')
                                            : text.substr(exponent + 1).starts_with('-');
    const double magnitude = tiny ? 0.0 : std::numeric_limits<double>::infinity();
    return text.starts_with('-') ? -magnitude : magnitude;
  }
  return value;
}

double parse_rate(std::string_view text, const std::string& place, const std::string& hint,
                  const std::string& what) {
  const std::optional<double> rate = number_from(text);
  if (!rate) throw InputError(place, what + " is not a number", beginning(text), hint);
  if (!std::isfinite(*rate) || *rate < 0.0)
    throw InputError(place, what + " must be finite and ≥ 0", beginning(text), "0 = never");
  return *rate + 0.0;
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

void check_count(std::uint64_t count, const char* what, const std::string& place) {
  if (count > largest_graph)
    throw InputError(place, fmt::format("too many {}", what), fmt::format("{}", count),
                     fmt::format("at most {}", largest_graph));
}

std::string GraphBuilder::place(std::uint64_t line) const {
  return file_.empty() ? std::string() : fmt::format("{}:{}", file_, line);
}

GraphBuilder::Entry& GraphBuilder::entry(std::string_view id, std::uint64_t line) {
  const auto [found, is_new] = entries_.try_emplace(std::string(id), Entry{0, false, line});
  if (!is_new) return found->second;
  check_text(id, place(line), "ids in UTF-8, without control characters");
  if (id.find_first_not_of(" \t") == id.npos) throw InputError(place(line), "empty id of a node");
  if (id.size() > longest_name)
    throw InputError(place(line), "id too long", beginning(id),
                     fmt::format("at most {} bytes", longest_name));
  check_count(raw_.nodes.size() + 1, "workers", place(line));
  found->second.node = static_cast<Worker>(raw_.nodes.size());
  raw_.nodes.push_back({std::string(id), {}, {}});
  return found->second;
}

Worker GraphBuilder::declare(std::string_view id, std::uint64_t line) {
  Entry& e = entry(id, line);
  if (std::exchange(e.declared, true))
    throw InputError(place(line), "a node is declared twice", beginning(id));
  return e.node;
}

Worker GraphBuilder::mention(std::string_view id, std::uint64_t line) {
  Entry& e = entry(id, line);
  e.declared = true;
  return e.node;
}

Worker GraphBuilder::refer(std::string_view id, std::uint64_t line) { return entry(id, line).node; }

void GraphBuilder::set(NodeAttributes& node, std::string_view name, std::string_view text,
                       const std::string& place) const {
  node.set(node_key(name), text);
  set_rate(node, name, text, place);
}

void GraphBuilder::set_rate(NodeAttributes& node, std::string_view name, std::string_view text,
                            const std::string& place) const {
  if (worker_rate_attribute_.empty()) return;
  if (name == worker_rate_attribute_)
    node.rate = parse_rate(text, place, {}, fmt::format("the attribute {} of a node", beginning(name)));
  else
    node.others.push_back(beginning(name));
}

void GraphBuilder::describe(Worker node, const NodeAttributes& attributes) {
  const std::string& name = attributes.label.empty() ? attributes.name : attributes.label;
  if (!name.empty()) raw_.nodes[node].name = name;
  put(drawn_, node, point(attributes.x, attributes.y));
  put(geographic_, node, point(attributes.longitude, attributes.latitude));
  put(raw_.worker_rates, node, attributes.rate);
  for (const std::string& other : attributes.others)
    if (other_attributes_.size() < most_named) other_attributes_.insert(other);
}

void GraphBuilder::link(Worker a, Worker b, const EdgeAttributes& attributes, std::uint64_t line) {
  check_count(raw_.links.size() + 1, "edges", place(line));
  for (const EdgeAttributes::Value* value : {&attributes.rate, &attributes.weight})
    if (value->refused) throw *value->refused;
  put(weights_, raw_.links.size(), attributes.weight.number);
  raw_.links.push_back({a, b, rate_of_link(a, b, attributes, line), line});
  with_rate_ += attributes.rate.number ? 1 : 0;
  with_weight_ += attributes.weight.number ? 1 : 0;
  exact_ += (attributes.rate.number ? attributes.rate : attributes.weight).exact ? 1 : 0;
  check_spelling(line);
}

double GraphBuilder::rate_of_link(Worker a, Worker b, const EdgeAttributes& attributes,
                                  std::uint64_t line) const {
  if (attributes.rate.number || !needed_) return attributes.rate.number.value_or(1.0);
  if (needed_->missing) return *needed_->missing;
  const auto name = [&](Worker node) {
    const RawGraph::Node& known = raw_.nodes[node];
    return beginning(known.name.empty() ? known.id : known.name);
  };
  throw InputError(place(line), fmt::format("an edge has no attribute {}", beginning(rate_attribute_)),
                   fmt::format("{} – {}", name(a), name(b)), missing_hint);
}

void GraphBuilder::check_spelling(std::uint64_t line) const {
  const std::size_t used = with_rate_ > 0 ? with_rate_ : with_weight_;
  if (exact_ != 0 && exact_ != used && (with_rate_ == 0 || with_weight_ == 0))
    throw InputError(place(line), "some edges have a rate in small letters and others in capitals", {},
                     "one name for the rate of every edge");
}

std::optional<GraphBuilder::Reference> GraphBuilder::undeclared() const {
  std::optional<Reference> first;
  for (const auto& [id, e] : entries_) {
    if (!e.declared && (!first || std::pair(e.line, id) < std::pair(first->line, first->id)))
      first = Reference{id, e.line};
  }
  return first;
}

void GraphBuilder::choose_rates() {
  std::vector<RawGraph::Link>& links = raw_.links;
  if (with_rate_ == 0 && with_weight_ == links.size()) {
    for (std::size_t k = 0; k < links.size(); ++k) links[k].rate = *weights_[k];
    with_rate_ = links.size();
  }
  raw_.has_rates = !links.empty() && (needed_ || with_rate_ == links.size());
  if (!rate_attribute_.empty() && with_rate_ == 0)
    throw InputError(file_, "no edge has an attribute of that name", beginning(rate_attribute_));
  if (raw_.has_rates) return;
  for (RawGraph::Link& link : links) link.rate = 1.0;
  if (const std::size_t some = with_rate_ > 0 ? with_rate_ : with_weight_; some > 0) {
    raw_.notices.push_back(fmt::format("{}: only {} of {} edges have a {}: ignored", file_, some,
                                       links.size(), with_rate_ > 0 ? "rate" : "weight"));
  }
}

void GraphBuilder::choose_coordinates() {
  const Points& chosen = given(drawn_) >= given(geographic_) ? drawn_ : geographic_;
  for (std::size_t k = 0; k < std::min(chosen.size(), raw_.nodes.size()); ++k)
    raw_.nodes[k].coordinates = chosen[k];
}

void GraphBuilder::choose_worker_rates() {
  if (worker_rate_attribute_.empty()) return;
  const std::vector<std::string> others(other_attributes_.begin(), other_attributes_.end());
  if (given(raw_.worker_rates) == 0)
    throw InputError(
        file_, "no node has an attribute of that name", beginning(worker_rate_attribute_),
        others.empty() ? "its nodes have no attributes" : unknown_name_hint(worker_rate_attribute_, others));
  raw_.worker_rates.resize(raw_.nodes.size());
}

RawGraph GraphBuilder::finish() {
  if (const auto missing = undeclared())
    throw InputError(place(missing->line), "an edge names a node that is not declared",
                     beginning(missing->id));
  choose_rates();
  choose_coordinates();
  choose_worker_rates();
  return std::move(raw_);
}

}  // namespace acidsim
