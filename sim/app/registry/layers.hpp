// Layers of neural networks as a configuration lists them.
#pragma once

#include "sim/app/registry/node.hpp"
#include "sim/networks/architecture.hpp"

namespace acidsim {

// The list under this key of the node. Throws InputError.
Architecture layers_of(const Node& node, const std::string& key);

// One line on how layers are written, for the help.
extern const char* const layers_help;

}  // namespace acidsim
