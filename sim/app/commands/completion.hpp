// Completion of the command line in a shell.
#pragma once

#include <CLI/CLI.hpp>
#include <string>

namespace acidsim {

// A script for bash: commands and flags as the parser has them, names from the registry.
std::string bash_completion(const CLI::App& app);

}  // namespace acidsim
