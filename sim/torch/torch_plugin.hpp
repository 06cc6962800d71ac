// Finding and loading libacidsim_torch.so, which holds LibTorch. Nothing of it is in memory before somebody asks.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/torch/plugin_interface.hpp"

namespace acidsim {

// Loaded at the first call; thread-safe. Looks at the environment variable ACIDSIM_TORCH_PLUGIN, beside the program, and
// in ../lib/acidsim from there. Throws InputError where it is not there or cannot be loaded.
const TorchInterface& torch_plugin();

// Versions, the BLAS and what the processor is taken for, as (name, value): what bits depend on. Empty as long as nothing
// is loaded.
std::vector<std::pair<std::string, std::string>> torch_facts();

// What slows down, in a sentence; else empty.
std::string torch_warning();

}  // namespace acidsim
