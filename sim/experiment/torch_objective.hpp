// Networks of LibTorch as what an experiment minimises.
#pragma once

#include <string>

#include "sim/experiment/sources.hpp"
#include "sim/torch/torch_network.hpp"

namespace acidsim {

// As network_objective(), in single precision. The network is made or read when the objective is first made.
ObjectiveSource torch_objective(std::string name, TorchChoice network, NetworkLoss loss,
                                RegressionSettings settings);

// Whether the objective of this name is computed by LibTorch.
inline bool uses_torch(const std::string& objective) { return objective.starts_with("torch"); }

}  // namespace acidsim
