#include "sim/app/runner/cell_selection.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/app/output/pending_folder.hpp"
#include "sim/app/output/results.hpp"
#include "sim/core/error.hpp"
#include "sim/experiment/checkpoint_folder.hpp"
#include "sim/metrics/most_records.hpp"

namespace acidsim {
namespace {

bool finished(const std::filesystem::path& folder) { return !finished_configuration(folder).is_null(); }

// What says which run it is: how often a run is saved, and by whom, does not matter, nor how workers of live runs
// meet where it is simulated.
nlohmann::json identity(const Json& config, bool live, bool other_stop_time = false) {
  nlohmann::json sorted = config;
  for (const char* of_no_effect : {"checkpoint", "mpi"}) sorted.erase(of_no_effect);
  if (!live) sorted.erase("live");
  if (other_stop_time && sorted.contains("stop")) sorted["stop"].erase("time");
  return sorted;
}

// Whether results of the one are results of the other.
bool same_run(const Json& made_from, const Json& config, bool live) {
  return !made_from.is_null() && identity(made_from, live) == identity(config, live);
}

// Whether a folder has entries; hidden ones are on their way, perhaps by others who do other cells.
bool holds_something(const std::filesystem::path& folder) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(folder, failed))
    if (!entry.path().filename().string().starts_with(".")) return true;
  return false;
}

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
    const std::string schedule = cell.config["optimizer"]["schedule"]["name"].get<std::string>();
    const bool moves = cell.config["objective"]["name"] != "none";
    if (moves && schedule != "constant" && schedule != "inverse_time")
      throw InputError(configuration.place(cell) + "/optimizer/schedule",
                       "its learning rates depend on stop.time, so the run cannot be extended", schedule,
                       "constant and inverse_time do not");
    cell.config["stop"]["time"] = time;
    const Json& every = cell.config["record"]["every"];
    if (every.is_number() && time / every.get<double>() > most_records)
      throw InputError("--extend", "too many records", fmt::format("{:g}", time),
                       fmt::format("at most {:g}", most_records));
  }
  configuration.source["stop"]["time"] = time;
  return configuration;
}

std::vector<Cell*> CellSelection::to_do() const {
  std::error_code failed;
  if (std::filesystem::exists(out_, failed) && !std::filesystem::is_directory(out_, failed))
    throw InputError(out_.string(), "is a file, not a folder", "", "choose another --out");
  if (options_.backend == Backend::live && configuration_.is_sweep)
    throw InputError("--backend", "a live run is one experiment, not a sweep", "live",
                     "--set sweep=null, or leave the sweep to the simulator");
  if (options_.cells.count > 1 && !configuration_.is_sweep)
    throw InputError("--cells", "the experiment is not a sweep", "", "leave --cells out");
  const bool there = !options_.dry_run && holds_something(out_);
  if (options_.extend && !there && !options_.dry_run)
    throw InputError(out_.string(), "there is no run to extend", "",
                     "--out names the folder of results of the run");
  const bool holds_sweep = std::filesystem::exists(out_ / "sweep.json", failed);
  const bool may_continue = configuration_.is_sweep ? holds_sweep : options_.resume || options_.extend;
  if (there && !may_continue)
    throw InputError(out_.string(), "the output folder is there already and not empty", "",
                     configuration_.is_sweep ? "it holds no sweep; choose another --out or remove it"
                     : std::filesystem::exists(checkpoint_folder(out_), failed) && !finished(out_)
                         ? "give --resume to go on with the run that it holds, or choose another --out"
                         : "choose another --out, remove it, or give --resume to keep it if it is finished");
  std::vector<Cell*> open;
  for (std::size_t k = options_.cells.index; k < configuration_.cells.size(); k += options_.cells.count) {
    Cell& cell = configuration_.cells[k];
    if (!there || !is_done(cell))
      open.push_back(&cell);
    else
      finish_commit(folder_of(cell));
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

bool CellSelection::is_done(const Cell& cell) const {
  const std::filesystem::path folder = folder_of(cell);
  std::error_code failed;
  const bool has_checkpoints = std::filesystem::exists(checkpoint_folder(folder), failed);
  const Json made_from = finished_configuration(folder);
  const bool live = options_.backend == Backend::live;
  if (!made_from.is_null() && finished_live(folder) != live)
    throw InputError(folder.string(),
                     live ? "holds the results of a simulated run" : "holds the results of a live run", "",
                     "choose another --out or remove it; nothing was written");
  if (same_run(made_from, cell.config, live)) return true;
  if (options_.extend) {
    check_extension(cell, folder, !made_from.is_null());
    return false;
  }
  if (!made_from.is_null())
    throw InputError(folder.string(), "holds the results of another configuration", "",
                     "choose another --out or remove it; nothing was written");
  if (!has_checkpoints && std::filesystem::exists(folder, failed) &&
      !std::filesystem::is_empty(folder, failed))
    throw InputError(folder.string(), "the output folder holds no finished run, and no checkpoint of one", "",
                     "choose another --out or remove it");
  return false;
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
  const auto header = newest_header(checkpoint_folder(folder_of(cell), 0));
  if (!header) return std::nullopt;
  return Json::parse(header->description)["record"]["every"].get<double>();
}

void check_same_run(const CheckpointHeader& header, const std::string& place, const Json& config,
                    bool other_stop_time) {
  const bool live = header.operations.has_value();
  const nlohmann::json theirs = identity(Json::parse(header.description), live, other_stop_time),
                       ours = identity(config, live, other_stop_time);
  if (theirs == ours) return;
  const nlohmann::json difference = nlohmann::json::diff(theirs, ours);
  const std::string field = difference[0]["path"].get<std::string>();
  const bool only_time = difference.size() == 1 && field == "/stop/time";
  throw InputError(place, "the checkpoint is of another configuration", field,
                   only_time ? "--extend T goes on to another stop.time"
                             : "choose another --out or remove it; nothing was written");
}

}  // namespace acidsim
