// What `explain` says that theory predicts.
#pragma once

#include "sim/experiment/plan.hpp"

namespace acidsim {

// Prints rates, limits, the largest stable step and the gain of A²CiD² over gossip, where exact theory has them within some
// seconds. `step_known`: the largest stable step is told by a closed form.
void print_theory(const Plan& plan, Resources& resources, bool step_known);

}  // namespace acidsim
