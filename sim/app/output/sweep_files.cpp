#include "sim/app/output/sweep_files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <fstream>
#include <sstream>

#include "sim/app/output/files.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/checkpoint_folder.hpp"
#include "sim/system/durable_file.hpp"

namespace acidsim {
namespace {

namespace fs = std::filesystem;

std::string csv_value(const Json& value) {
  return csv_text(value.is_string() ? value.get<std::string>() : value.dump());
}

// Null where there is no such file, or where it holds something else.
Json json_in(const fs::path& file) {
  std::ifstream in(file);
  Json found = in ? Json::parse(in, nullptr, false) : Json(nullptr);
  return found.is_object() ? found : Json(nullptr);
}

// What earlier runs noted of cells that are not finished, by name.
CellFailures noted_failures(const fs::path& folder) {
  CellFailures failures;
  const Json sweep = json_in(folder / "sweep.json");
  if (sweep.is_null() || !sweep.contains("cells")) return failures;
  for (const Json& cell : sweep["cells"]) {
    const auto name = cell.at("cell").get<std::string>();
    if (cell.contains("failed") && !fs::exists(folder / name / "run.json"))
      failures[name] = cell["failed"].get<std::string>();
  }
  return failures;
}

// Every column of the cells' tables, in order of first appearance.
std::vector<std::string> metrics_of(const Configuration& configuration) {
  std::vector<std::string> metrics;
  for (const Cell& cell : configuration.cells)
    for (const Json& metric : cell.config["record"]["metrics"])
      if (const auto name = metric.get<std::string>();
          std::find(metrics.begin(), metrics.end(), name) == metrics.end())
        metrics.push_back(name);
  return metrics;
}

std::string swept_values(const Configuration& configuration, const Cell& cell) {
  std::string columns;
  for (const std::string& field : configuration.fields) {
    const auto found = std::find_if(cell.values.begin(), cell.values.end(),
                                    [&](const auto& value) { return value.first == field; });
    columns += "," + (found == cell.values.end() ? "" : csv_value(found->second));
  }
  return columns;
}

std::string words_of_finished(const Json& run) {
  const auto diverged = std::count_if(run["repeats"].begin(), run["repeats"].end(), [](const Json& repeat) {
    return repeat.value("stop_reason", "") == "diverged";
  });
  std::string words = fmt::format("{} repeat(s)", run["repeats"].size());
  if (diverged > 0) words += fmt::format(", {} diverged", diverged);
  if (run.contains("tuning"))
    for (const auto& [field, found] : run["tuning"]["fields"].items())
      words += fmt::format(", tuned {} = {}", field, found["winner"].dump());
  return words;
}

// Whether a finished run has the repeats that the sweep asks for.
bool has_all_repeats(const Json& run, const Json& wanted) {
  if (wanted.is_object()) return run.contains("repeating") && run["repeating"].value("done", false);
  return !wanted.is_number() || run["repeats"].size() >= wanted.get<std::size_t>();
}

CellState state_of(const fs::path& folder, const Json& cell) {
  CellState found{cell.at("cell").get<std::string>(), cell.value("address", ""), cell.at("values"), "missing",
                  ""};
  const fs::path place = folder / found.name;
  std::error_code failed;
  const Json run = json_in(place / "run.json");
  if (run.contains("repeats")) {
    found.detail = words_of_finished(run);
    found.state = has_all_repeats(run, cell.value("repeats", Json())) ? "finished" : "partial";
  } else if (cell.contains("failed")) {
    found.state = "failed";
    found.detail = cell["failed"].get<std::string>();
  } else if (fs::exists(checkpoint_folder(place), failed)) {
    found.state = "partial";
    found.detail = "has checkpoints";
  } else if (fs::exists(place / ".tuning.csv", failed)) {
    found.state = "partial";
    found.detail = "tuning";
  }
  return found;
}

}  // namespace

void write_sweep(const fs::path& folder, const Configuration& configuration, const CellFailures& failures) {
  // Where the file system has no locks for folders, the last one to write wins.
  const Descriptor lock(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (lock >= 0) static_cast<void>(::flock(lock, LOCK_EX));
  CellFailures all = noted_failures(folder);
  for (const auto& [name, why] : failures) all[name] = why;
  Json sweep = {{"name", configuration.name},
                {"fields", configuration.fields},
                {"cells", Json::array()},
                {"config", configuration.source}};
  for (const Cell& cell : configuration.cells) {
    Json values = Json::object();
    for (const auto& [field, value] : cell.values) values[field] = value;
    Json entry = {{"cell", cell.name},
                  {"values", values},
                  {"address", cell.address},
                  {"repeats", cell.config["repeats"]}};
    if (const auto why = all.find(cell.name); why != all.end() && !why->second.empty())
      entry["failed"] = why->second;
    sweep["cells"].push_back(std::move(entry));
  }
  write_file(folder / "sweep.json", sweep.dump(1) + "\n");
}

void write_sweep_metrics(const fs::path& folder, const Configuration& configuration) {
  // Cells may record different metrics: the columns are their union.
  const std::vector<std::string> metrics = metrics_of(configuration);
  std::string table = "run,repeat,time,gradients,communications";
  for (const std::string& metric : metrics) table += "," + metric;
  for (const std::string& field : configuration.fields) table += "," + csv_text(field);
  table += "\n";
  for (const Cell& cell : configuration.cells) {
    const Json& own = cell.config["record"]["metrics"];
    std::vector<std::size_t> column(metrics.size(), own.size());
    for (std::size_t m = 0; m < metrics.size(); ++m)
      for (std::size_t k = 0; k < own.size(); ++k)
        if (own[k] == metrics[m]) column[m] = k;
    std::ifstream in(folder / cell.name / "metrics.csv");
    std::string line;
    std::getline(in, line);
    const std::string run = csv_text(cell.name), swept = swept_values(configuration, cell);
    while (std::getline(in, line)) {
      std::vector<std::string> values;
      std::istringstream rest(line.substr(run.size() + 1));
      for (std::string value; std::getline(rest, value, ',');) values.push_back(value);
      table += run;
      for (std::size_t k = 0; k < 4; ++k) table += "," + values.at(k);
      for (const std::size_t c : column) table += c < own.size() ? "," + values.at(4 + c) : ",";
      table += swept + "\n";
    }
  }
  write_file(folder / "metrics.csv", table);
}

std::vector<CellState> cell_states(const fs::path& folder) {
  const Json sweep = json_in(folder / "sweep.json");
  if (sweep.is_null() || !sweep.contains("cells"))
    throw InputError(folder.string(), "holds no sweep", "", "a folder that `acidsim run` wrote of a sweep");
  std::vector<CellState> states;
  try {
    for (const Json& cell : sweep["cells"]) states.push_back(state_of(folder, cell));
  } catch (const nlohmann::json::exception&) {
    throw InputError((folder / "sweep.json").string(), "is not what a sweep writes", "",
                     "run the sweep again");
  }
  return states;
}

}  // namespace acidsim
