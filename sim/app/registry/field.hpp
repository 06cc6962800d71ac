// A field of a configuration: its types, default and range. Validation, defaults, the JSON schema and the help
// all read these declarations.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

namespace acidsim {

using Json = nlohmann::ordered_json;

// JSON types that a field takes; combined with |.
enum Type : unsigned {
  type_null = 1,
  type_boolean = 2,
  type_integer = 4,
  type_number = 8,  // integers too
  type_string = 16,
  type_array = 32,
  type_object = 64,
};

// The registry's kinds of things that a name in a configuration can choose.
enum class Kind {
  none,
  family,
  unchanging_family,  // the families that do not change over time
  rates,
  timing,
  distribution,
  duration,
  algorithm,
  mixing,
  codec,
  objective,
  dataset,
  partition,
  sampling,
  initial,
  optimizer,
  schedule,
  metric,
  backend
};

struct Field {
  std::string name;
  unsigned types = 0;
  Json default_value;  // the default; discarded value = the field is required
  std::string what;    // one line, with the unit

  // Ranges of numbers (also of the numbers in an array).
  std::optional<double> minimum;
  bool above_minimum = false;  // the minimum itself is not allowed
  std::optional<double> maximum;

  Kind names = Kind::none;           // strings (also those in an array) are names of this kind
  std::vector<std::string> choices;  // strings are one of these (besides `names`)
  unsigned items = 0;  // types of an array's items; objects among them have this field's object form

  // The object form: fixed fields, and, where `variants` is set, those of the registry row that the string
  // under `discriminator` names.
  std::vector<Field> fields;
  Kind variants = Kind::none;
  std::string discriminator;
  // Any keys: each with an object of `fields` where there are some, else with whatever its reader takes.
  bool open = false;
  bool is_path = false;  // strings are paths, relative to the folder of the configuration

  Field() = default;
  Field(std::string name_, unsigned types_, Json default_value_, std::string what_)
      : name(std::move(name_)),
        types(types_),
        default_value(std::move(default_value_)),
        what(std::move(what_)) {}
  Field&& at_least(double bound) && {
    minimum = bound;
    return std::move(*this);
  }
  Field&& above(double bound) && {
    minimum = bound;
    above_minimum = true;
    return std::move(*this);
  }
  Field&& at_most(double bound) && {
    maximum = bound;
    return std::move(*this);
  }
  Field&& one_of(std::vector<std::string> words) && {
    choices = std::move(words);
    return std::move(*this);
  }
  Field&& name_of_a(Kind kind) && {
    names = kind;
    return std::move(*this);
  }
  Field&& of(unsigned item_types) && {
    items = item_types;
    return std::move(*this);
  }
  Field&& any_keys() && {
    open = true;
    return std::move(*this);
  }
  Field&& path() && {
    is_path = true;
    return std::move(*this);
  }
  Field&& with(std::vector<Field> inner) && {
    fields = std::move(inner);
    return std::move(*this);
  }
  Field&& variant(Kind kind, std::string key) && {
    variants = kind;
    discriminator = std::move(key);
    return std::move(*this);
  }
};

// The words for a set of types: "number or null".
std::string describe_types(unsigned types);
// A value as it stands in a message: one line, at most 60 characters.
std::string shown(const Json& value);

inline Json required() { return Json(Json::value_t::discarded); }

}  // namespace acidsim
