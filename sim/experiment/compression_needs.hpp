// What compression asks of an experiment. Checks throw InputError where it is not there.
#pragma once

#include "sim/experiment/plan.hpp"

namespace acidsim {

// That the method's messages can be compressed, where the experiment says so.
void check_compression(const Plan& plan);

// Workers tell of changes since a model that all have, and must have one at the start.
bool tells_changes(const Plan& plan);

// Adds a notice where what is lost is fed back, and may be more than what was to be told.
void remark_on_contraction(Plan& plan);

}  // namespace acidsim
