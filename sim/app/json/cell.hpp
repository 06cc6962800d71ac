// One of the experiments that a file stands for.
#pragma once

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
  Json tuning = nullptr;     // how values of `config` were found; null where none was tuned
};

}  // namespace acidsim
