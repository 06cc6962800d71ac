#include "sim/app/json/axes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <set>

#include "sim/app/json/dotted.hpp"
#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr std::size_t most_values = 100000;
const std::string how_to_give_values =
    "a list, {\"range\": [from, to, count]} or {\"log_range\": [from, to, count]}";

// {path: value or list of values}, each a condition.
std::vector<Condition> read_conditions(const Json& object, const std::string& place) {
  if (!object.is_object() || object.empty())
    throw InputError(place, "not conditions", shown(object),
                     "{\"algorithm.name\": \"a2cid2\"}; a list = one of");
  std::vector<Condition> conditions;
  for (const auto& [field, value] : object.items()) {
    refuse_long_field(field, place);
    Condition condition{place + "/" + field, field, {value}};
    if (value.is_array()) condition.values.assign(value.begin(), value.end());
    if (condition.values.empty())
      throw InputError(condition.place, "names no value", shown(value), "a value, or a list: one of these");
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

void append(std::vector<Condition>& conditions, const std::vector<Condition>& more) {
  conditions.insert(conditions.end(), more.begin(), more.end());
}

// Refuses keys that are not among `known`.
void refuse_unknown_keys(const Json& object, const std::string& place, std::vector<std::string> known) {
  for (const auto& [key, value] : object.items())
    if (std::find(known.begin(), known.end(), key) == known.end())
      throw InputError(place + "/" + key, "unknown key", shown(value), unknown_name_hint(key, known));
}

struct GivenValues {
  std::vector<Json> values;
  bool generated = false;
  std::vector<Condition> when;
};

GivenValues read_values(const Json& given, const std::string& place) {
  if (given.is_array()) {
    if (given.empty())
      throw InputError(place, "not a list of values", shown(given), "a list with at least one value");
    return {{given.begin(), given.end()}, false, {}};
  }
  if (!given.is_object()) throw InputError(place, "not a list of values", shown(given), how_to_give_values);
  refuse_unknown_keys(given, place, {"values", "range", "log_range", "when"});
  const int ways =
      int{given.contains("values")} + int{given.contains("range")} + int{given.contains("log_range")};
  if (ways != 1)
    throw InputError(place, ways == 0 ? "gives no values" : "gives its values in several ways", shown(given),
                     ways == 0 ? how_to_give_values : "one of values, range, log_range");
  GivenValues read;
  if (given.contains("values")) {
    const Json& list = given["values"];
    if (!list.is_array())
      throw InputError(place + "/values", "not a list of values", shown(list), "[value, …]");
    read = read_values(list, place + "/values");
  } else {
    const bool logarithmic = given.contains("log_range");
    const char* const key = logarithmic ? "log_range" : "range";
    read = {range_values(given[key], logarithmic, place + "/" + key), true, {}};
  }
  if (given.contains("when")) read.when = read_conditions(given["when"], place + "/when");
  return read;
}

std::vector<std::string> read_fields(const std::string& key, const std::string& place) {
  refuse_long_field(key, place);
  const std::string here = place + "/" + key;
  std::vector<std::string> fields = split_on(key, ',');
  if (fields.empty()) throw InputError(here, "names no field", "", "for example topology.workers");
  std::set<std::string> seen;
  for (const std::string& field : fields) {
    for (const char* section : {"sweep", "experiments", "tune"})
      if (field == section || field.starts_with(std::string(section) + "."))
        throw InputError(here, "cannot be swept", field, "for example topology.workers");
    if (!seen.insert(field).second) throw InputError(here, "field swept twice", field, "name a field once");
  }
  return fields;
}

Axis read_axis(const std::string& key, const Json& given, const std::string& place) {
  Axis axis{place + "/" + key, read_fields(key, place), {}, {}};
  GivenValues read = read_values(given, axis.place);
  for (Json& value : read.values) {
    if (axis.fields.size() == 1) {
      axis.values.push_back({std::move(value)});
      continue;
    }
    if (!value.is_array() || value.size() != axis.fields.size())
      throw InputError(axis.place, "does not give a value to each field", shown(value),
                       fmt::format("a list of {} values", axis.fields.size()));
    axis.values.emplace_back(value.begin(), value.end());
  }
  axis.when = std::move(read.when);
  axis.generated = read.generated;
  return axis;
}

Axis read_zip(const Json& block, const std::string& place) {
  if (!block.is_object() || block.empty())
    throw InputError(place, "not a block of fields", shown(block),
                     "{path: values, path: values}, of equal lengths");
  Axis axis{place, {}, {}, {}, true};
  for (const auto& [key, given] : block.items()) {
    if (key == "when") {
      axis.when = read_conditions(given, place + "/when");
      continue;
    }
    const std::vector<std::string> named = read_fields(key, place);
    if (named.size() != 1)
      throw InputError(place + "/" + key, "names several fields", key, "one field for each list");
    if (std::find(axis.fields.begin(), axis.fields.end(), named[0]) != axis.fields.end())
      throw InputError(place + "/" + key, "field swept twice", named[0], "name a field once");
    GivenValues read = read_values(given, place + "/" + key);
    if (!read.when.empty())
      throw InputError(place + "/" + key, "has a condition of its own", shown(given),
                       "give \"when\" to the whole zip");
    if (axis.fields.empty()) axis.values.resize(read.values.size());
    if (read.values.size() != axis.values.size())
      throw InputError(
          place + "/" + key, "lists of a zip have different lengths",
          fmt::format("{} values, and {} of {}", read.values.size(), axis.values.size(), axis.fields[0]),
          "as many values for each field");
    axis.fields.push_back(named[0]);
    axis.generated = axis.generated && read.generated;
    for (std::size_t p = 0; p < axis.values.size(); ++p) axis.values[p].push_back(std::move(read.values[p]));
  }
  if (axis.fields.empty())
    throw InputError(place, "names no field", shown(block), "for example topology.workers");
  return axis;
}

// Calls `read` with each block of `given`, which is one or a list of them.
template <class Read>
void for_each_block(const Json& given, const std::string& place, const Read& read) {
  if (!given.is_array()) return read(given, place);
  if (given.empty())
    throw InputError(place, "holds no block", shown(given), "an object, or a list of objects");
  for (std::size_t k = 0; k < given.size(); ++k) read(given[k], fmt::format("{}/{}", place, k));
}

// The axes of a sweep or of a grid, which hold under `outer` besides their own conditions.
void read_block(const Json& block, const std::string& place, std::vector<Condition> outer,
                std::vector<Axis>& axes) {
  if (!block.is_object() || block.empty())
    throw InputError(place, "not a block of fields", shown(block), "{path: values, …}");
  if (place != "/sweep" && block.contains("when"))
    append(outer, read_conditions(block["when"], place + "/when"));
  const auto take = [&](Axis axis) {
    append(axis.when, outer);
    axes.push_back(std::move(axis));
  };
  for (const auto& [key, given] : block.items()) {
    const std::string here = place + "/" + key;
    if (key == "zip") {
      for_each_block(given, here,
                     [&](const Json& zip, const std::string& where) { take(read_zip(zip, where)); });
    } else if (key == "grid") {
      for_each_block(given, here, [&](const Json& grid, const std::string& where) {
        read_block(grid, where, outer, axes);
      });
    } else if ((key == "exclude" && place == "/sweep") || (key == "when" && place != "/sweep")) {
      continue;
    } else {
      take(read_axis(key, given, place));
    }
  }
}

void refuse_clashes(const std::vector<Axis>& axes) {
  std::set<std::string> always, all;
  for (const Axis& axis : axes)
    for (const std::string& field : axis.fields) {
      if (always.contains(field) || (axis.when.empty() && all.contains(field)))
        throw InputError(axis.place, "field swept twice", field, "name a field once");
      if (axis.when.empty()) always.insert(field);
      all.insert(field);
    }
  for (const std::string& field : all)
    for (const std::string& outer : all)
      if (field.starts_with(outer + "."))
        throw InputError("/sweep", "a field is swept together with its parent", outer + ", " + field,
                         "sweep one of the two");
  std::set<std::string> before;
  for (const Axis& axis : axes) {
    for (const Condition& condition : axis.when)
      if (all.contains(condition.field) && !before.contains(condition.field))
        throw InputError(condition.place, "depends on a field that is swept later", condition.field,
                         "write the axis of that field first");
    before.insert(axis.fields.begin(), axis.fields.end());
  }
}

}  // namespace

bool Axis::only_objects(std::size_t field) const {
  return std::all_of(values.begin(), values.end(),
                     [&](const auto& value) { return value[field].is_object(); });
}

double rounded(double value, int digits) {
  const std::string text = fmt::format("{:.{}g}", value, digits);
  double read = value;
  std::from_chars(text.data(), text.data() + text.size(), read);
  return read;
}

std::vector<Json> range_values(const Json& range, bool logarithmic, const std::string& place) {
  const auto refuse = [&](const std::string& problem, const std::string& hint) {
    return InputError(place, problem, shown(range), hint);
  };
  if (!range.is_array() || range.size() != 3 || !range[0].is_number() || !range[1].is_number() ||
      !range[2].is_number_integer())
    throw refuse("not a range", "[from, to, count]");
  const double from = range[0].get<double>(), to = range[1].get<double>();
  const auto count = range[2].get<double>();
  if (!(count >= 2 && count <= static_cast<double>(most_values)))
    throw refuse("the number of values must be from 2 to 100000", "both ends are among them");
  if (!std::isfinite(from) || !std::isfinite(to) || from == to)
    throw refuse("the ends must be finite and differ", "");
  if (logarithmic && !(from > 0 && to > 0))
    throw refuse("the ends of a logarithmic range must be above 0", "");
  const auto last = static_cast<std::size_t>(count) - 1;
  std::vector<double> values;
  for (std::size_t k = 0; k <= last; ++k) {
    const double share = static_cast<double>(k) / static_cast<double>(last);
    const double value = logarithmic ? from * std::pow(to / from, share) : from + (to - from) * share;
    values.push_back(rounded(value, 14));  // 0.3 rather than 0.30000000000000004
  }
  values.front() = from;
  values.back() = to;
  const bool whole = range[0].is_number_integer() && range[1].is_number_integer() &&
                     std::all_of(values.begin(), values.end(), [](double value) {
                       return value == std::nearbyint(value) && std::abs(value) < 1e15;
                     });
  std::vector<Json> found;
  for (const double value : values)
    found.push_back(whole ? Json(static_cast<std::int64_t>(value)) : Json(value));
  return found;
}

Sweep read_sweep(const Json& sweep) {
  if (!sweep.is_object() || sweep.empty())
    throw InputError("/sweep", "not a sweep", shown(sweep), "an object: dotted field → list of values");
  Sweep read;
  read_block(sweep, "/sweep", {}, read.axes);
  if (read.axes.empty())
    throw InputError("/sweep", "varies no field", shown(sweep), "dotted field → list of values");
  refuse_clashes(read.axes);
  if (sweep.contains("exclude")) {
    const Json& list = sweep["exclude"];
    if (!list.is_array() || list.empty())
      throw InputError("/sweep/exclude", "not a list of combinations", shown(list), "[{path: value, …}, …]");
    for (std::size_t k = 0; k < list.size(); ++k)
      read.excluded.push_back(read_conditions(list[k], fmt::format("/sweep/exclude/{}", k)));
  }
  return read;
}

}  // namespace acidsim
