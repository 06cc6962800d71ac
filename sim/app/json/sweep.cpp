#include "sim/app/json/sweep.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "sim/app/json/axes.hpp"
#include "sim/app/json/dotted.hpp"
#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/core/error.hpp"

namespace acidsim {
namespace {

constexpr std::size_t most_cells = 100000;
const std::string experiment_field = "experiment";  // under which cells say of which experiment they are

bool given(const Json& source, const char* key) { return source.contains(key) && !source[key].is_null(); }

// Text as a part of a folder's name.
std::string as_word(std::string text) {
  for (char& c : text)
    if (!(std::isalnum(static_cast<unsigned char>(c)) || c == '.' || c == '-' || c == '_' || c == '+'))
      c = '_';
  return text;
}

std::string plain(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// Four digits of a number of a range, where they tell it from the others.
std::string digits_of(const Axis& axis, std::size_t position, std::size_t field) {
  const auto digits = [&](std::size_t p) {
    return fmt::format("{:.4g}", axis.values[p][field].get<double>());
  };
  for (std::size_t p = 0; p < axis.values.size(); ++p)
    if (p != position && digits(p) == digits(position)) return axis.values[position][field].dump();
  return digits(position);
}

// A value of an axis as part of a folder's name. What is too long for it is named by its position, as `item2`;
// objects among objects alone, which no number can be taken for, as `2`.
std::string word_for(const Axis& axis, std::size_t position, std::size_t field) {
  const Json& value = axis.values[position][field];
  if (axis.generated && value.is_number_float()) return as_word(digits_of(axis, position, field));
  std::string text = plain(value);
  if (value.is_array()) {
    text = "list";
    for (const Json& item : value) text += "_" + plain(item);
    if (std::any_of(value.begin(), value.end(), [](const Json& item) { return item.is_structured(); }))
      return fmt::format("item{}", position);
  }
  if (value.is_object() || text.size() > 40)
    return fmt::format("{}{}", axis.only_objects(field) ? "" : "item", position);
  return as_word(text);
}

// What a cell has, or will have by default, for a field; null pointer where it has none. `held` keeps a default.
const Json* value_of(const Cell& cell, const std::string& field, Json& held) {
  for (const auto& [swept, value] : cell.values)
    if (swept == field) return &value;
  if (const Json* value = value_at(cell.config, field)) return value;
  held = with_defaults(configuration_grammar(), cell.config);
  return value_at(held, field);
}

// Conditions that name what no cell has are mistakes.
class Conditions {
 public:
  bool all_hold(const std::vector<Condition>& conditions, const Cell& cell) {
    bool hold = true;
    for (const Condition& condition : conditions) {
      Json held;
      const Json* const value = value_of(cell, condition.field, held);
      unknown_.try_emplace(condition.place, condition.field);
      if (value != nullptr) known_.insert(condition.place);
      hold = hold && value != nullptr &&
             std::find(condition.values.begin(), condition.values.end(), *value) != condition.values.end();
    }
    return hold;
  }
  void refuse_unknown() const {
    for (const auto& [place, field] : unknown_)
      if (!known_.contains(place))
        throw InputError(place, "no cell has such a field", field, "a dotted field, as topology.workers");
  }

 private:
  std::map<std::string, std::string> unknown_;  // place → field, of all that were asked for
  std::set<std::string> known_;
};

Cell with_values(Cell cell, const Axis& axis, std::size_t position) {
  for (std::size_t f = 0; f < axis.fields.size(); ++f) {
    const std::string& field = axis.fields[f];
    for (const auto& [swept, value] : cell.values)
      if (swept == field)
        throw InputError(axis.place, "field swept twice in one cell", cell.name,
                         "conditions that exclude each other");
    const Json& value = axis.values[position][f];
    set_field(cell.config, field, value, "/sweep/" + field);
    cell.values.emplace_back(field, value);
    cell.name += (cell.name.empty() ? "" : ",") + field + "=" + word_for(axis, position, f);
  }
  return cell;
}

std::vector<Cell> crossed(std::vector<Cell> cells, const Axis& axis, Conditions& conditions) {
  std::vector<char> varies;
  std::size_t count = 0;
  for (const Cell& cell : cells) {
    varies.push_back(conditions.all_hold(axis.when, cell));
    count += varies.back() ? axis.values.size() : 1;
  }
  if (count > most_cells)
    throw InputError("/sweep", "too many cells", fmt::format("{}", count),
                     fmt::format("at most {}", most_cells));
  std::vector<Cell> next;
  for (std::size_t c = 0; c < cells.size(); ++c) {
    if (!varies[c]) {
      next.push_back(std::move(cells[c]));
      continue;
    }
    for (std::size_t p = 0; p < axis.values.size(); ++p) next.push_back(with_values(cells[c], axis, p));
  }
  return next;
}

void leave_out(std::vector<Cell>& cells, const std::vector<std::vector<Condition>>& excluded,
               Conditions& conditions) {
  for (std::size_t k = 0; k < excluded.size(); ++k) {
    const std::size_t erased =
        std::erase_if(cells, [&](const Cell& cell) { return conditions.all_hold(excluded[k], cell); });
    const std::string place = fmt::format("/sweep/exclude/{}", k);
    if (cells.empty()) throw InputError(place, "no cell is left", "", "exclude fewer");
    if (erased > 0) continue;
    conditions.refuse_unknown();
    throw InputError(place, "excludes no cell", "", "values as they are swept; a list = one of");
  }
}

std::vector<Cell> swept(const Json& sweep, Cell base) {
  const Sweep read = read_sweep(sweep);
  Conditions conditions;
  std::vector<Cell> cells = {std::move(base)};
  for (const Axis& axis : read.axes) cells = crossed(std::move(cells), axis, conditions);
  conditions.refuse_unknown();
  leave_out(cells, read.excluded, conditions);
  return cells;
}

// Objects are merged, anything else takes the place of what is there; keys may be dotted.
void override_with(Json& config, const Json& overrides, const std::string& place) {
  for (const auto& [key, value] : overrides.items()) {
    const Json* const there = value_at(config, key);
    if (value.is_object() && there != nullptr && there->is_object() && key != "sweep") {
      Json merged = *there;
      override_with(merged, value, place + "/" + key);
      set_field(config, key, merged, place + "/" + key);
    } else {
      set_field(config, key, value, place + "/" + key);
    }
  }
}

std::vector<Cell> cells_of(Json config, Cell base) {
  const Json sweep = given(config, "sweep") ? config["sweep"] : Json();
  config.erase("sweep");
  base.config = std::move(config);
  if (sweep.is_null()) return {std::move(base)};
  return swept(sweep, std::move(base));
}

std::vector<Cell> cells_of_experiments(const Json& source) {
  const Json& experiments = source["experiments"];
  if (!experiments.is_object() || experiments.empty())
    throw InputError("/experiments", "not experiments", shown(experiments), "{name: {path: value, …}, …}");
  Json base = source;
  base.erase("experiments");
  std::vector<Cell> cells;
  for (const auto& [name, overrides] : experiments.items()) {
    const std::string place = "/experiments/" + name;
    if (name.empty() || name.size() > 60 || as_word(name) != name)
      throw InputError(place, "cannot be part of a folder's name", shown(name),
                       "letters, digits, . + - and _");
    if (!overrides.is_object())
      throw InputError(place, "not an experiment", shown(overrides),
                       "an object: what differs from the rest of the file");
    if (overrides.contains("experiments"))
      throw InputError(place + "/experiments", "experiments hold no experiments", "",
                       "name them side by side");
    Json config = base;
    override_with(config, overrides, place);
    try {
      std::vector<Cell> own =
          cells_of(std::move(config), {experiment_field + "=" + name, {{experiment_field, name}}, {}, {}});
      std::move(own.begin(), own.end(), std::back_inserter(cells));
    } catch (const InputError& error) {
      throw overrides.contains("sweep") ? error.within(place) : error;
    }
  }
  if (cells.size() > most_cells)
    throw InputError("/experiments", "too many cells", fmt::format("{}", cells.size()),
                     fmt::format("at most {}", most_cells));
  return cells;
}

// Distinct, and short enough for a folder.
void settle_names(std::vector<Cell>& cells) {
  std::set<std::string> names;
  for (Cell& cell : cells) {
    if (cell.name.size() > 200) cell.name = cell.name.substr(0, 190);
    std::string unique = cell.name;
    for (int k = 2; !names.insert(unique).second; ++k) unique = fmt::format("{}~{}", cell.name, k);
    cell.name = unique;
  }
}

bool names_field(const Json& sweep, const std::string& field) {
  if (!sweep.is_object()) return false;
  const auto in_block = [&](const Json& block) { return names_field(block, field); };
  for (const auto& [key, given_values] : sweep.items()) {
    if (key == "grid" || key == "zip") {
      if (given_values.is_array() ? std::any_of(given_values.begin(), given_values.end(), in_block)
                                  : in_block(given_values))
        return true;
      continue;
    }
    const std::vector<std::string> fields = split_on(key, ',');
    if (std::find(fields.begin(), fields.end(), field) != fields.end()) return true;
  }
  return false;
}

}  // namespace

bool has_cells(const Json& source) { return given(source, "sweep") || given(source, "experiments"); }

ExpandedCells expand_cells(const Json& source) {
  ExpandedCells expanded;
  expanded.cells = given(source, "experiments") ? cells_of_experiments(source) : cells_of(source, {});
  std::set<std::string> seen;
  for (const Cell& cell : expanded.cells)
    for (const auto& [field, value] : cell.values)
      if (seen.insert(field).second) expanded.fields.push_back(field);
  settle_names(expanded.cells);
  return expanded;
}

std::string varied_by(const Json& source, const std::string& field) {
  if (given(source, "sweep") && names_field(source["sweep"], field)) return "sweep";
  if (given(source, "experiments") && source["experiments"].is_object())
    for (const auto& [name, overrides] : source["experiments"].items())
      if (value_at(overrides, field) != nullptr || (overrides.is_object() && overrides.contains(field)))
        return "experiments";
  return "";
}

}  // namespace acidsim
