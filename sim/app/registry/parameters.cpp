// Parameters of rows that know no JSON, as fields of a configuration, and their values.
#include "sim/app/registry/registry.hpp"
#include "sim/data/matrix_file.hpp"

namespace acidsim {
namespace {

unsigned types_of(const Parameter& parameter) {
  switch (parameter.kind) {
    case Parameter::Kind::flag:
      return type_boolean;
    case Parameter::Kind::whole:
      return type_integer;
    case Parameter::Kind::number:
      return type_number;
    case Parameter::Kind::text:
      return type_string;
    case Parameter::Kind::numbers:
      return type_array;
  }
  return 0;
}

Json json_of(const Value& value) {
  return std::visit(
      [](const auto& held) -> Json {
        if constexpr (std::is_same_v<std::decay_t<decltype(held)>, std::monostate>)
          return nullptr;
        else
          return held;
      },
      value);
}

Value value_of(const Json& json) {
  if (json.is_boolean()) return json.get<bool>();
  if (json.is_number_unsigned()) return json.get<std::uint64_t>();
  if (json.is_number_integer()) return json.get<std::int64_t>();
  if (json.is_number()) return json.get<double>();
  if (json.is_string()) return json.get<std::string>();
  if (json.is_array()) return json.get<std::vector<double>>();
  return {};
}

}  // namespace

Field field_of(const Parameter& parameter) {
  const bool absent = std::holds_alternative<std::monostate>(parameter.default_value);
  Field field(parameter.name, types_of(parameter),
              parameter.required    ? required()
              : parameter.automatic ? Json("auto")
                                    : json_of(parameter.default_value),
              parameter.what);
  if (parameter.automatic) {
    field.types |= type_string;
    field.choices = {"auto"};
  } else if (absent && !parameter.required) {
    field.types |= type_null;
  }
  if (parameter.kind == Parameter::Kind::numbers) field.items = type_number;
  if (parameter.minimum > -infinity) field.minimum = parameter.minimum;
  field.above_minimum = parameter.above_minimum;
  if (parameter.maximum < infinity) field.maximum = parameter.maximum;
  field.is_path = parameter.is_path;
  if (!parameter.choices.empty()) field.choices = parameter.choices;
  if (parameter.or_file) {
    field.types |= type_object;
    field.fields = {
        Field("file", type_string, required(), "the matrix, n × n: .npy, or text with one row per line")
            .path()};
  }
  if (!parameter.choices_of.empty())
    for (const Category& kind : categories())
      if (kind.name == parameter.choices_of) field.names = kind.kind;
  return field;
}

Values values_of(const std::vector<Parameter>& parameters, const Node& node) {
  Values values;
  for (const Parameter& parameter : parameters)
    if (node.has(parameter.name))
      values.set(parameter.name, parameter.is_path ? Value(node.file(parameter.name).string())
                                                   : value_of(node.json().at(parameter.name)));
  return with_defaults(parameters, std::move(values));
}

std::function<Matrix<double>()> given_mixing(const Node& algorithm) {
  if (!algorithm.has("mixing") || !algorithm.json()["mixing"].is_object()) return {};
  return [file = algorithm.child("mixing").file("file")] { return read_matrix(file); };
}

}  // namespace acidsim
