// What the configuration asks to be tuned, checked and complete.
#pragma once

#include "sim/app/registry/field.hpp"

namespace acidsim {

// Checks `tune` of a configuration that has its defaults, and fills in what depends on other fields: metric and target.
// Throws InputError.
void settle_tuning(Json& config);

// The same of `repeats`, where it is a rule.
void check_repeat_rule(const Json& config);

}  // namespace acidsim
