#include "sim/app/contracts/row_words.hpp"

#include <fmt/format.h>

#include <set>

#include "sim/app/json/grammar.hpp"
#include "sim/app/json/validation.hpp"

namespace acidsim {
namespace {

using Problems = std::vector<std::string>;

void look_at_words(const std::string& text, const std::string& of, Problems& problems) {
  if (text.empty()) problems.push_back(of + " is not explained");
  if (text.find('\n') != std::string::npos) problems.push_back(of + ": more than one line");
  if (text.ends_with('.')) problems.push_back(of + ": ends with a full stop, and is a phrase");
}

void look_at_field(const Field& field, const std::string& of, Problems& problems) {
  look_at_words(field.what, of, problems);
  if (field.types == 0) problems.push_back(of + " takes no type");
  if ((field.items != 0) != ((field.types & type_array) != 0))
    problems.push_back(of + ": only lists have items, and they have some");
  if (!field.default_value.is_discarded()) {
    try {
      check(field, with_defaults(field, field.default_value), of);
    } catch (const InputError& error) {
      problems.push_back(fmt::format("its default is refused: {}", error.what()));
    }
  }
  for (const Field& inner : field.fields) look_at_field(inner, of + "." + inner.name, problems);
}

// The fields that every row of the kind has beside its own.
std::set<std::string> common_fields(const Field& field, Kind kind) {
  std::set<std::string> names;
  if (field.variants == kind)
    for (const Field& inner : field.fields) names.insert(inner.name);
  for (const Field& inner : field.fields) names.merge(common_fields(inner, kind));
  return names;
}

}  // namespace

std::vector<std::string> problems_of(const Field& field, const std::string& of) {
  Problems problems;
  look_at_field(field, of, problems);
  return problems;
}

std::vector<std::string> problems_of(const Row& row, Kind kind) {
  Problems problems;
  look_at_words(row.summary, row.name, problems);
  const std::set<std::string> common = common_fields(configuration_grammar(), kind);
  std::set<std::string> names;
  for (const Field& field : row.parameters) {
    const std::string of = row.name + "." + field.name;
    if (!names.insert(field.name).second) problems.push_back(of + " is declared twice");
    if (common.contains(field.name)) problems.push_back(of + " has the name of a field that is there anyway");
    look_at_field(field, of, problems);
  }
  return problems;
}

}  // namespace acidsim
