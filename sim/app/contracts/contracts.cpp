#include "sim/app/contracts/contracts.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/app/contracts/kinds.hpp"
#include "sim/app/contracts/row_words.hpp"
#include "sim/app/json/schema.hpp"

namespace acidsim {
namespace {

Kind category_of(RowKind kind) {
  switch (kind) {
    case RowKind::method:
      return Kind::algorithm;
    case RowKind::objective:
      return Kind::objective;
    case RowKind::topology:
      return Kind::family;
    case RowKind::timing:
      return Kind::timing;
  }
  return Kind::none;
}

const Row& row_of_kind(RowKind kind, const std::string& name) {
  const Row* row = find_row(category_of(kind), name);
  if (row == nullptr) throw std::logic_error(fmt::format("no {} {}", name_of(kind), name));
  return *row;
}

Verdict good_words(RowKind kind, const std::string& name) {
  const Row& row = row_of_kind(kind, name);
  const std::vector<std::string> problems = problems_of(row, category_of(kind));
  return verdict(problems.empty(), problems.empty() ? fmt::format("{} parameters", row.parameters.size())
                                                    : fmt::format("{}", fmt::join(problems, "; ")));
}

// Only what has a default can be tested by itself.
Verdict has_defaults(RowKind kind, const std::string& name) {
  std::vector<std::string> without;
  for (const Field& field : row_of_kind(kind, name).parameters)
    if (field.default_value.is_discarded()) without.push_back(field.name);
  return verdict(without.empty(), without.empty()
                                      ? ""
                                      : fmt::format("{} must be given, so the row cannot be tested by itself",
                                                    fmt::join(without, ", ")));
}

Verdict in_schema(RowKind kind, const std::string& name) {
  const Row& row = row_of_kind(kind, name);
  const std::string schema = configuration_schema().dump();
  const auto has = [&](const std::string& word) {
    return schema.find(Json(word).dump()) != std::string::npos;
  };
  const bool all = has(name) && std::all_of(row.parameters.begin(), row.parameters.end(),
                                            [&](const Field& field) { return has(field.name); });
  return verdict(all, fmt::format("{} bytes", schema.size()));
}

}  // namespace

std::vector<Contract> contracts_of(RowKind kind, const std::string& name) {
  row_of_kind(kind, name);
  std::vector<Contract> contracts = {
      {"its words, and what its parameters are by default", [=] { return good_words(kind, name); }},
      {"all parameters have defaults", [=] { return has_defaults(kind, name); }},
      {"the schema knows it", [=] { return in_schema(kind, name); }}};
  std::vector<Contract> own = kind == RowKind::method      ? method_contracts(name)
                              : kind == RowKind::objective ? objective_contracts(name)
                              : kind == RowKind::topology  ? topology_contracts(name)
                                                           : timing_contracts(name);
  for (Contract& contract : own) contracts.push_back(std::move(contract));
  return contracts;
}

}  // namespace acidsim
