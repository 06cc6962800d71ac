// Result folders: written under a hidden name and put in their place at once, so that results appear whole or not at all.
#pragma once

#include <filesystem>

namespace acidsim {

// A folder under construction. It takes its place at commit(); destroyed before that, it leaves nothing
// behind.
//
// A folder that is not there yet is written beside its place and renamed. One that is there stays the same folder: it may
// be a mount point, somebody's working folder, or lie where nothing can be written beside it. Results are then made in a
// hidden folder within it, which gets the name of a finished one when it is complete; then its files move up, run.json
// last. So a folder with run.json is always complete, and a move that was cut short can be ended: finish_commit().
class PendingFolder {
 public:
  // Throws InputError if it cannot be created or is there already with
  // something in it, unless that may be replaced: then the caller holds it (CheckpointLock), and what a killed run left
  // in it is cleared away.
  explicit PendingFolder(const std::filesystem::path& target, bool may_replace = false);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;

  const std::filesystem::path& path() const { return pending_; }
  // Puts the folder in its place. Files of the same names are replaced, others stay.
  void commit();

 private:
  [[noreturn]] void keep_aside(const std::filesystem::path& aside, const std::error_code& failed);

  std::filesystem::path target_, pending_;
  bool within_, may_replace_, committed_ = false;
};

// The folder that is meant, where a symbolic link leads to one that is not there yet.
std::filesystem::path followed(std::filesystem::path folder);

// Whether a folder has entries; hidden ones are on their way, and a file system's own do not count.
bool holds_something(const std::filesystem::path& folder);

// Ends a commit into `target` that was cut short, where there is one.
void finish_commit(const std::filesystem::path& target);

}  // namespace acidsim
