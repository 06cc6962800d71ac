// Result folders: written beside their place and renamed into it, so that they appear whole or not at all.
#pragma once

#include <filesystem>

namespace acidsim {

// A folder under construction. It takes its place at commit(); destroyed before that, it leaves nothing
// behind.
class PendingFolder {
 public:
  // Throws InputError if `target` cannot be created or is there already with something in it, unless that may
  // be replaced: then the caller holds it (CheckpointLock), and what a killed run left beside it is cleared
  // away.
  explicit PendingFolder(std::filesystem::path target, bool may_replace = false);
  ~PendingFolder();
  PendingFolder(const PendingFolder&) = delete;
  PendingFolder& operator=(const PendingFolder&) = delete;

  const std::filesystem::path& path() const { return pending_; }
  // Puts the folder in its place. A folder with checkpoints that is there already is swapped with it atomically
  // (RENAME_EXCHANGE). Where the system cannot do that, or `may_exchange` is false, the files are replaced one by
  // one: run.json is deleted first and written last, so that a folder with run.json is always complete. Files
  // that are not the program's own stay in either case.
  void commit(bool may_exchange = true);

 private:
  void replace_files();

  std::filesystem::path target_, pending_;
  bool committed_ = false;
};

// Ends a commit of results over an older folder that was killed half-way, where there is one: further files of
// the older folder are kept.
void finish_commit(const std::filesystem::path& target);

}  // namespace acidsim
