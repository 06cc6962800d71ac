#include "sim/app/registry/field.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace acidsim {
namespace {

struct TypeName {
  Type type;
  const char* name;
};
constexpr TypeName type_names[] = {
    {type_null, "null"},     {type_boolean, "boolean"}, {type_integer, "integer"}, {type_number, "number"},
    {type_string, "string"}, {type_array, "array"},     {type_object, "object"}};

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

}  // namespace acidsim
