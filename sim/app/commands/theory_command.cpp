// `acidsim theory`: what is expected exactly, as a table like that of a run.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <fstream>
#include <iterator>
#include <optional>

#include "sim/app/commands/commands.hpp"
#include "sim/app/json/bind.hpp"
#include "sim/app/output/files.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/theory.hpp"

namespace acidsim {
namespace {

constexpr const char* theory_header = "time,metric,expected";

// A configuration whose one cell has theory rows, with the swept values that stand behind them.
struct TheoryCell {
  Configuration configuration;
  std::size_t cell = 0;
  std::string values;  // ",value,value"
};
struct TheoryCells {
  std::string header = theory_header;
  std::vector<TheoryCell> cells;
};

std::string swept_value(const Json& value) {
  return "," + csv_text(value.is_string() ? value.get<std::string>() : value.dump());
}

TheoryCells cells_of_file(const std::filesystem::path& file, const std::vector<std::string>& settings) {
  const Configuration configuration = load_configuration(file, settings);
  TheoryCells all;
  for (const std::string& field : configuration.fields) all.header += "," + csv_text(field);
  for (std::size_t c = 0; c < configuration.cells.size(); ++c) {
    TheoryCell& cell = all.cells.emplace_back(TheoryCell{configuration, c, ""});
    for (const auto& [field, value] : configuration.cells[c].values) cell.values += swept_value(value);
  }
  return all;
}

// Of results: the configurations that the runs had, cell by cell of a sweep.
TheoryCells cells_of_folder(const std::filesystem::path& folder, const std::vector<std::string>& settings) {
  std::error_code failed;
  if (!std::filesystem::exists(folder / "sweep.json", failed)) {
    if (!std::filesystem::exists(folder / "run.json", failed))
      throw InputError(folder.string(), "holds no results", "",
                       "give a folder that `acidsim run` has written, or a file");
    return cells_of_file(folder / "run.json", settings);
  }
  const Json sweep = read_json(folder / "sweep.json");
  TheoryCells all;
  try {
    for (const Json& field : sweep.at("fields")) all.header += "," + csv_text(field.get<std::string>());
    for (const Json& cell : sweep.at("cells")) {
      const std::filesystem::path run = folder / cell.at("cell").get<std::string>() / "run.json";
      if (!std::filesystem::exists(run, failed)) continue;
      TheoryCell& found = all.cells.emplace_back(TheoryCell{load_configuration(run, settings), 0, ""});
      for (const Json& field : sweep.at("fields"))
        found.values += swept_value(cell.at("values").at(field.get<std::string>()));
    }
  } catch (const Json::exception& error) {
    throw InputError((folder / "sweep.json").string(), "is not of a sweep's results", error.what(),
                     "run it again");
  }
  if (all.cells.empty()) throw InputError(folder.string(), "holds no finished run", "", "run it first");
  return all;
}

void add_theory_rows(const Theory& theory, const std::string& values, fmt::memory_buffer& out) {
  const auto add = [&](const std::string& time, std::size_t metric, double value) {
    fmt::format_to(std::back_inserter(out), "{},{},{}{}\n", time, theory.metrics[metric], value, values);
  };
  for (std::size_t m = 0; m < theory.metrics.size(); ++m) {
    const auto column = static_cast<Index>(m);
    for (std::size_t t = 0; t < theory.times.size(); ++t)
      add(fmt::format("{}", theory.times[t]), m, theory.expected(static_cast<Index>(t), column));
    add("limit", m, theory.limit[column]);
    add("rate", m, theory.rate[column]);
  }
}

// Cells without theory are left out and named; where there is no other, the first one's reason ends the command.
std::string theory_table(const TheoryCells& all) {
  fmt::memory_buffer out;
  fmt::format_to(std::back_inserter(out), "{}\n", all.header);
  Resources resources;
  std::optional<InputError> first;
  std::size_t found = 0;
  for (const TheoryCell& cell : all.cells) {
    const Cell& own = cell.configuration.cells[cell.cell];
    const Plan plan = make_plan(bind(cell.configuration, own), resources);
    try {
      add_theory_rows(exact_theory(plan, resources), cell.values, out);
      ++found;
    } catch (const InputError& error) {
      if (!first) first = error;
      if (all.cells.size() > 1) spdlog::warn("left out: {}", error.what());
    }
  }
  if (found == 0 && first) throw *first;
  return fmt::to_string(out);
}

// A table may take the place of an older one, but of nothing else.
void check_replaceable(const std::filesystem::path& file) {
  std::error_code failed;
  if (!std::filesystem::exists(file, failed)) return;
  std::ifstream in(file);
  std::string line;
  if (std::filesystem::is_regular_file(file) && (!std::getline(in, line) || line.starts_with(theory_header)))
    return;
  throw InputError(file.string(), "is there already and is no table of theory", "",
                   "choose another --out; nothing was written");
}

}  // namespace

int theory_command(const std::string& place, const std::filesystem::path& out,
                   const std::vector<std::string>& settings) {
  std::error_code failed;
  const bool folder = std::filesystem::is_directory(place, failed);
  const std::filesystem::path file =
      out.empty() && folder ? std::filesystem::path(place) / "theory.csv" : out;
  if (!file.empty()) {
    check_replaceable(file);
    if (!file.parent_path().empty() && !std::filesystem::is_directory(file.parent_path(), failed))
      throw InputError(file.string(), "cannot be written", "", "no such folder");
  }
  const std::string table =
      theory_table(folder ? cells_of_folder(place, settings) : cells_of_file(place, settings));
  if (file.empty())
    fmt::print("{}", table);
  else
    write_file(file, table);
  return 0;
}

}  // namespace acidsim
