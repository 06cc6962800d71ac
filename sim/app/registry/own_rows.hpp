// Rows that a program or a plug-in adds to the registry, beside those that acidsim has.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "sim/app/registry/field.hpp"
#include "sim/experiment/extension.hpp"

namespace acidsim {

// As add_rows(), which it calls; refuses names that configurations know already, too. From now on list, help, schema,
// validation and completion know the rows.
void add_to_registry(Extension extension, const std::string& origin = "");

// Loads a plug-in (experiment/plugin.hpp), adds its rows, and tells their names.
std::vector<std::pair<RowKind, std::string>> add_plugin(const std::filesystem::path& file);

// The plug-ins whose rows a configuration chooses, as {"plugin NAME": SHA-256 of the file}.
Json plugins_of(const Json& config);

}  // namespace acidsim
