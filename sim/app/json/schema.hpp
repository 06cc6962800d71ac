// The JSON Schema of configurations, for editors.
#pragma once

#include "sim/app/registry/field.hpp"

namespace acidsim {

// JSON Schema (draft 7) of the field, with the registry's names and parameters.
Json schema_of(const Field& field);
// What it refers to: the schemas under "definitions".
Json shared_schemas(const Field& field);

// The JSON Schema (draft 7) of experiments, from the registry.
Json configuration_schema();

}  // namespace acidsim
