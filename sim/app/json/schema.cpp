#include "sim/app/json/schema.hpp"

#include <algorithm>

#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/app/registry/registry.hpp"

namespace acidsim {
namespace {

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
    if (inner->default_value.is_discarded()) needed.push_back(inner->name);
  }
  if (!needed.empty()) schema["required"] = needed;
  return schema;
}

Json object_schema(const Field& field) {
  if (field.open && field.fields.empty()) return {{"type", "object"}};
  if (field.open) {
    Field entry = field;
    entry.open = false;
    return {{"type", "object"}, {"additionalProperties", object_schema(entry)}};
  }
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
    item.open = field.open;
    forms.push_back({{"type", "array"}, {"items", schema_of(item)}});
  }
  if (field.types & type_object) forms.push_back(object_schema(field));
  Json schema = forms.size() == 1 ? forms[0] : Json{{"anyOf", forms}};
  if (!field.what.empty()) schema["description"] = field.what;
  if (!field.default_value.is_discarded() && !field.default_value.is_null())
    schema["default"] = field.default_value;
  return schema;
}

Json configuration_schema() {
  Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"}, {"title", "acidsim experiment"}};
  schema.update(schema_of(configuration_grammar()));
  schema["definitions"] = shared_schemas(configuration_grammar());
  return schema;
}

}  // namespace acidsim
