// From a resolved configuration to the experiment that it describes: the one place that reads its fields.
#pragma once

#include "sim/app/json/configuration.hpp"
#include "sim/app/registry/node.hpp"
#include "sim/experiment/experiment.hpp"

namespace acidsim {

// Throws InputError, with the configuration's place.
Experiment bind(const Configuration& configuration, const Cell& cell);

// The section `topology` alone.
TopologySource bind_topology(const Node& topology);

}  // namespace acidsim
