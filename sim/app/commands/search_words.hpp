// What `explain` says of numbers that a run finds by itself: how many repeats, and the values of tuned fields.
#pragma once

#include <string>
#include <vector>

#include "sim/app/registry/field.hpp"

namespace acidsim {

// "5 repeat(s)", or the rule.
std::string repeats_in_words(const Json& config);

// A line for each field that `tune` of a complete configuration names.
std::vector<std::string> tuning_in_words(const Json& config);

}  // namespace acidsim
