// Whether a row says what it should about itself.
#pragma once

#include "sim/app/registry/registry.hpp"

namespace acidsim {

// What is wrong with its words and parameters, a phrase each: summaries and explanations are phrases of one line, names are
// given once and are not those of fields that all rows of the kind have, defaults are what their fields allow.
std::vector<std::string> problems_of(const Row& row, Kind kind);
// Of one field and those in it; `of`: its name in the phrases.
std::vector<std::string> problems_of(const Field& field, const std::string& of);

}  // namespace acidsim
