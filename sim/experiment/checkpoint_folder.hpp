// Where the checkpoints of an experiment are: RESULTS/checkpoint/repeat_R/NUMBER.checkpoint, the last two of
// each repeat, and end.checkpoint with its result.
#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <vector>

#include "sim/experiment/checkpoint.hpp"

namespace acidsim {

std::filesystem::path checkpoint_folder(const std::filesystem::path& results);
std::filesystem::path checkpoint_folder(const std::filesystem::path& results, int repeat);
// Where the states that a repeat has recorded so far are kept beside its checkpoints.
std::filesystem::path kept_states(const std::filesystem::path& repeat_folder);

// The checkpoints of one repeat in its folder, that of the end and then the newest first; empty where there
// is no folder.
std::vector<std::filesystem::path> checkpoints_in(const std::filesystem::path& folder);
// The header of the newest one whose header is whole; nothing where none is. Throws InputError for another
// format version.
std::optional<CheckpointHeader> newest_header(const std::filesystem::path& folder);

// Holds RESULTS/checkpoint for one run at a time, for as long as it lives.
class CheckpointLock {
 public:
  // Makes the folder where it is not there, and clears away what a killed run left in it. Throws InputError
  // where that cannot be, or where another run holds it.
  explicit CheckpointLock(const std::filesystem::path& results);
  // Takes away the folders that hold no checkpoint.
  ~CheckpointLock();
  CheckpointLock(const CheckpointLock&) = delete;
  CheckpointLock& operator=(const CheckpointLock&) = delete;

 private:
  std::filesystem::path results_;
  bool made_;  // the folder of results was not there before
  Descriptor folder_;
};

// Puts a further checkpoint of one repeat into its folder, and takes away all but the last two and that of
// the end. `fill` writes the body.
void add_checkpoint(const std::filesystem::path& folder, const CheckpointHeader& header,
                    const std::function<void(CheckpointWriter&)>& fill);

// The newest checkpoint of the folder that is whole and whose header `accept` takes: `read` is called with
// it, and again with the one before it where it turns out to be damaged, which `notice` is told. Does nothing
// where there is none at all. Throws InputError where those that are there are damaged.
void read_newest(const std::filesystem::path& folder,
                 const std::function<bool(const CheckpointHeader&)>& accept,
                 const std::function<void(CheckpointReader&)>& read,
                 const std::function<void(const std::string&)>& notice);

}  // namespace acidsim
