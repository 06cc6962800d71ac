// What the command line asks of a run.
#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "sim/app/output/progress.hpp"
#include "sim/app/registry/registry.hpp"
#include "sim/mpi/world.hpp"

namespace acidsim {

// Part `index` of `count` of a sweep's cells: every count-th, so that costly neighbours are shared out.
struct CellPart {
  std::size_t index = 0, count = 1;
};

// "K/N", K from 1 to N. Throws InputError.
CellPart parse_cell_part(const std::string& text);

struct RunOptions {
  std::filesystem::path out;  // empty: results/<name>
  int threads = 0;            // 0: all cores
  int jobs = 0;               // cells at once; 0: as many as there are threads for. With openmp: runs at once
  CellPart cells;
  Backend backend = Backend::serial;
  MpiWorld* world = nullptr;  // for the backend mpi: whose ranks call run_experiment together
  MpiWorld* farm = nullptr;   // whose ranks each do a part of a sweep's cells, by themselves
  bool fail_fast = false;     // stop at the first cell that fails
  bool verify = false;  // mpi: carry out every run serially too, and compare the state after every event
  bool resume = false;
  std::optional<double> extend = {};  // a stop.time beyond that of the run in `out`
  bool quiet = false;
  bool summary = true;            // tells on standard output what came out
  ShowProgress on_progress = {};  // gets the progress, in place of standard error
  bool dry_run = false;
};

}  // namespace acidsim
