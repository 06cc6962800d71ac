#include "sim/app/runner/cell_selection.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cmath>

#include "sim/app/output/pending_folder.hpp"
#include "sim/app/output/results.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/app/runner/cell_address.hpp"
#include "sim/app/runner/repeat_rule.hpp"
#include "sim/app/runner/tuner.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/checkpoint_folder.hpp"
#include "sim/metrics/most_records.hpp"

namespace acidsim {
namespace {

bool finished(const std::filesystem::path& folder) { return !finished_description(folder).is_null(); }

const std::string was_changed = "a file that the configuration names has changed since the run began";

}  // namespace

// The configuration with another stop.time. Refuses it where that would change what happens before.
Configuration extended(Configuration configuration, double time) {
  if (!(time > 0 && std::isfinite(time)))
    throw InputError("--extend", "not a time", fmt::format("{}", time), "a finite number > 0");
  for (const std::string& field : configuration.fields)
    if (field == "stop" || field == "stop.time")
      throw InputError("--extend", "cannot be given where stop.time is swept", field,
                       "extend the sweep itself");
  for (Cell& cell : configuration.cells) {
    for (const char* field : {"tune", "repeats"})
      if (cell.config[field].is_object())
        throw InputError("--extend", "takes another stop.time, on which this depends",
                         fmt::format("/{}", field), "leave --extend out and set stop.time");
    const bool moves = cell.config["objective"]["name"] != "none";
    const Node schedule(cell.config["optimizer"]["schedule"], "/optimizer/schedule");
    const std::string name = schedule.text("name");
    if (moves && row_named(schedules(), name).value(schedule).needs_end())
      throw InputError(
          configuration.place(cell) + "/optimizer/schedule",
          "its learning rates depend on stop.time, so the run cannot be extended", name,
          "constant and inverse_time without warm-up do not, nor do schedules in epochs, gradients "
          "or time");
    cell.config["stop"]["time"] = time;
    const Json& every = cell.config["record"]["every"];
    if (every.is_number() && time / every.get<double>() > most_records)
      throw InputError("--extend", "too many records", fmt::format("{:g}", time),
                       fmt::format("at most {:g}", most_records));
  }
  configuration.source["stop"]["time"] = time;
  return configuration;
}

std::vector<Cell*> CellSelection::to_do() {
  std::error_code failed;
  if (std::filesystem::exists(out_, failed) && !std::filesystem::is_directory(out_, failed))
    throw InputError(out_.string(), "is a file, not a folder", "", "choose another --out");
  if (options_.backend == Backend::live && configuration_.is_sweep)
    throw InputError("--backend", "a live run is one experiment, not a sweep", "live",
                     "--set sweep=null, or leave the sweep to the simulator");
  if (options_.backend == Backend::live)
    for (const char* field : {"tune", "repeats"})
      if (configuration_.cells[0].config[field].is_object())
        throw InputError(configuration_.file.string() + fmt::format(": /{}", field),
                         "depends on what runs give, and a live run is one run", "live",
                         field[0] == 't' ? "--set tune=null" : "--set repeats=1");
  if (options_.cells.count > 1 && !configuration_.is_sweep)
    throw InputError("--cells", "the experiment is not a sweep", "", "leave --cells out");
  for (const Cell& cell : configuration_.cells)
    if (!options_.dry_run) finish_commit(folder_of(cell));
  const bool there = !options_.dry_run && holds_something(out_);
  if (options_.extend && !there && !options_.dry_run)
    throw InputError(out_.string(), "there is no run to extend", "",
                     "--out names the folder of results of the run");
  const bool holds_sweep = std::filesystem::exists(out_ / "sweep.json", failed);
  for (Cell& cell : configuration_.cells) cell.address = address_of(cell);
  const bool may_continue = configuration_.is_sweep ? holds_sweep : options_.resume || options_.extend;
  if (there && !may_continue)
    throw InputError(out_.string(), "the output folder is there already and not empty", "",
                     configuration_.is_sweep ? "it holds no sweep; choose another --out or remove it"
                     : std::filesystem::exists(checkpoint_folder(out_), failed) && !finished(out_)
                         ? "give --resume to go on with the run that it holds, or choose another --out"
                         : "choose another --out, remove it, or give --resume to keep it if it is finished");
  if (there && configuration_.is_sweep) find_places();
  std::vector<Cell*> open;
  for (std::size_t k = options_.cells.index; k < configuration_.cells.size(); k += options_.cells.count) {
    Cell& cell = configuration_.cells[k];
    if (!there || !is_done(cell)) open.push_back(&cell);
  }
  return open;
}

std::string CellSelection::address_of(const Cell& cell) {
  Json description = cell.config;
  description["inputs"] = inputs_.digests(cell.config);
  return cell_address(description, options_.backend == Backend::live);
}

// A finished cell is known by its address, whatever its folder is called: names can change with what else is swept.
void CellSelection::find_places() {
  const bool live = options_.backend == Backend::live;
  const auto address_in = [&](const std::filesystem::path& folder) {
    const Json made_from = finished_description(folder);
    return made_from.is_null() ? std::string() : cell_address(made_from, live);
  };
  std::set<std::string> taken;  // folders that hold the cell of their name
  std::vector<Cell*> elsewhere;
  for (Cell& cell : configuration_.cells) {
    if (address_in(folder_of(cell)) == cell.address)
      taken.insert(cell.name);
    else
      elsewhere.push_back(&cell);
  }
  if (elsewhere.empty()) return;
  std::map<std::string, std::string> folders;  // address → name, of those that are left
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(out_, failed)) {
    const std::string name = entry.path().filename().string();
    if (name.starts_with(".") || taken.contains(name)) continue;
    if (std::string address = address_in(entry.path()); !address.empty())
      folders.emplace(std::move(address), name);
  }
  std::map<const Cell*, std::string> found;
  for (const Cell* cell : elsewhere)
    if (const auto place = folders.find(cell->address); place != folders.end()) {
      found[cell] = place->second;
      taken.insert(place->second);
      folders.erase(place);
    }
  for (Cell* cell : elsewhere) {
    if (const auto place = found.find(cell); place != found.end())
      cell->name = place->second;
    else if (taken.contains(cell->name))
      cell->name += "~" + cell->address.substr(0, 8);
  }
}

std::vector<Cell*> CellSelection::short_of_repeats() {
  std::vector<Cell*> open;
  for (std::size_t k = options_.cells.index; k < configuration_.cells.size(); k += options_.cells.count) {
    Cell& cell = configuration_.cells[k];
    if (repeat_rule(cell.config) && finished(folder_of(cell)) &&
        wants_more_repeats(cell, finished_description(folder_of(cell))))
      open.push_back(&cell);
  }
  return open;
}

std::size_t CellSelection::asked_for() const {
  const auto [index, count] = options_.cells;
  return (configuration_.cells.size() - std::min(index, configuration_.cells.size()) + count - 1) / count;
}

std::filesystem::path CellSelection::folder_of(const Cell& cell) const {
  return cell.name.empty() ? out_ : out_ / cell.name;
}

bool CellSelection::is_done(Cell& cell) {
  const std::filesystem::path folder = folder_of(cell);
  std::error_code failed;
  const bool has_checkpoints = std::filesystem::exists(checkpoint_folder(folder), failed);
  const Json made_from = finished_description(folder);
  const bool live = options_.backend == Backend::live;
  if (!made_from.is_null() && finished_live(folder) != live)
    throw InputError(folder.string(),
                     live ? "holds the results of a simulated run" : "holds the results of a live run", "",
                     "choose another --out or remove it; nothing was written");
  Json description = cell.config;
  description["inputs"] = inputs_.digests(cell.config);
  if (!made_from.is_null() && identity(made_from, live) == identity(description, live)) {
    const std::vector<std::string> changed = changed_inputs(made_from, description);
    if (changed.empty()) {
      if (!wants_more_repeats(cell, made_from)) return true;
      if (const Json tuning = finished_tuning(folder); tuning.is_object()) adopt_tuning(cell, tuning);
      return false;
    }
    if (!configuration_.is_sweep)
      throw InputError(folder.string(), was_changed, changed[0],
                       "choose another --out or remove it; nothing was written");
    spdlog::warn("{}: {} has changed since; the cell is computed anew", folder.string(), changed[0]);
    std::filesystem::remove_all(checkpoint_folder(folder), failed);
    stale_.insert(&cell);
    return false;
  }
  if (options_.extend) {
    check_extension(cell, folder, !made_from.is_null());
    return false;
  }
  if (!made_from.is_null())
    throw InputError(folder.string(), "holds the results of another configuration", "",
                     "choose another --out or remove it; nothing was written");
  if (!has_checkpoints && holds_something(folder))
    throw InputError(folder.string(), "the output folder holds no finished run, and no checkpoint of one", "",
                     "choose another --out or remove it");
  return false;
}

// Repeats are independent: those that are there are kept, and further ones added.
bool CellSelection::wants_more_repeats(const Cell& cell, const Json& made_from) {
  const auto there = made_from["repeats"].get<std::size_t>();
  std::size_t wanted = 0;
  const auto refuse = [&](const std::string& why, const std::string& hint) {
    return InputError(folder_of(cell).string(), why, fmt::format("{} repeats, {} are there", wanted, there),
                      hint);
  };
  if (const auto rule = repeat_rule(cell.config)) {
    wanted = judge(*rule, finished_finals(folder_of(cell), rule->metric)).wanted;
  } else {
    wanted = cell.config["repeats"].get<std::size_t>();
    if (wanted < there)
      throw refuse("holds more repeats than are asked for", "choose another --out; nothing was written");
  }
  if (wanted == there) return false;
  if (cell.config["record"]["states"] != "none")
    throw refuse("repeats cannot be added to a run that recorded states",
                 "choose another --out; nothing was written");
  if (options_.backend == Backend::live)
    throw refuse("repeats cannot be added to a live run", "choose another --out; nothing was written");
  repeats_[&cell] = {there, wanted};
  return true;
}

std::size_t CellSelection::finished_repeats(const Cell& cell) const {
  const auto found = repeats_.find(&cell);
  return found == repeats_.end() ? 0 : found->second.there;
}

std::size_t CellSelection::wanted_repeats(const Cell& cell) const {
  if (const auto found = repeats_.find(&cell); found != repeats_.end()) return found->second.wanted;
  if (const auto rule = repeat_rule(cell.config)) return rule->at_least;
  return cell.config["repeats"].get<std::size_t>();
}

void CellSelection::expect_repeats(const Cell& cell, std::size_t there, std::size_t wanted) {
  repeats_[&cell] = {there, wanted};
}

void CellSelection::check_extension(const Cell& cell, const std::filesystem::path& folder,
                                    bool is_finished) const {
  const double time = *options_.extend;
  const auto refuse = [&](const std::string& why, const std::string& value, const std::string& hint) {
    return InputError(folder.string(), why, value, hint);
  };
  const int repeats = cell.config["repeats"].get<int>();
  for (int repeat = 0; repeat < repeats; ++repeat) {
    const auto header = newest_header(checkpoint_folder(folder, repeat));
    if (!header && is_finished)
      throw refuse("there is no checkpoint to extend this run from", fmt::format("repeat {}", repeat),
                   "runs whose configuration has \"checkpoint\" keep one; nothing was written");
    if (!header || header->stop_time == time) continue;
    if (header->end && header->end->reason != "time")
      throw refuse(fmt::format("repeat {} ended before its stop.time", repeat),
                   fmt::format("{} at time {:g}", header->end->reason, header->position.time),
                   "only runs that stop.time ended can be extended; nothing was written");
    if (header->position.time >= time)
      throw refuse("the run has come further already", fmt::format("time {:g}", header->position.time),
                   fmt::format("--extend takes a later time than that, not {:g}", time));
  }
}

bool CellSelection::all_finished() const {
  return std::all_of(configuration_.cells.begin(), configuration_.cells.end(), [&](const Cell& cell) {
    return std::filesystem::exists(out_ / cell.name / "run.json");
  });
}

std::optional<double> CellSelection::cadence_before(const Cell& cell) const {
  if (!cell.config["record"]["every"].is_string() || options_.dry_run) return std::nullopt;
  if (const auto header = newest_header(checkpoint_folder(folder_of(cell), 0)))
    return Json::parse(header->description)["record"]["every"].get<double>();
  if (finished_repeats(cell) > 0) return finished_cadence(folder_of(cell));
  return std::nullopt;
}

void check_same_run(const CheckpointHeader& header, const std::string& place, const Json& description,
                    bool other_stop_time) {
  const Json saved = Json::parse(header.description);
  if (const auto changed = changed_inputs(saved, description); !changed.empty())
    throw InputError(place, was_changed, changed[0],
                     "choose another --out or remove it; nothing was written");
  const bool live = header.operations.has_value();
  const nlohmann::json theirs = identity(saved, live, other_stop_time),
                       ours = identity(description, live, other_stop_time);
  if (theirs == ours) return;
  const nlohmann::json difference = nlohmann::json::diff(theirs, ours);
  const std::string field = difference[0]["path"].get<std::string>();
  const bool only_time = difference.size() == 1 && field == "/stop/time";
  throw InputError(place, "the checkpoint is of another configuration", field,
                   only_time ? "--extend T goes on to another stop.time"
                             : "choose another --out or remove it; nothing was written");
}

}  // namespace acidsim
