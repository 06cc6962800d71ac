#include "sim/app/field.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "sim/app/registry.hpp"
#include "sim/core/error.hpp"

namespace acidsim {
namespace {

struct TypeName {
  Type type;
  const char* name;
};
constexpr TypeName type_names[] = {
    {type_null, "null"},     {type_boolean, "boolean"}, {type_integer, "integer"}, {type_number, "number"},
    {type_string, "string"}, {type_array, "array"},     {type_object, "object"}};

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
    if (inner.name == field.discriminator && inner.fallback.is_string())
      name = inner.fallback.get<std::string>();
  if (object.is_object() && object.contains(field.discriminator) && object[field.discriminator].is_string())
    name = object[field.discriminator].get<std::string>();
  return find_row(field.variants, name);
}

std::vector<std::string> allowed_words(const Field& field) {
  std::vector<std::string> words = field.choices;
  if (field.names != Kind::none)
    for (std::string& name : names_of(field.names)) words.push_back(std::move(name));
  return words;
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
        std::find_if(known.begin(), known.end(), [&](const Field* f) { return f->name == key; });
    if (found == known.end()) {
      std::vector<std::string> names;
      for (const Field* inner : known) names.push_back(inner->name);
      throw InputError(path + "/" + key, "unknown key", shown(item), unknown_name_hint(key, names));
    }
    check(**found, item, path + "/" + key);
  }
  for (const Field* inner : known)
    if (inner->fallback.is_discarded() && !value.contains(inner->name))
      throw InputError(path, "missing key", inner->name, inner->what);
}

Json range_schema(const Field& field, const char* type) {
  Json schema = {{"type", type}};
  if (field.minimum) schema[field.above_minimum ? "exclusiveMinimum" : "minimum"] = *field.minimum;
  if (field.maximum) schema["maximum"] = *field.maximum;
  return schema;
}

// Fields that every variant of an object has, and that are objects themselves, are written once.
bool is_shared(const Field& field, const Field& inner) {
  return field.variants != Kind::none && !field.name.empty() && (inner.types & type_object);
}

std::string shared_name(const Field& field, const Field& inner) { return field.name + "." + inner.name; }

Json properties_schema(const Field& field, const std::vector<const Field*>& fields) {
  Json schema = {{"properties", Json::object()}, {"additionalProperties", false}};
  Json needed = Json::array();
  for (const Field* inner : fields) {
    const bool fixed =
        std::any_of(field.fields.begin(), field.fields.end(), [&](const Field& f) { return &f == inner; });
    schema["properties"][inner->name] = fixed && is_shared(field, *inner)
                                            ? Json{{"$ref", "#/definitions/" + shared_name(field, *inner)}}
                                            : schema_of(*inner);
    if (inner->fallback.is_discarded()) needed.push_back(inner->name);
  }
  if (!needed.empty()) schema["required"] = needed;
  return schema;
}

Json object_schema(const Field& field) {
  if (field.open) return {{"type", "object"}};
  if (field.variants == Kind::none) {
    Json schema = properties_schema(field, fields_of(field, Json::object()));
    schema["type"] = "object";
    return schema;
  }
  Json schema = {{"type", "object"}, {"allOf", Json::array()}};
  Json none_selected = Json::array();
  for (const Row& row : rows(field.variants))
    if (!row.selected_by.empty()) none_selected.push_back({{"not", {{"required", {row.selected_by}}}}});
  for (const Row& row : rows(field.variants)) {
    Json condition, example;
    if (!row.selected_by.empty()) {
      example[row.selected_by] = nullptr;
      condition = {{"required", {row.selected_by}}};
    } else {
      example[field.discriminator] = row.name;
      condition = {{"required", {field.discriminator}},
                   {"properties", {{field.discriminator, {{"const", row.name}}}}}};
      if (!none_selected.empty())
        condition = {{"allOf", none_selected},
                     {"required", condition["required"]},
                     {"properties", condition["properties"]}};
    }
    std::vector<const Field*> inner = fields_of(field, example);
    if (!row.selected_by.empty())
      std::erase_if(inner, [&](const Field* f) { return f->name == field.discriminator; });
    schema["allOf"].push_back({{"if", condition}, {"then", properties_schema(field, inner)}});
  }
  Json unnamed = none_selected;
  unnamed.push_back({{"not", {{"required", {field.discriminator}}}}});
  schema["allOf"].push_back(
      {{"if", {{"allOf", unnamed}}}, {"then", properties_schema(field, fields_of(field, Json::object()))}});
  schema["properties"] = {{field.discriminator, {{"enum", names_of(field.variants)}}}};
  return schema;
}

}  // namespace

std::string describe_types(unsigned types) {
  std::vector<std::string> names;
  for (const TypeName& entry : type_names)
    if (types & entry.type) names.push_back(entry.name);
  return fmt::format("{}", fmt::join(names, " or "));
}

std::string shown(const Json& value) {
  std::string text = value.dump(-1, ' ', false, Json::error_handler_t::replace);
  if (text.size() > 60) {
    std::size_t cut = 57;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80)
      --cut;  // never inside a character
    text = text.substr(0, cut) + "...";
  }
  return text;
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
}

Json with_defaults(const Field& field, Json value) {
  if (value.is_string() && (field.types & type_object) && field.variants != Kind::none)
    value = Json{{field.discriminator, value}};  // a bare name is short for the variant with its defaults
  if (value.is_array() && (field.items & type_object))
    for (Json& item : value) item = with_defaults(field, std::move(item));
  if (!value.is_object() || field.open) return value;
  Json complete = Json::object();
  const Row* row = variant_of(field, value);
  for (const Field* inner : fields_of(field, value)) {
    if (row && !row->selected_by.empty() && inner->name == field.discriminator) continue;
    if (value.contains(inner->name))
      complete[inner->name] = with_defaults(*inner, value[inner->name]);
    else if (!inner->fallback.is_discarded())
      complete[inner->name] = with_defaults(*inner, inner->fallback);
  }
  return complete;
}

Json shared_schemas(const Field& field) {
  Json definitions = Json::object();
  for (const Field& inner : field.fields) {
    if (is_shared(field, inner)) definitions[shared_name(field, inner)] = schema_of(inner);
    definitions.update(shared_schemas(inner));
  }
  return definitions;
}

Json schema_of(const Field& field) {
  if (field.types == 0) return Json::object();  // items of any type: whoever reads them checks them
  std::vector<Json> forms;
  const std::vector<std::string> words = allowed_words(field);
  if (field.types & type_null) forms.push_back({{"type", "null"}});
  if (field.types & type_boolean) forms.push_back({{"type", "boolean"}});
  if (field.types & type_number) forms.push_back(range_schema(field, "number"));
  if ((field.types & type_integer) && !(field.types & type_number))
    forms.push_back(range_schema(field, "integer"));
  if (field.types & type_string)
    forms.push_back(words.empty() ? Json{{"type", "string"}} : Json{{"enum", words}});
  if (field.types & type_array) {
    Field item("", field.items, nullptr, "");
    item.minimum = field.minimum;
    item.above_minimum = field.above_minimum;
    item.maximum = field.maximum;
    item.names = field.names;
    item.choices = field.choices;
    item.fields = field.fields;
    item.variants = field.variants;
    item.discriminator = field.discriminator;
    forms.push_back({{"type", "array"}, {"items", schema_of(item)}});
  }
  if (field.types & type_object) forms.push_back(object_schema(field));
  Json schema = forms.size() == 1 ? forms[0] : Json{{"anyOf", forms}};
  if (!field.what.empty()) schema["description"] = field.what;
  if (!field.fallback.is_discarded() && !field.fallback.is_null()) schema["default"] = field.fallback;
  return schema;
}

}  // namespace acidsim
