// The cells of a configuration: its experiments, and what its sweep varies in each.
#pragma once

#include <string>
#include <vector>

#include "sim/app/json/cell.hpp"

namespace acidsim {

struct ExpandedCells {
  std::vector<std::string> fields;  // that any cell varies, in order of appearance
  std::vector<Cell> cells;          // not resolved: each holds what is given for it
};

// Whether the source stands for several cells.
bool has_cells(const Json& source);

// The cells of a source that has_cells(), with distinct names that can be those of folders:
//   "sweep": {path: axis, "path, path": [[value, value], …], "grid": block(s), "zip": block(s), "exclude": [{path: value}]}
//   axis = [value, …] | {"values": […]} | {"range": [from, to, count]} | {"log_range": […]}, each with "when" if wanted
//   block = {path: axis, …, "when": {path: value(s)}}: a grid's axes are crossed, a zip's vary together
//   "experiments": {name: overrides}, each with its own "sweep" or else the file's
// Axes are crossed in their order, the last one fastest. An axis varies in those cells where its "when" holds. Throws
// InputError.
ExpandedCells expand_cells(const Json& source);

// Whether a setting of this dotted field would have no effect, since a sweep or an experiment gives it; then what does.
std::string varied_by(const Json& source, const std::string& field);

}  // namespace acidsim
