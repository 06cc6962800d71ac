// What the files of a result folder are written from.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/app/json/configuration.hpp"
#include "sim/experiment/plan.hpp"
#include "sim/experiment/run_data.hpp"

namespace acidsim {

// A cell whose repeats are done, and what ran them.
struct FinishedCell {
  const Cell& cell;
  const Plan& plan;
  const std::vector<RepeatResult>& repeats;
  const Json& inputs;  // SHA-256 of each file that the configuration names
  std::string backend;
  int threads;
  const std::filesystem::path& place;  // of the finished folder
  // The first repeats are those of results that are there already, and so are their rows in the tables of counts.
  std::size_t kept;
  const Json& repeating;  // what its rule for repeats says of them; null where they are a number
};

}  // namespace acidsim
