#include "sim/app/output/pending_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <stdexcept>

#include "sim/app/output/files.hpp"
#include "sim/core/error.hpp"
#include "sim/system/durable_file.hpp"

namespace acidsim {

PendingFolder::PendingFolder(std::filesystem::path target, bool may_replace)
    : target_(std::filesystem::absolute(target).lexically_normal()) {
  if (!target_.has_filename()) target_ = target_.parent_path();
  std::error_code failed;
  if (std::filesystem::exists(target_, failed)) {
    if (!std::filesystem::is_directory(target_))
      throw InputError(target.string(), "is a file, not a folder", "", "choose another --out");
    if (!may_replace && (!std::filesystem::is_empty(target_, failed) || failed))
      throw InputError(target.string(), "the output folder is there already and not empty", "",
                       "choose another --out, or remove it; nothing was written");
  }
  pending_ = target_.parent_path() /
             fmt::format(".{}.{}", target_.filename().string(), may_replace ? "pending" : process_name());
  if (may_replace) std::filesystem::remove_all(pending_, failed);
  std::filesystem::create_directories(pending_, failed);
  if (failed)
    throw InputError(target.string(), "the output folder cannot be made", failed.message(),
                     "choose another --out");
}

PendingFolder::~PendingFolder() {
  std::error_code ignored;
  if (!committed_) std::filesystem::remove_all(pending_, ignored);
}

void PendingFolder::commit(bool may_exchange) {
  for (const auto& entry : std::filesystem::directory_iterator(pending_)) sync_to_disk(entry.path());
  sync_to_disk(pending_);
  std::error_code failed;
  if (std::filesystem::exists(target_ / "checkpoint", failed)) {
    if (!may_exchange ||
        ::renameat2(AT_FDCWD, pending_.c_str(), AT_FDCWD, target_.c_str(), RENAME_EXCHANGE) != 0)
      return replace_files();
    sync_to_disk(target_.parent_path());
    return keep_further_files();  // what else was there is taken away with the pending folder
  }
  committed_ = true;  // from here on it stays, under one name or the other
  std::filesystem::rename(pending_, target_, failed);
  if (failed) {
    const std::filesystem::path beside = target_.string() + fmt::format(".{}", process_name());
    std::filesystem::rename(pending_, beside);
    throw std::runtime_error(
        fmt::format("{}: something else was put there during the run ({}); these results are in {}",
                    target_.string(), failed.message(), beside.string()));
  }
  sync_to_disk(target_.parent_path());
}

// What others put there beside the results, say figures.
void PendingFolder::keep_further_files() {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(pending_)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name == "run.json" || name == "checkpoint" || name == "metrics.csv" ||
                      name == communication_file || name == worker_file || name.starts_with("events");
    if (!ours) std::filesystem::rename(entry.path(), target_ / name, failed);
  }
}

// A folder with checkpoints and without run.json is an unfinished run: it can go on until run.json is there.
void PendingFolder::replace_files() {
  std::filesystem::remove(target_ / "run.json");
  sync_to_disk(target_);
  for (const auto& entry : std::filesystem::directory_iterator(pending_))
    if (!entry.is_directory() && entry.path().filename() != "run.json")
      std::filesystem::rename(entry.path(), target_ / entry.path().filename());
  sync_to_disk(target_);
  std::filesystem::rename(pending_ / "run.json", target_ / "run.json");
  sync_to_disk(target_);
}

}  // namespace acidsim
