// A sweep as it is written: axes with their values and conditions, and combinations that are left out.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "sim/app/registry/field.hpp"

namespace acidsim {

// A field has one of these values.
struct Condition {
  std::string place, field;
  std::vector<Json> values;
};

struct Axis {
  std::string place;  // in the configuration, for messages
  std::vector<std::string> fields;
  std::vector<std::vector<Json>> values;  // per position, one value per field
  std::vector<Condition> when;            // the axis is there where all hold
  bool generated = false;                 // its values are numbers of a range

  bool only_objects(std::size_t field) const;
};

struct Sweep {
  std::vector<Axis> axes;
  std::vector<std::vector<Condition>> excluded;  // cells where all conditions of one hold are left out
};

// Throws InputError for whatever is malformed.
Sweep read_sweep(const Json& sweep);

// The values of {"range": [from, to, count]} or {"log_range": …}: evenly spaced, both ends included, on a linear or a
// logarithmic scale. Integers where the ends are integers and all values are whole. Throws InputError.
std::vector<Json> range_values(const Json& range, bool logarithmic, const std::string& place);

// The nearest number of so many decimal digits.
double rounded(double value, int digits);

}  // namespace acidsim
