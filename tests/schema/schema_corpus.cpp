// Prints every kind of value at every field of a configuration, one JSON line each: whether check() takes the document, its
// message where it does not, and the document. Documents that stand on standard input, one a line, come first.
// schema_test.py holds the JSON Schema to it.
#include <cmath>
#include <iostream>
#include <string>

#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/core/error.hpp"

namespace acidsim::testing {
namespace {

void judge(const Json& document) {
  std::string problem;
  try {
    check(configuration_grammar(), document, "");
  } catch (const InputError& error) {
    problem = error.what();
  }
  std::cout << Json{{"good", problem.empty()}, {"problem", problem}, {"document", document}}.dump() << "\n";
}

// A value that a required field takes.
Json some_value(const Field& field) {
  if (field.types & type_string)
    return field.names == Kind::none ? Json("word") : Json(names_of(field.names).front());
  if (field.types & type_array) return Json::array({1});
  return 1;
}

Json with_required(const std::vector<Field>& fields, Json object) {
  for (const Field& field : fields)
    if (field.default_value.is_discarded()) object[field.name] = some_value(field);
  return object;
}

// Puts every kind of value at every field, variant by variant.
class Prober {
 public:
  void probe(const Field& field, const Json::json_pointer& place, const Json& document) {
    if (field.types & type_object && !field.open) descend(field, place, document);
    if (place.empty()) return;
    for (const Json& candidate : candidates(field)) {
      Json probe = document;
      probe[place] = candidate;
      judge(probe);
    }
  }

 private:
  static std::vector<Json> candidates(const Field& field) {
    std::vector<Json> values = {nullptr,
                                true,
                                0,
                                1,
                                -1,
                                2.5,
                                "word",
                                "auto",
                                Json::array(),
                                Json::array({1}),
                                Json::array({-1}),
                                Json::array({"word"}),
                                Json::array({nullptr}),
                                Json::object(),
                                Json{{"word", 1}}};
    if (field.minimum) values.insert(values.end(), {*field.minimum, Json::array({*field.minimum})});
    if (field.minimum && *field.minimum == std::floor(*field.minimum))
      values.push_back(static_cast<std::int64_t>(*field.minimum));
    if (field.maximum)
      values.insert(values.end(), {*field.maximum + 0.5, static_cast<std::int64_t>(*field.maximum),
                                   static_cast<std::int64_t>(*field.maximum) + 1});
    for (const std::string& word : field.choices) values.insert(values.end(), {word, Json::array({word})});
    if (field.names != Kind::none)
      for (const Row& row : rows(field.names))
        values.insert(values.end(), {row.name, Json::array({row.name})});
    // A whole number written with a point is refused by check() and taken by JSON Schema: the one intended
    // difference.
    std::erase_if(values, [](const Json& value) {
      const auto whole = [](const Json& v) {
        return v.is_number_float() && v.get<double>() == std::floor(v.get<double>());
      };
      return whole(value) || (value.is_array() && !value.empty() && whole(value[0]));
    });
    return values;
  }

  void descend(const Field& field, const Json::json_pointer& place, const Json& document) {
    const auto inside = [&](const std::vector<Field>& fields, const Json& object) {
      Json with_object = document;
      if (place.empty())
        with_object = object;
      else
        with_object[place] = object;
      for (const Field& inner : fields) probe(inner, place / inner.name, with_object);
      Json unknown = with_object;
      unknown[place / "surely_unknown"] = 1;
      judge(unknown);
    };
    if (field.variants == Kind::none)
      return inside(field.fields, with_required(field.fields, Json::object()));
    for (const Row& row : rows(field.variants)) {
      std::vector<Field> fields = row.parameters;
      for (const Field& inner : field.fields)
        if (inner.name != field.discriminator) fields.push_back(inner);
      Json object = with_required(fields, Json::object());
      if (row.selected_by.empty()) object[field.discriminator] = row.name;
      inside(fields, object);
    }
  }
};

}  // namespace
}  // namespace acidsim::testing

int main() {
  using namespace acidsim;
  for (std::string line; std::getline(std::cin, line);) testing::judge(Json::parse(line));
  testing::Prober().probe(configuration_grammar(), Json::json_pointer(), Json::object());
}
