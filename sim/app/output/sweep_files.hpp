// What a sweep leaves beside the folders of its cells: sweep.json and the tidy metrics.csv.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "sim/app/json/configuration.hpp"

namespace acidsim {

// Why cells failed, by name; empty: they no longer have.
using CellFailures = std::map<std::string, std::string>;

// sweep.json: fields, cells with values, address, the repeats asked for and what they failed of, the configuration as given. Failures
// of other cells that an earlier run noted are kept. Several processes may do so at the same time.
void write_sweep(const std::filesystem::path& folder, const Configuration& configuration,
                 const CellFailures& failures);

// The tidy metrics.csv over all cells, from the cells' own tables; a column per swept field, empty where a cell does not
// vary it.
void write_sweep_metrics(const std::filesystem::path& folder, const Configuration& configuration);

// One cell as `acidsim cells` shows it.
struct CellState {
  std::string name, address;
  Json values;        // swept field → value
  std::string state;  // finished, partial, failed, missing
  std::string detail;
};
// Of all cells of the sweep in a folder. Throws InputError where there is none.
std::vector<CellState> cell_states(const std::filesystem::path& folder);

}  // namespace acidsim
