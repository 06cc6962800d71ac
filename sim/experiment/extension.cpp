#include "sim/experiment/extension.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <stdexcept>
#include <utility>

#include "sim/algorithms/table.hpp"
#include "sim/core/error.hpp"

namespace acidsim {
namespace {

struct OwnRows {
  std::deque<OwnObjective> objectives;
  std::deque<OwnTopology> topologies;
  std::deque<OwnTiming> timings;
  std::map<std::pair<RowKind, std::string>, std::string> origins;
};

OwnRows& own_rows() {
  static OwnRows rows;
  return rows;
}

bool is_row_name(const std::string& name) {
  return !name.empty() && name[0] >= 'a' && name[0] <= 'z' &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; });
}

// Refuses what cannot be added; `known`: the names that its kind has. The names that it takes are added to them.
template <class Rows>
void check_rows(RowKind kind, const Rows& rows, std::vector<std::string> known,
                bool (*complete)(const typename Rows::value_type&)) {
  for (const auto& row : rows) {
    const auto refuse = [&](const char* problem, const char* hint) {
      throw InputError(fmt::format("the {} that is added", name_of(kind)), problem, row.name, hint);
    };
    if (!is_row_name(row.name)) refuse("has no name", "a letter, then letters, digits and _, all small");
    if (std::find(known.begin(), known.end(), row.name) != known.end())
      refuse("has the name of another one", "a name of its own; a plug-in is loaded once");
    if (!complete(row)) refuse("lacks the function that makes it", "see sim/experiment/extension.hpp");
    known.push_back(row.name);
  }
}

template <class Rows>
std::vector<std::string> names_in(const Rows& rows) {
  std::vector<std::string> names;
  for (const auto& row : rows) names.push_back(row.name);
  return names;
}

void check_extension(const Extension& extension) {
  const OwnRows& rows = own_rows();
  check_rows(
      RowKind::method, extension.methods, names_in(all_algorithms()),
      +[](const AlgorithmRow& row) { return row.dynamics != nullptr; });
  check_rows(
      RowKind::objective, extension.objectives, names_in(rows.objectives),
      +[](const OwnObjective& row) { return row.make != nullptr; });
  check_rows(
      RowKind::topology, extension.topologies, names_in(rows.topologies),
      +[](const OwnTopology& row) { return row.make != nullptr; });
  check_rows(
      RowKind::timing, extension.timings, names_in(rows.timings),
      +[](const OwnTiming& row) { return row.make != nullptr; });
}

template <class Row, class Add>
void move_rows(RowKind kind, std::vector<Row>& from, const std::string& origin, const Add& add) {
  for (Row& row : from) {
    own_rows().origins[{kind, row.name}] = origin;
    add(std::move(row));
  }
}

// A method whose declaration is looked at as it is made.
AlgorithmRow checked(AlgorithmRow row) {
  row.dynamics = [declare = std::move(row.dynamics), name = row.name](const Values& values) {
    Dynamics dynamics = declare(values);
    try {
      check_shapes(dynamics);
    } catch (const std::logic_error& error) {
      throw InputError("/algorithm/name", "the declaration of this method does not fit together", name,
                       error.what());
    }
    return dynamics;
  };
  return row;
}

}  // namespace

std::string name_of(RowKind kind) {
  switch (kind) {
    case RowKind::method:
      return "method";
    case RowKind::objective:
      return "objective";
    case RowKind::topology:
      return "topology";
    case RowKind::timing:
      return "timing model";
  }
  return "";
}

void add_rows(Extension extension, const std::string& origin) {
  try {
    check_extension(extension);
  } catch (const InputError& error) {
    if (origin.empty()) throw;
    throw error.within(origin);
  }
  OwnRows& rows = own_rows();
  const auto behind = [](auto& list) { return [&list](auto row) { list.push_back(std::move(row)); }; };
  move_rows(RowKind::method, extension.methods, origin,
            [](AlgorithmRow row) { add_algorithm(checked(std::move(row))); });
  move_rows(RowKind::objective, extension.objectives, origin, behind(rows.objectives));
  move_rows(RowKind::topology, extension.topologies, origin, behind(rows.topologies));
  move_rows(RowKind::timing, extension.timings, origin, behind(rows.timings));
}

const std::deque<OwnObjective>& own_objectives() { return own_rows().objectives; }
const std::deque<OwnTopology>& own_topologies() { return own_rows().topologies; }
const std::deque<OwnTiming>& own_timings() { return own_rows().timings; }

std::optional<std::string> origin_of(RowKind kind, const std::string& name) {
  const auto& origins = own_rows().origins;
  const auto found = origins.find({kind, name});
  return found == origins.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace acidsim
