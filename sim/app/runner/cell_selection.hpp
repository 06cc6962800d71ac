// Which cells of a configuration are to be run, given what their result folders hold already.
#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "sim/app/json/configuration.hpp"
#include "sim/app/output/input_files.hpp"
#include "sim/app/runner/run_options.hpp"
#include "sim/experiment/checkpoint.hpp"

namespace acidsim {

// The configuration with another stop.time. Throws InputError where that would change what happens before.
Configuration extended(Configuration configuration, double time);

// Throws InputError, with `place`, unless a checkpoint is of a run of this description: configuration and "inputs" (but for the cadence
// of checkpoints, for what is said to backends, and for stop.time where it may differ).
void check_same_run(const CheckpointHeader& header, const std::string& place, const Json& description,
                    bool other_stop_time);

class CellSelection {
 public:
  // All must outlive it. `out`: the folder of results.
  CellSelection(Configuration& configuration, const RunOptions& options, std::filesystem::path out,
                InputFiles& inputs)
      : configuration_(configuration), options_(options), out_(std::move(out)), inputs_(inputs) {}

  // The cells that have no finished results yet, or stale ones, or too few repeats. A cell that is finished under another
  // name in the same sweep takes that name. Throws InputError for a folder that holds something else, and for a run that
  // cannot be extended.
  std::vector<Cell*> to_do();
  // Those that are finished but that their rule for repeats asks more of.
  std::vector<Cell*> short_of_repeats();
  // SHA-256 of what the cell is, its files included.
  std::string address_of(const Cell& cell);
  std::size_t asked_for() const;  // cells, finished ones too
  bool all_finished() const;      // of the whole sweep
  // Of those to do: its results in a sweep are of files that have changed since.
  bool is_stale(const Cell& cell) const { return stale_.contains(&cell); }
  // Of those to do: so many repeats are there already, and more are wanted.
  std::size_t finished_repeats(const Cell& cell) const;
  std::size_t wanted_repeats(const Cell& cell) const;  // in all, before its rule looks again
  void expect_repeats(const Cell& cell, std::size_t there, std::size_t wanted);  // as another rank found them
  std::filesystem::path folder_of(const Cell& cell) const;
  // An automatic cadence stays what it was when the run began, should a new stop.time ask for another one: the
  // one of the cell's checkpoints, where there are any.
  std::optional<double> cadence_before(const Cell& cell) const;

 private:
  void find_places();
  bool is_done(Cell& cell);
  bool wants_more_repeats(const Cell& cell, const Json& made_from);
  void check_extension(const Cell& cell, const std::filesystem::path& folder, bool is_finished) const;

  Configuration& configuration_;
  const RunOptions& options_;
  std::filesystem::path out_;
  InputFiles& inputs_;
  std::set<const Cell*> stale_;
  struct Repeats {
    std::size_t there, wanted;
  };
  std::map<const Cell*, Repeats> repeats_;
};

}  // namespace acidsim
