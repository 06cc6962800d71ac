#include "sim/app/output/pending_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <unistd.h>

#include <stdexcept>

#include "sim/app/output/files.hpp"
#include "sim/app/output/states_file.hpp"
#include "sim/core/error.hpp"
#include "sim/system/durable_file.hpp"

namespace acidsim {

namespace {

std::filesystem::path named(const std::filesystem::path& target) {
  const std::filesystem::path whole = std::filesystem::absolute(target).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

std::filesystem::path beside(const std::filesystem::path& target, const std::string& ending) {
  return target.parent_path() / fmt::format(".{}.{}", target.filename().string(), ending);
}

// What others put beside the results, say figures.
void move_further_files(const std::filesystem::path& from, const std::filesystem::path& to) {
  std::error_code failed;
  for (const auto& entry : std::filesystem::directory_iterator(from)) {
    const std::string name = entry.path().filename().string();
    const bool ours = name == "run.json" || name == "checkpoint" || name == "metrics.csv" ||
                      name == communication_file || name == worker_file || name == states_file ||
                      name.starts_with("events");
    if (!ours) std::filesystem::rename(entry.path(), to / name, failed);
  }
}

}  // namespace

void finish_commit(const std::filesystem::path& target) {
  const std::filesystem::path folder = named(target), pending = beside(folder, "pending");
  std::error_code failed;
  if (!std::filesystem::exists(folder / "run.json", failed) ||
      !std::filesystem::is_directory(pending, failed))
    return;
  move_further_files(pending, folder);
  std::filesystem::remove_all(pending, failed);
}

PendingFolder::PendingFolder(std::filesystem::path target, bool may_replace) : target_(named(target)) {
  std::error_code failed;
  if (std::filesystem::exists(target_, failed)) {
    if (!std::filesystem::is_directory(target_))
      throw InputError(target.string(), "is a file, not a folder", "", "choose another --out");
    if (!may_replace && (!std::filesystem::is_empty(target_, failed) || failed))
      throw InputError(target.string(), "the output folder is there already and not empty", "",
                       "choose another --out, or remove it; nothing was written");
  }
  pending_ = beside(target_, may_replace ? "pending" : process_name());
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
    return move_further_files(pending_, target_);  // what else was there goes with the pending folder
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
