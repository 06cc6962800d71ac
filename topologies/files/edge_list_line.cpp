#include "topologies/files/edge_list_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "sim/core/error.hpp"
#include "topologies/files/text_source.hpp"

namespace acidsim {
namespace {

constexpr std::string_view white = " \t";

// The quoted text that begins at `at`; returns the position behind it.
std::size_t take_quoted(std::string_view line, std::size_t at, std::string& text, const std::string& place) {
  const std::size_t start = at++;
  for (;; ++at) {
    if (at >= line.size()) throw InputError(place, "a quote is not closed", beginning(line.substr(start)));
    if (line[at] == '"') {
      if (at + 1 >= line.size() || line[at + 1] != '"') break;
      ++at;  // a doubled quote
    }
    text += line[at];
  }
  ++at;
  if (text.find_first_not_of(white) == text.npos) throw InputError(place, "empty name");
  if (at < line.size() && line[at] != ',' && white.find(line[at]) == white.npos)
    throw InputError(place, "no separator after a quote", beginning(line.substr(start)));
  return at;
}

}  // namespace

void EdgeLine::split(std::string_view line, const std::string& place) {
  check_text(line, place, "an edge list in UTF-8: one line `worker worker [rate]` per edge");
  count = 0;
  bool after_comma = false;
  std::string beyond;  // the third column
  for (std::size_t at = line.find_first_not_of(white); at < line.size();
       at = line.find_first_not_of(white, at)) {
    if (line[at] == ',') {
      if (after_comma || count == 0) throw InputError(place, "empty field before a comma");
      after_comma = true;
      ++at;
      continue;
    }
    after_comma = false;
    std::string& field = count < text.size() ? text[count] : beyond;
    ++count;
    field.clear();
    if (line[at] == '"') {
      at = take_quoted(line, at, field, place);
    } else {
      const std::size_t end = std::min(line.find_first_of(" \t,", at), line.size());
      field.assign(line.substr(at, end - at));
      at = end;
    }
  }
  if (after_comma) throw InputError(place, "empty field after a comma");
}

bool EdgeLine::is_header() const {
  static constexpr std::array<std::pair<std::string_view, std::string_view>, 5> known = {
      {{"source", "target"}, {"from", "to"}, {"src", "dst"}, {"node1", "node2"}, {"fromnodeid", "tonodeid"}}};
  return count >= 2 && std::find(known.begin(), known.end(),
                                 std::pair<std::string_view, std::string_view>(
                                     lower(text[0]), lower(text[1]))) != known.end();
}

void EdgeLine::check_columns(std::size_t before, const std::string& place) const {
  const std::string value = fmt::format("{}", count);
  if (count < 2) throw InputError(place, "too few columns", value, "worker worker [rate]");
  if (count > 3) throw InputError(place, "too many columns", value, edge_line_hint);
  if (before != 0 && count != before) {
    throw InputError(place, fmt::format("the first edge has {} columns, this one does not", before), value,
                     "give a rate for every edge or for none");
  }
}

}  // namespace acidsim
