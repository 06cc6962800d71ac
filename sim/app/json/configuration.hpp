// From a JSON file to resolved configurations: one, or one per cell of a sweep.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sim/app/registry/field.hpp"

namespace acidsim {

// One experiment to run. `config` is complete: every default filled in, no sweep.
struct Cell {
  std::string name;  // "field=value,field=value", its folder; empty where there is no sweep
  std::vector<std::pair<std::string, Json>> values;  // of the swept fields
  Json config;
  std::string address = {};  // SHA-256 of all that says which run it is; empty until it is known
  Json tuning = nullptr;  // how values of `config` were found; null where none was tuned
};

struct Configuration {
  std::filesystem::path file;
  std::string name;
  Json source;  // as in the file, with --set applied
  bool is_sweep = false;
  std::vector<std::string> fields;  // swept fields, dotted
  std::vector<Cell> cells;          // at least one
  std::filesystem::path directory;  // that relative paths start from

  // The start of a message's place: "ring.json: ", with the cell where there are several.
  std::string place(const Cell& cell) const;
};

// Reads, applies "path=value" settings (value = JSON, or else a string), expands the sweep and checks every
// cell. A run.json stands for the experiment that it holds, with the paths of that. Throws InputError.
Configuration load_configuration(const std::filesystem::path& file, const std::vector<std::string>& settings);

// The same from a JSON value; `file` is its name in messages and gives the folder of relative paths.
Configuration make_configuration(const std::filesystem::path& file, Json source,
                                 const std::vector<std::string>& settings = {});

// The key of a run.json under which the folder is that the paths of its configuration start from, relative to the
// folder of the run.json itself.
inline constexpr const char* directory_key = "config_directory";

// A file's text as JSON; comments are allowed, keys given twice are not. Throws InputError.
Json read_json(const std::filesystem::path& file);

}  // namespace acidsim
