#include "sim/app/json/configuration.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <set>

#include "sim/app/json/dotted.hpp"
#include "sim/app/json/grammar.hpp"
#include "sim/app/json/sweep.hpp"
#include "sim/app/json/tuning_settings.hpp"
#include "sim/app/json/validation.hpp"
#include "sim/core/error.hpp"
#include "sim/metrics/most_records.hpp"

namespace acidsim {
namespace {

constexpr int deepest = 64;  // levels of nesting that a configuration may have

void refuse_depth(int depth, Json::parse_event_t event, const std::string& place) {
  const bool opens = event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start;
  if (opens && depth >= deepest)
    throw InputError(place, "nested too deeply", "", fmt::format("at most {} levels", deepest));
}

void refuse_broken_text(const std::string& text, const std::string& place) {
  try {
    static_cast<void>(Json(text).dump());
  } catch (const Json::type_error&) {
    throw InputError(place, "is not UTF-8 text", shown(text));
  }
}

void apply_setting(Json& config, const std::string& setting) {
  const auto equals = setting.find('=');
  if (equals == std::string::npos || equals == 0)
    throw InputError("--set", "not of the form path=value", setting, "for example --set topology.workers=32");
  const std::string field = setting.substr(0, equals), text = setting.substr(equals + 1);
  refuse_long_field(field, "--set");
  refuse_broken_text(setting, "--set");
  const auto watch = [&](int depth, Json::parse_event_t event, Json&) {
    refuse_depth(depth, event, "--set " + field);
    return true;
  };
  Json value = Json::parse(text, watch, false);
  if (value.is_discarded()) value = text;
  if (const std::string section = varied_by(config, field); !section.empty())
    throw InputError("--set " + field,
                     section == "sweep" ? "this field is swept" : "this field differs between experiments",
                     shown(config[section].contains(field) ? config[section][field] : config[section]),
                     section == "sweep"
                         ? "replace the sweep: --set 'sweep={\"field\": [values]}'"
                         : "choose one: --set experiments=null, or change them: --set experiments.NAME.…");
  set_field(config, field, value, "--set " + field);
}

// Defaults that depend on other fields; the rest are in the grammar.
void add_dependent_defaults(Json& config) {
  const auto object = [&](const char* key) -> Json& {
    if (!config.contains(key)) config[key] = Json::object();
    return config[key];
  };
  const auto given = [](const Json& section, const char* key) {
    return section.is_object() && section.contains(key) && !section[key].is_null();
  };
  if (Json& stop = object("stop");
      stop.is_object() && !stop.contains("time") &&
      (given(stop, "gradients") || given(stop, "communications") || given(stop, "rounds") ||
       given(stop, "bytes") || given(stop, "epochs") || given(stop, "wall_seconds")))
    stop["time"] = nullptr;
  Json& objective = object("objective");
  if (objective.is_object() && !objective.contains("dimension"))
    for (const char* list : {"centers", "matrices"})  // an item for every worker, each a list
      if (given(objective, list) && !objective[list].empty() && !objective[list][0].empty())
        objective["dimension"] = objective[list][0].size();
  const bool pure_gossip = objective.is_object() && objective.value("name", Json("none")) == "none";
  if (Json& record = object("record"); record.is_object() && !record.contains("metrics") && pure_gossip)
    record["metrics"] = {"consensus_distance"};
}

// Where a schedule counts in another unit than fractions of the run, its default milestones and warm-up mean nothing.
void check_units_of_schedule(const Json& config) {
  if (!config.contains("optimizer") || !config["optimizer"].contains("schedule")) return;
  const Json& schedule = config["optimizer"]["schedule"];
  if (!schedule.is_object() || schedule.value("milestones_in", "fraction") == "fraction") return;
  const std::string name = schedule.value("name", "constant");
  const auto require_given = [&](const char* key) {
    if (!schedule.contains(key))
      throw InputError("/optimizer/schedule", "missing key", key,
                       "its default counts in fractions of the run: give it in " +
                           schedule["milestones_in"].get<std::string>());
  };
  if (name == "step" || name == "goyal") require_given("milestones");
  if (name == "goyal") require_given("warmup");
}

// What no single field can tell.
void check_together(const Json& config) {
  const std::string name = config["name"].get<std::string>();
  if (name.empty() || name == "." || name == ".." || name.find('/') != std::string::npos || name.size() > 200)
    throw InputError("/name", "cannot be the name of a folder", shown(config["name"]),
                     "letters, digits, - and _");
  refuse_broken_text(name, "/name");
  if (std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }))
    throw InputError("/name", "holds a control character", shown(config["name"]), "letters, digits, - and _");
  const Json& stop = config["stop"];
  const Json& record = config["record"];
  if (!stop["time"].is_null() && record["every"].is_number() &&
      stop["time"].get<double>() / record["every"].get<double>() > most_records)
    throw InputError("/record/every", "too many records", shown(record["every"]),
                     fmt::format("at most {:g} up to stop.time", most_records));
  std::set<std::string> metrics;
  for (const Json& metric : record["metrics"])
    if (!metrics.insert(metric.get<std::string>()).second)
      throw InputError("/record/metrics", "a metric is named twice", shown(metric), "keep one");
}

Json resolve(Json config, const std::string& file_name) {
  check(configuration_grammar(), config, "");
  check_units_of_schedule(config);
  add_dependent_defaults(config);
  config = with_defaults(configuration_grammar(), std::move(config));
  if (config["name"].is_null()) config["name"] = file_name;
  config.erase("$schema");
  config.erase("sweep");
  config.erase("experiments");
  check_together(config);
  check_repeat_rule(config);
  settle_tuning(config);
  return config;
}

// Whether this is what a run has left behind (write_run() in sim/app/output).
bool is_run(const Json& source) {
  const auto has = [&](const char* key, auto is) { return source.contains(key) && (source[key].*is)(); };
  return source.is_object() && has("config", &Json::is_object) && has("repeats", &Json::is_array) &&
         has("state_digest", &Json::is_string) && has(directory_key, &Json::is_string);
}

}  // namespace

std::string Configuration::place(const Cell& cell) const {
  return file.string() + (cell.name.empty() ? "" : fmt::format(" [{}]", cell.name));
}

Json read_json(const std::filesystem::path& file) {
  std::error_code failed;
  if (std::filesystem::is_directory(file, failed))
    throw InputError(file.string(), "is a folder", "", "give a JSON file");
  std::ifstream in(file, std::ios::binary);
  if (!in) throw InputError(file.string(), "cannot be read", "", "no such file, or no permission");
  const std::string text(std::istreambuf_iterator<char>(in), {});
  refuse_utf16(text, file.string());
  std::vector<std::set<std::string>> keys;  // of the objects that are open, by depth
  std::string twice;
  const auto watch = [&](int depth, Json::parse_event_t event, Json& parsed) {
    refuse_depth(depth, event, file.string());
    const auto level = static_cast<std::size_t>(depth);
    if (event == Json::parse_event_t::object_start) {
      keys.resize(std::max(keys.size(), level + 2));
      keys[level + 1].clear();
    } else if (event == Json::parse_event_t::key && level < keys.size() &&
               !keys[level].insert(parsed.get<std::string>()).second && twice.empty()) {
      twice = parsed.get<std::string>();
    }
    return true;
  };
  try {
    Json parsed = Json::parse(text, watch, true, true);
    if (!twice.empty()) throw InputError(file.string(), "a key is given twice", twice, "keep one");
    return parsed;
  } catch (const nlohmann::json::exception& error) {
    std::string reason = error.what();
    if (const auto bracket = reason.find("] "); bracket != std::string::npos)
      reason = reason.substr(bracket + 2);
    throw InputError(file.string(), "not valid JSON: " + reason);
  }
}

Configuration make_configuration(const std::filesystem::path& file, Json source,
                                 const std::vector<std::string>& settings) {
  Configuration result;
  result.file = file;
  result.directory = file.parent_path();
  std::string place = file.string();
  try {
    if (!source.is_object())
      throw InputError("/", "wrong type", shown(source), "an experiment is a JSON object");
    for (const std::string& setting : settings) apply_setting(source, setting);
    result.source = source;
    result.is_sweep = has_cells(source);
    ExpandedCells expanded = expand_cells(source);
    result.fields = std::move(expanded.fields);
    result.cells = std::move(expanded.cells);
    for (Cell& cell : result.cells) {
      place = result.place(cell);
      cell.config = resolve(std::move(cell.config), file.stem().string());
      for (const auto& [field, value] : cell.values)
        if (cell.config["tune"].contains(field))
          throw InputError("/tune/" + field, "this field is swept", shown(value), "sweep it or tune it");
    }
  } catch (const InputError& error) {
    if (error.place().starts_with("--set")) throw;
    throw error.within(place);
  }
  result.name = result.cells[0].config["name"].get<std::string>();
  return result;
}

Configuration load_configuration(const std::filesystem::path& file,
                                 const std::vector<std::string>& settings) {
  Json source = read_json(file);
  if (!is_run(source)) return make_configuration(file, std::move(source), settings);
  Configuration configuration = make_configuration(file, source["config"], settings);
  configuration.directory = file.parent_path() / source[directory_key].get<std::string>();
  return configuration;
}

}  // namespace acidsim
