// From a JSON file to resolved configurations: one, or one per cell of a sweep.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/app/json/cell.hpp"

namespace acidsim {

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
