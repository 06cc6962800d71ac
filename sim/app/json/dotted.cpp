#include "sim/app/json/dotted.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/core/error.hpp"

namespace acidsim {

std::vector<std::string> split_on(const std::string& text, char separator) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, separator);) {
    const auto first = part.find_first_not_of(' '), last = part.find_last_not_of(' ');
    parts.push_back(first == std::string::npos ? "" : part.substr(first, last - first + 1));
  }
  return parts;
}

void refuse_long_field(const std::string& field, const std::string& place) {
  if (field.size() > 200)
    throw InputError(place, "the dotted field is too long", shown(field), "for example topology.workers");
}

void set_field(Json& config, const std::string& field, const Json& value, const std::string& place) {
  Json* at = &config;
  const std::vector<std::string> steps = split_on(field, '.');
  if (steps.empty() || std::count(steps.begin(), steps.end(), "") > 0)
    throw InputError(place, "not a dotted field", field, "for example topology.workers");
  for (std::size_t k = 0; k + 1 < steps.size(); ++k) {
    Json& next = (*at)[steps[k]];
    if (next.is_null()) next = Json::object();
    if (!next.is_object())
      throw InputError(place, fmt::format("{} is not an object", steps[k]), shown(next),
                       "write it as an object to set a field inside");
    at = &next;
  }
  (*at)[steps.back()] = value;
}

const Json* value_at(const Json& config, const std::string& field) {
  const Json* at = &config;
  for (const std::string& step : split_on(field, '.')) {
    if (!at->is_object() || !at->contains(step)) return nullptr;
    at = &(*at)[step];
  }
  return at;
}

void erase_field(Json& config, const std::string& field) {
  const auto dot = field.rfind('.');
  const Json* const parent = dot == std::string::npos ? &config : value_at(config, field.substr(0, dot));
  if (parent != nullptr && parent->is_object()) {
    Json without = *parent;
    without.erase(field.substr(dot == std::string::npos ? 0 : dot + 1));
    if (dot == std::string::npos)
      config = std::move(without);
    else
      set_field(config, field.substr(0, dot), without, field);
  }
}

const Field* field_at(const Json& config, const std::string& field) {
  const Field* at = &configuration_grammar();
  Json value = config;
  for (const std::string& step : split_on(field, '.')) {
    const std::vector<const Field*> known = fields_of(*at, value);
    const auto found =
        std::find_if(known.begin(), known.end(), [&](const Field* f) { return f->name == step; });
    if (found == known.end()) return nullptr;
    at = *found;
    Json next = value.is_object() && value.contains(step) ? value[step] : Json();
    value = std::move(next);
  }
  return at;
}

}  // namespace acidsim
