// Plug-ins: shared libraries with rows of their own (plugin_entry.hpp), loaded while the program runs.
#pragma once

#include <filesystem>
#include <string>

#include "sim/experiment/extension.hpp"

namespace acidsim {

struct Plugin {
  std::string name;    // of the file, without its folder
  std::string digest;  // SHA-256 of the file
  Extension rows;      // which it brings; their functions live as long as the program
};

// Throws InputError, which begins with the file, where there is none, where it is no plug-in of acidsim, where it was built
// for another acidsim or with another compiler, and where its function throws.
Plugin load_plugin(const std::filesystem::path& file);

}  // namespace acidsim
