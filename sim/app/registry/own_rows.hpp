// Rows that a program or a plug-in adds to the registry, beside those that acidsim has.
#pragma once

#include <string>

#include "sim/experiment/extension.hpp"

namespace acidsim {

// As add_rows(), which it calls; refuses names that configurations know already, too. From now on list, help, schema,
// validation and completion know the rows.
void add_to_registry(Extension extension, const std::string& origin = "");

}  // namespace acidsim
