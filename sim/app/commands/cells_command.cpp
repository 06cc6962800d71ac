// acidsim cells: what a sweep's folder holds.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "sim/app/commands/commands.hpp"
#include "sim/app/output/sweep_files.hpp"
#include "sim/core/error.hpp"

namespace acidsim {
namespace {

const std::vector<std::string> known_states = {"finished", "partial", "failed", "missing"};

std::string text_of(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

// Values are equal as JSON, or as text where the text given is none.
bool has_value(const CellState& cell, const std::string& field, const std::string& text) {
  if (!cell.values.contains(field)) return false;
  const Json& value = cell.values[field];
  return value == Json::parse(text, nullptr, false) || text_of(value) == text;
}

void keep_where(std::vector<CellState>& cells, const std::string& condition) {
  const auto equals = condition.find('=');
  if (equals == std::string::npos || equals == 0)
    throw InputError("--where", "not of the form path=value", condition,
                     "for example --where topology.workers=32");
  const std::string field = condition.substr(0, equals), text = condition.substr(equals + 1);
  std::vector<std::string> fields, values;
  for (const CellState& cell : cells)
    for (const auto& [name, value] : cell.values.items()) {
      if (std::find(fields.begin(), fields.end(), name) == fields.end()) fields.push_back(name);
      if (name == field && std::find(values.begin(), values.end(), text_of(value)) == values.end())
        values.push_back(text_of(value));
    }
  if (values.empty()) throw InputError("--where", "is not swept", field, unknown_name_hint(field, fields));
  std::erase_if(cells, [&](const CellState& cell) { return !has_value(cell, field, text); });
  if (cells.empty())
    throw InputError("--where " + field, "no such cell", text,
                     fmt::format("known: {}", fmt::join(values, ", ")));
}

std::string values_text(const CellState& cell) {
  std::string text;
  for (const auto& [field, value] : cell.values.items())
    text += fmt::format("{}{}={}", text.empty() ? "" : "  ", field, text_of(value));
  return text;
}

void print_table(const std::vector<CellState>& cells, const std::filesystem::path& folder) {
  std::size_t widest = 0;
  for (const CellState& cell : cells) widest = std::max(widest, cell.name.size());
  for (const CellState& cell : cells)
    fmt::print("{:<8}  {:<{}}  {}{}\n", cell.state, cell.name, widest, values_text(cell),
               cell.detail.empty() ? "" : "  (" + cell.detail + ")");
  std::string counts;
  for (const std::string& state : known_states)
    if (const auto count =
            std::count_if(cells.begin(), cells.end(), [&](const CellState& c) { return c.state == state; });
        count > 0)
      counts += fmt::format("{}{} {}", counts.empty() ? "" : ", ", count, state);
  fmt::print("{} cell(s) in {}: {}\n", cells.size(), folder.string(), counts);
}

}  // namespace

int cells_command(const CellsOptions& options) {
  const std::filesystem::path folder = options.folder;
  if (!options.state.empty() &&
      std::find(known_states.begin(), known_states.end(), options.state) == known_states.end())
    throw InputError("--state", "unknown state", options.state,
                     unknown_name_hint(options.state, known_states));
  std::vector<CellState> cells = cell_states(folder);
  for (const std::string& condition : options.where) keep_where(cells, condition);
  std::erase_if(cells,
                [&](const CellState& cell) { return !options.state.empty() && cell.state != options.state; });
  if (options.paths) {
    for (const CellState& cell : cells) fmt::print("{}\n", (folder / cell.name).string());
  } else if (options.json) {
    Json list = Json::array();
    for (const CellState& cell : cells)
      list.push_back({{"cell", cell.name},
                      {"folder", (folder / cell.name).string()},
                      {"address", cell.address},
                      {"state", cell.state},
                      {"detail", cell.detail},
                      {"values", cell.values}});
    fmt::print("{}\n", list.dump(1));
  } else {
    print_table(cells, folder);
  }
  return 0;
}

}  // namespace acidsim
