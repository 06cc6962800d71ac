// The fields of a configuration. Parameters of named things are in the registry's rows.
#pragma once

#include "sim/app/registry/field.hpp"

namespace acidsim {

const Field& configuration_grammar();

}  // namespace acidsim
