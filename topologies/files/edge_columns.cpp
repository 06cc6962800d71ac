#include "topologies/files/edge_columns.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "sim/core/error.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

std::optional<std::size_t> find_column(const EdgeLine& line, std::string_view name) {
  for (std::size_t k = 0; k < line.count(); ++k)
    if (line.text(k) == name) return k;
  const std::string wanted = lower(name);
  for (std::size_t k = 0; k < line.count(); ++k)
    if (lower(line.text(k)) == wanted) return k;
  return std::nullopt;
}

std::size_t named_column(const EdgeLine& line, const std::string& name, const std::string& place) {
  if (const auto found = find_column(line, name)) return *found;
  std::vector<std::string> known;
  for (std::size_t k = 0; k < line.count(); ++k) known.push_back(beginning(line.text(k), 20));
  throw InputError(place, "the header has no such column", beginning(name),
                   fmt::format("it has: {}", fmt::join(known, ", ")));
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 5> known_headers = {
    {{"source", "target"}, {"from", "to"}, {"src", "dst"}, {"node1", "node2"}, {"fromnodeid", "tonodeid"}}};

std::optional<std::pair<std::size_t, std::size_t>> known_ends(const EdgeLine& line) {
  for (const auto& [first, second] : known_headers) {
    const auto a = find_column(line, first), b = find_column(line, second);
    if (a && b && *a < *b) return std::pair(*a, *b);
  }
  // A table of `acidsim topology --edges`; its names come before its numbers.
  for (const auto& [first, second] : {std::pair("name_i", "name_j"), std::pair("i", "j")}) {
    const auto a = find_column(line, first), b = find_column(line, second);
    if (a && b && find_column(line, "rate") && find_column(line, "resistance")) return std::pair(*a, *b);
  }
  return std::nullopt;
}

// Whether a third column that is called so may be a rate.
bool may_be_rate(const std::string& name) {
  static const std::vector<std::string> others = {"id",        "label", "type",     "name", "time",
                                                  "timestamp", "date",  "distance", "dist", "length",
                                                  "timeset",   "kind",  "color",    "year", "interaction"};
  return std::find(others.begin(), others.end(), lower(name)) == others.end();
}

void add_notices(const EdgeLine& line, const EdgeColumns& columns, std::vector<std::string>& notices) {
  std::vector<std::string> unread;
  for (std::size_t k = 0; k < line.count(); ++k) {
    if (k != columns.a && k != columns.b && k != columns.rate && k != columns.type)
      unread.push_back(line.text(k).empty() ? "(no name)" : beginning(line.text(k), 20));
  }
  if (columns.rate) {
    const std::string name = lower(line.text(*columns.rate));
    if (name != "rate" && name != "weight")
      notices.push_back(fmt::format("column {} was taken for the rate", line.text(*columns.rate)));
  }
  if (!unread.empty()) notices.push_back(fmt::format("columns not read: {}", fmt::join(unread, ", ")));
}

}  // namespace

EdgeColumns EdgeColumns::of_edges(const EdgeLine& line, const std::string& place) {
  const std::string value = fmt::format("{}", line.count());
  if (line.count() < 2) throw InputError(place, "too few columns", value, "worker worker [rate]");
  if (line.count() > 3)
    throw InputError(
        place, "too many columns", value,
        fmt::format("{}; for other files say \"columns\" (names in their header), or the \"format\": "
                    "adjacency_list, matrix, sif, …",
                    edge_line_hint));
  EdgeColumns columns;
  columns.count = line.count();
  if (line.count() == 3) columns.rate = 2;
  return columns;
}

void EdgeColumns::check(const EdgeLine& line, const std::string& place) const {
  if (line.count() == count) return;
  const std::string value = fmt::format("{}", line.count());
  if (line.count() < 2) throw InputError(place, "too few columns", value, "worker worker [rate]");
  throw InputError(place, fmt::format("the first line has {} columns, this one does not", count), value,
                   "as many columns on every line: a rate for every edge or for none");
}

std::optional<EdgeColumns> headed_columns(const EdgeLine& line, const ReadOptions& options,
                                          const std::string& place, std::vector<std::string>& notices) {
  EdgeColumns columns;
  columns.count = line.count();
  const auto ends = known_ends(line);
  if (options.columns.size() >= 2) {
    columns.a = named_column(line, options.columns[0], place);
    columns.b = named_column(line, options.columns[1], place);
  } else if (ends) {
    columns.a = ends->first;
    columns.b = ends->second;
  } else if (options.rate_attribute.empty() || line.count() < 3) {
    return std::nullopt;
  }
  if (options.columns.size() == 3) {
    columns.rate = named_column(line, options.columns[2], place);
  } else if (!options.rate_attribute.empty()) {
    columns.rate = named_column(line, options.rate_attribute, place);
  } else {
    columns.rate = find_column(line, "rate");
    if (!columns.rate) columns.rate = find_column(line, "weight");
    if (!columns.rate && line.count() == 3 && columns.a + columns.b == 1 && may_be_rate(line.text(2)))
      columns.rate = 2;
  }
  columns.type = find_column(line, "type");
  if (columns.type == columns.a || columns.type == columns.b || columns.type == columns.rate)
    columns.type.reset();
  add_notices(line, columns, notices);
  return columns;
}

bool is_known_header(std::string_view a, std::string_view b) {
  return std::any_of(known_headers.begin(), known_headers.end(),
                     [&](const auto& words) { return words.first == lower(a) && words.second == lower(b); });
}

EdgeColumns columns_below(const EdgeLine& words, std::vector<std::string>& notices) {
  EdgeColumns columns;
  columns.count = words.count();
  if (words.count() == 3 && may_be_rate(words.text(2))) columns.rate = 2;
  add_notices(words, columns, notices);
  return columns;
}

}  // namespace acidsim
