// The files that configurations name, as part of what a run is.
#pragma once

#include <filesystem>

#include "sim/app/registry/field.hpp"
#include "sim/system/memo.hpp"

namespace acidsim {

class InputFiles {
 public:
  // `directory`: relative paths are from there.
  explicit InputFiles(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // {path: SHA-256} of the files that a resolved configuration names, under the paths that it gives them; of a folder,
  // those in it. What is no regular file (a pipe) can be read once only and is left out. Each file is read once,
  // however many ask. Also the plug-ins whose rows it chooses.
  Json digests(Json config);

 private:
  std::filesystem::path directory_;
  Memo<std::string> digests_;
};

}  // namespace acidsim
