// Rows of the registry from those that were added.
#pragma once

#include "sim/app/registry/registry.hpp"
#include "sim/experiment/extension.hpp"

namespace acidsim {

ObjectiveRow row_of(const OwnObjective& own);
FamilyRow row_of(const OwnTopology& own);
Choice<TimingModel> row_of(const OwnTiming& own);

// What an objective that learns has in its object, and what it says.
std::vector<Field> learning_fields();
RegressionSettings learning_settings(const Node& objective, double l2);

}  // namespace acidsim
