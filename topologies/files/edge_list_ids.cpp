#include "topologies/files/edge_list_ids.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/graph_builder.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

using Link = RawGraph::Link;

template <class Integer>
std::optional<Integer> integer(std::string_view text) {
  Integer value = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || stop != text.data() + text.size()) return std::nullopt;
  return value;
}

// The distinct ids, in order, by a table of all numbers up to the largest; the ends become positions among
// them.
std::vector<Worker> number_by_table(std::vector<Link>& links, Worker largest) {
  std::vector<Worker> ids, number(std::size_t{largest} + 1, 0);
  for (const Link& e : links) number[e.a] = number[e.b] = 1;
  for (std::size_t id = 0; id < number.size(); ++id) {
    if (number[id] == 0) continue;
    number[id] = static_cast<Worker>(ids.size());
    ids.push_back(static_cast<Worker>(id));
  }
  for (Link& e : links) e = {number[e.a], number[e.b], e.rate, e.line};
  return ids;
}

// The same by sorting, where ids are few and far between.
std::vector<Worker> number_by_sorting(std::vector<Link>& links) {
  std::vector<Worker> ids;
  ids.reserve(2 * links.size());
  for (const Link& e : links) ids.insert(ids.end(), {e.a, e.b});
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  const auto number = [&](Worker id) {
    return static_cast<Worker>(std::lower_bound(ids.begin(), ids.end(), id) - ids.begin());
  };
  for (Link& e : links) e = {number(e.a), number(e.b), e.rate, e.line};
  return ids;
}

}  // namespace

std::optional<Worker> plain_integer(std::string_view text) {
  if (text.starts_with('0') && text.size() > 1) return std::nullopt;
  return integer<Worker>(text);
}

bool is_integer(std::string_view text) { return integer<std::int64_t>(text).has_value(); }

std::string EdgeListIds::place(std::uint64_t line) const { return fmt::format("{}:{}", file_, line); }

void EdgeListIds::add(const Field& a, const Field& b, double rate, std::uint64_t line) {
  if (links_.size() >= largest_graph) check_count(links_.size() + 1, "edges", place(line));
  if (plain_) {
    const auto i = plain_integer(a.text), j = plain_integer(b.text);
    if (i && j) {
      links_.push_back({*i, *j, rate, line});
      return;
    }
    turn_into_names();
  }
  const Worker i = position(a, line), j = position(b, line);
  links_.push_back({i, j, rate, line});
}

void EdgeListIds::turn_into_names() {
  if (!std::exchange(plain_, false)) return;
  for (Link& e : links_) {
    e.a = position({fmt::format("{}", e.a), false}, e.line);
    e.b = position({fmt::format("{}", e.b), false}, e.line);
  }
}

void EdgeListIds::put_first(const Field& a, const Field& b, std::uint64_t line) {
  const Worker i = position(a, line), j = position(b, line);
  turn_into_names();
  links_.insert(links_.begin(), {i, j, 1.0, line});
}

Worker EdgeListIds::position(const Field& id, std::uint64_t line) {
  const auto [found, is_new] = positions_.try_emplace(id.text, static_cast<Worker>(names_.size()));
  if (is_new) {
    check_count(names_.size() + 1, "workers", place(line));
    check_id(id, line);
    names_.push_back(id.text);
  }
  return found->second;
}

void EdgeListIds::check_id(const Field& id, std::uint64_t line) {
  if (id.text.empty()) throw InputError(place(line), "empty field instead of a worker", {}, edge_line_hint);
  if (id.quoted) return;
  const bool whole = is_integer(id.text);
  const std::optional<double> number = whole ? std::nullopt : number_from(id.text);
  if (number && std::isfinite(*number))
    throw InputError(
        place(line), "a worker's id is a number that is not whole", beginning(id.text),
        "integers or names; quote a name that is a number; a dense matrix needs \"format\": \"matrix\"");
  if (id.text.find("->") != id.text.npos)
    throw InputError(place(line), "an arrow within a worker's id", beginning(id.text),
                     "put blanks around the arrow, or quote the name");
  Kind& kind = whole ? integers_ : words_;
  if (kind.line == 0) kind = {line, id.text};
}

bool EdgeListIds::first_is_apart() const {
  const Worker words = std::max(links_[0].a, links_[0].b) + 1;
  return links_.size() > 1 && std::all_of(links_.begin() + 1, links_.end(),
                                          [&](const Link& e) { return std::min(e.a, e.b) >= words; });
}

bool EdgeListIds::integers_after_first() const {
  const auto others = names_.begin() + std::max(links_[0].a, links_[0].b) + 1;
  return std::none_of(names_.begin(), others, is_integer) && std::all_of(others, names_.end(), is_integer);
}

void EdgeListIds::check_kinds() const {
  const bool only_integers = std::all_of(names_.begin(), names_.end(), is_integer);
  if (plain_ || only_integers || integers_.line == 0) return;
  const bool words_later = words_.line >= integers_.line;
  const Kind& later = words_later ? words_ : integers_;
  throw InputError(place(later.line), "some workers are integers and others are names", beginning(later.id),
                   "quote integers that are names; are there other columns, or is it another format?");
}

void EdgeListIds::drop_first(bool with_workers) {
  const Worker words = with_workers ? std::max(links_[0].a, links_[0].b) + 1 : 0;
  links_.erase(links_.begin());
  names_.erase(names_.begin(), names_.begin() + words);
  for (Link& e : links_) e = {e.a - words, e.b - words, e.rate, e.line};
}

void EdgeListIds::number(RawGraph& raw) {
  if (plain_) {
    number_plain(raw);
  } else if (check_kinds(); std::all_of(names_.begin(), names_.end(), is_integer)) {
    number_integers(raw);
  } else {
    for (std::string& name : names_) raw.nodes.push_back({std::move(name), {}, {}});
  }
  raw.links = std::move(links_);
}

void EdgeListIds::number_plain(RawGraph& raw) {
  Worker largest = 0;
  for (const Link& e : links_) largest = std::max({largest, e.a, e.b});
  const bool dense = largest < 8 * links_.size() + 1024;
  const std::vector<Worker> ids = dense ? number_by_table(links_, largest) : number_by_sorting(links_);
  check_count(ids.size(), "workers", file_);
  raw.integer_ids.assign(ids.begin(), ids.end());
}

void EdgeListIds::number_integers(RawGraph& raw) {
  std::vector<std::pair<std::int64_t, Worker>> by_value;
  for (Worker k = 0; k < names_.size(); ++k) by_value.emplace_back(*integer<std::int64_t>(names_[k]), k);
  std::sort(by_value.begin(), by_value.end());
  std::vector<Worker> worker(names_.size());
  for (const auto& [value, k] : by_value) {
    if (raw.integer_ids.empty() || raw.integer_ids.back() != value) raw.integer_ids.push_back(value);
    worker[k] = static_cast<Worker>(raw.integer_ids.size() - 1);
  }
  for (Link& e : links_) e = {worker[e.a], worker[e.b], e.rate, e.line};
}

void EdgeListIds::number_announced(std::uint64_t n, const std::string& said, RawGraph& raw) {
  if (!plain_) {
    const auto name =
        std::find_if(names_.begin(), names_.end(), [](const auto& id) { return !plain_integer(id); });
    throw InputError(said, "the number of workers is given, but a worker has a name", beginning(*name),
                     "delete this line, or call the workers 0, 1, 2, …");
  }
  const bool from_zero =
      std::any_of(links_.begin(), links_.end(), [](const Link& e) { return std::min(e.a, e.b) == 0; });
  for (Link& e : links_) {
    if (const Worker id = std::max(e.a, e.b); id + (from_zero ? 1 : 0) > n) {
      throw InputError(place(e.line), "no such worker", fmt::format("{}", id),
                       fmt::format("the first line says that there are {}", n));
    }
    if (!from_zero) e = {e.a - 1, e.b - 1, e.rate, e.line};
  }
  // Most of them isolated: refused before memory is taken for them.
  if (n > 4 * links_.size() + 1024) {
    throw InputError(said, "the graph is not connected",
                     fmt::format("{} workers, {} edges", n, links_.size()),
                     "give more edges, or delete this line");
  }
  for (std::uint64_t k = 0; k < n; ++k)
    raw.integer_ids.push_back(static_cast<std::int64_t>(k + (from_zero ? 0 : 1)));
  raw.links = std::move(links_);
}

}  // namespace acidsim
