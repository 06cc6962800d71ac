// Fields of a configuration by their dotted names, as --set and sweeps write them: "topology.workers".
#pragma once

#include <string>
#include <vector>

#include "sim/app/registry/field.hpp"

namespace acidsim {

// The parts between the separators, without the blanks around them.
std::vector<std::string> split_on(const std::string& text, char separator);

// Throws InputError(place, …) for a name that is too long to be one.
void refuse_long_field(const std::string& field, const std::string& place);

// Sets the dotted `field` of `config`, making objects on the way. Throws InputError(place, …).
void set_field(Json& config, const std::string& field, const Json& value, const std::string& place);

// The value of the dotted field; null pointer where it is not there.
const Json* value_at(const Json& config, const std::string& field);

// Takes the dotted field out of the configuration, where it is there.
void erase_field(Json& config, const std::string& field);

// What the grammar says of the dotted field in a configuration with these variants; null pointer where it knows none.
const Field* field_at(const Json& config, const std::string& field);

}  // namespace acidsim
