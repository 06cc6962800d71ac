#include "sim/app/json/validation.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "sim/app/registry/registry.hpp"
#include "sim/core/error.hpp"

namespace acidsim {
namespace {

bool has_type(unsigned types, const Json& value) {
  if (value.is_null()) return types & type_null;
  if (value.is_boolean()) return types & type_boolean;
  if (value.is_number_integer()) return types & (type_integer | type_number);
  if (value.is_number()) return types & type_number;
  if (value.is_string()) return types & type_string;
  if (value.is_array()) return types & type_array;
  return types & type_object;
}

// The row that an object's variant is, or null where the name is unknown.
const Row* variant_of(const Field& field, const Json& object) {
  if (field.variants == Kind::none) return nullptr;
  for (const Row& row : rows(field.variants))
    if (!row.selected_by.empty() && object.is_object() && object.contains(row.selected_by))
      return find_row(field.variants, row.name);
  std::string name;
  for (const Field& inner : field.fields)
    if (inner.name == field.discriminator && inner.default_value.is_string())
      name = inner.default_value.get<std::string>();
  if (object.is_object() && object.contains(field.discriminator) && object[field.discriminator].is_string())
    name = object[field.discriminator].get<std::string>();
  return find_row(field.variants, name);
}

void check_number(const Field& field, double value, const Json& shown_value, const std::string& path) {
  const bool low = field.minimum && (field.above_minimum ? value <= *field.minimum : value < *field.minimum);
  const bool high = field.maximum && value > *field.maximum;
  if (!std::isfinite(value)) throw InputError(path, "not a finite number", shown(shown_value));
  if (low)
    throw InputError(
        path, "too small", shown(shown_value),
        fmt::format("must be {} {}", field.above_minimum ? "above" : "at least", *field.minimum));
  if (high)
    throw InputError(path, "too large", shown(shown_value),
                     fmt::format("must be at most {}", *field.maximum));
}

void check_word(const Field& field, const Json& value, const std::string& path) {
  const std::vector<std::string> words = allowed_words(field);
  const auto& word = value.get_ref<const std::string&>();
  if (!words.empty() && std::find(words.begin(), words.end(), word) == words.end())
    throw InputError(path, "unknown name", shown(value), unknown_name_hint(word, words));
}

// What to do about a key that is not known here: perhaps it is one of other rows.
std::string unknown_key_hint(const Field& field, const std::string& key,
                             const std::vector<const Field*>& known) {
  std::vector<std::string> names, owners;
  for (const Field* inner : known) names.push_back(inner->name);
  if (field.variants != Kind::none)
    for (const Row& row : rows(field.variants))
      if (std::any_of(row.parameters.begin(), row.parameters.end(),
                      [&](const Field& parameter) { return parameter.name == key; }))
        owners.push_back(row.name);
  constexpr std::size_t most = 8;  // a longer list says less
  if (owners.empty() || owners.size() > most) return unknown_name_hint(key, names);
  return fmt::format("it goes with the {} {}", field.discriminator, fmt::join(owners, ", "));
}

void check_object(const Field& field, const Json& value, const std::string& path) {
  const std::vector<const Field*> known = fields_of(field, value);
  if (const Row* row = variant_of(field, value);
      row && !row->selected_by.empty() && value.contains(field.discriminator))
    throw InputError(path + "/" + field.discriminator, "cannot stand beside \"" + row->selected_by + "\"",
                     shown(value[field.discriminator]), "give one of the two");
  // The discriminator first: a misspelt name would make its parameters look unknown.
  for (const Field* inner : known)
    if (inner->name == field.discriminator && value.contains(inner->name))
      check(*inner, value[inner->name], path + "/" + inner->name);
  for (const auto& [key, item] : value.items()) {
    const auto found =
        std::find_if(known.begin(), known.end(), [&, &key = key](const Field* f) { return f->name == key; });
    if (found == known.end())
      throw InputError(path + "/" + key, "unknown key", shown(item), unknown_key_hint(field, key, known));
    check(**found, item, path + "/" + key);
  }
  for (const Field* inner : known)
    if (inner->default_value.is_discarded() && !value.contains(inner->name))
      throw InputError(path, "missing key", inner->name, inner->what);
}

// Names of the user's own, each with an object of these fields.
bool is_map(const Field& field) { return field.open && !field.fields.empty(); }

Field entry_of(const Field& map) {
  Field entry = map;
  entry.open = false;
  entry.types = type_object;
  return entry;
}

}  // namespace

std::vector<std::string> allowed_words(const Field& field) {
  std::vector<std::string> words = field.choices;
  if (field.names != Kind::none)
    for (std::string& name : names_of(field.names)) words.push_back(std::move(name));
  return words;
}

std::vector<const Field*> fields_of(const Field& field, const Json& object) {
  std::vector<const Field*> all;
  for (const Field& inner : field.fields) all.push_back(&inner);
  if (const Row* row = variant_of(field, object))
    for (const Field& inner : row->parameters) all.push_back(&inner);
  return all;
}

void check(const Field& field, const Json& value, const std::string& path) {
  if (!has_type(field.types, value)) {
    const bool whole =
        value.is_number_float() && !(field.types & type_number) && (field.types & type_integer);
    throw InputError(
        path.empty() ? "/" : path, "wrong type", shown(value),
        "must be " + describe_types(field.types) + (whole ? ", written without point or exponent" : ""));
  }
  if (value.is_number()) check_number(field, value.get<double>(), value, path);
  if (value.is_string()) check_word(field, value, path);
  if (value.is_array()) {
    for (std::size_t k = 0; k < value.size(); ++k) {
      const std::string item_path = fmt::format("{}/{}", path, k);
      if (!has_type(field.items, value[k]))
        throw InputError(item_path, "wrong type", shown(value[k]), "must be " + describe_types(field.items));
      if (value[k].is_number()) check_number(field, value[k].get<double>(), value[k], item_path);
      if (value[k].is_string()) check_word(field, value[k], item_path);
      if (value[k].is_object() && !field.open) check_object(field, value[k], item_path);
    }
  }
  if (value.is_object() && !field.open) check_object(field, value, path);
  if (value.is_object() && is_map(field))
    for (const auto& [name, entry] : value.items()) check(entry_of(field), entry, path + "/" + name);
}

Json with_defaults(const Field& field, Json value) {
  if (value.is_string() && (field.types & type_object) && field.variants != Kind::none)
    value = Json{{field.discriminator, value}};  // a bare name is short for the variant with its defaults
  if (value.is_array() && (field.items & type_object))
    for (Json& item : value) item = with_defaults(field, std::move(item));
  if (value.is_object() && is_map(field))
    for (auto& entry : value) entry = with_defaults(entry_of(field), std::move(entry));
  if (!value.is_object() || field.open) return value;
  Json complete = Json::object();
  const Row* row = variant_of(field, value);
  for (const Field* inner : fields_of(field, value)) {
    if (row && !row->selected_by.empty() && inner->name == field.discriminator) continue;
    if (value.contains(inner->name))
      complete[inner->name] = with_defaults(*inner, value[inner->name]);
    else if (!inner->default_value.is_discarded())
      complete[inner->name] = with_defaults(*inner, inner->default_value);
  }
  return complete;
}

void for_each_path(const Field& field, Json& value, const std::function<void(Json& path)>& visit) {
  if (value.is_string() && field.is_path) {
    visit(value);
  } else if (value.is_object()) {
    for (const Field* inner : fields_of(field, value))
      if (value.contains(inner->name)) for_each_path(*inner, value[inner->name], visit);
  } else if (value.is_array()) {
    for (Json& item : value) for_each_path(field, item, visit);
  }
}

Json with_paths_from(const std::filesystem::path& folder, const Field& field, Json value,
                     const std::filesystem::path& directory) {
  for_each_path(field, value, [&](Json& path) {
    const std::filesystem::path named = path.get<std::string>();
    if (named.is_absolute()) return;
    const std::filesystem::path whole = std::filesystem::absolute(directory / named);
    path =
        (std::filesystem::relative(whole.parent_path(), std::filesystem::absolute(folder)) / whole.filename())
            .string();
  });
  return value;
}

}  // namespace acidsim
