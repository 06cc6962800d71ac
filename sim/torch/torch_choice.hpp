// Which network of LibTorch an objective takes.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "sim/core/types.hpp"

namespace acidsim {

// One of the plug-in's, or one in a file.
struct TorchChoice {
  std::string preset = {};          // "resnet18" or "resnet50"; empty: `file`
  std::filesystem::path file = {};  // TorchScript
  std::vector<Index> input = {};    // shape of a sample; empty: that of the data

  bool is_file() const { return preset.empty(); }
};

// Whether the objective of this name is computed by LibTorch.
inline bool uses_torch(const std::string& objective) { return objective.starts_with("torch"); }

}  // namespace acidsim
