// What tells one cell from another: its resolved configuration and the contents of the files that it names.
#pragma once

#include <string>
#include <vector>

#include "sim/app/registry/field.hpp"

namespace acidsim {

// What says which run a configuration is: how often it is repeated and saved, and by whom, does not matter, nor how
// workers of live runs meet where it is simulated, nor what a tuned field was before. Fields that an earlier version did
// not have had their defaults.
nlohmann::json identity(const Json& config, bool live, bool other_stop_time = false);

// SHA-256 of a description: identity and "inputs", the digests of its files.
std::string cell_address(const Json& description, bool live);

// The files among the inputs of two descriptions whose contents differ; of a description without any, nothing is known.
std::vector<std::string> changed_inputs(const Json& theirs, const Json& ours);

}  // namespace acidsim
