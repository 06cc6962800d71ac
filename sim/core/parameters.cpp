#include "sim/core/parameters.hpp"

#include <algorithm>
#include <stdexcept>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

[[noreturn]] void refuse(const std::string& name, const char* kind) {
  throw std::logic_error("parameter " + name + " is not " + kind);
}

template <class Type>
const Type& get_as(const Value& value, const std::string& name, const char* kind) {
  const Type* found = std::get_if<Type>(&value);
  if (found == nullptr) refuse(name, kind);
  return *found;
}

}  // namespace

const Value* Values::find(const std::string& name) const {
  const auto found =
      std::find_if(values_.begin(), values_.end(), [&](const auto& entry) { return entry.first == name; });
  return found == values_.end() ? nullptr : &found->second;
}

const Value& Values::get(const std::string& name) const {
  const Value* value = find(name);
  if (value == nullptr) throw std::logic_error("no parameter " + name);
  return *value;
}

bool Values::has(const std::string& name) const {
  const Value* value = find(name);
  return value != nullptr && !std::holds_alternative<std::monostate>(*value);
}

void Values::set(const std::string& name, Value value) {
  for (auto& [known, old] : values_)
    if (known == name) {
      old = std::move(value);
      return;
    }
  values_.emplace_back(name, std::move(value));
}

void Values::resolve(const std::string& name, double value) {
  if (!automatic(name)) return;
  set(name, value);
  if (std::find(resolved_.begin(), resolved_.end(), name) == resolved_.end()) resolved_.push_back(name);
}

double Values::number(const std::string& name) const {
  const Value& value = get(name);
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* natural = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*natural);
  return get_as<double>(value, name, "a number");
}

std::int64_t Values::whole(const std::string& name) const {
  const Value& value = get(name);
  if (const auto* natural = std::get_if<std::uint64_t>(&value)) {
    if (*natural > std::uint64_t{std::numeric_limits<std::int64_t>::max()}) refuse(name, "in range");
    return static_cast<std::int64_t>(*natural);
  }
  return get_as<std::int64_t>(value, name, "a whole number");
}

std::uint64_t Values::natural(const std::string& name) const {
  const Value& value = get(name);
  if (const auto* natural = std::get_if<std::uint64_t>(&value)) return *natural;
  const auto whole = get_as<std::int64_t>(value, name, "a whole number");
  if (whole < 0) refuse(name, "at least 0");
  return static_cast<std::uint64_t>(whole);
}

bool Values::flag(const std::string& name) const { return get_as<bool>(get(name), name, "true or false"); }

const std::string& Values::text(const std::string& name) const {
  return get_as<std::string>(get(name), name, "a text");
}

const std::vector<double>& Values::numbers(const std::string& name) const {
  return get_as<std::vector<double>>(get(name), name, "a list of numbers");
}

bool Values::automatic(const std::string& name) const {
  if (std::find(resolved_.begin(), resolved_.end(), name) != resolved_.end()) return true;
  const Value* value = find(name);
  const auto* word = value == nullptr ? nullptr : std::get_if<std::string>(value);
  return word != nullptr && *word == "auto";
}

Values with_defaults(const std::vector<Parameter>& declared, Values given) {
  for (const Parameter& parameter : declared) {
    if (given.has(parameter.name)) continue;
    given.set(parameter.name, parameter.automatic ? Value(std::string("auto")) : parameter.default_value);
  }
  return given;
}

namespace {

bool is_number(const Value& value) {
  return std::holds_alternative<double>(value) || std::holds_alternative<std::int64_t>(value) ||
         std::holds_alternative<std::uint64_t>(value);
}

bool fits(const Parameter& parameter, const Value& value) {
  switch (parameter.kind) {
    case Parameter::Kind::flag:
      return std::holds_alternative<bool>(value);
    case Parameter::Kind::whole:
      return std::holds_alternative<std::int64_t>(value) || std::holds_alternative<std::uint64_t>(value);
    case Parameter::Kind::number:
      return is_number(value);
    case Parameter::Kind::text:
      return std::holds_alternative<std::string>(value);
    case Parameter::Kind::numbers:
      return std::holds_alternative<std::vector<double>>(value);
  }
  return false;
}

}  // namespace

Values checked(const std::vector<Parameter>& declared, const Values& given) {
  std::vector<std::string> known;
  for (const Parameter& parameter : declared) known.push_back(parameter.name);
  for (const auto& [name, value] : given.all())
    if (std::find(known.begin(), known.end(), name) == known.end())
      throw InputError(name, "unknown parameter", "", unknown_name_hint(name, known));
  Values values = with_defaults(declared, given);
  for (const Parameter& parameter : declared) {
    if (values.automatic(parameter.name) && parameter.automatic) continue;
    if (!values.has(parameter.name)) {
      if (parameter.required) throw InputError(parameter.name, "is missing", "", parameter.what);
      continue;
    }
    const auto found = std::find_if(values.all().begin(), values.all().end(),
                                    [&](const auto& entry) { return entry.first == parameter.name; });
    if (!fits(parameter, found->second))
      throw InputError(parameter.name, "is a value of the wrong kind", "", parameter.what);
    if (!is_number(found->second)) continue;
    const double number = values.number(parameter.name);
    if (!(number >= parameter.minimum && number <= parameter.maximum) ||
        (parameter.above_minimum && number == parameter.minimum))
      throw InputError(parameter.name, "is out of range", std::to_string(number), parameter.what);
  }
  return values;
}

}  // namespace acidsim
