#include "sim/app/output/pending_folder.hpp"

#include <fmt/format.h>

#include <stdexcept>
#include <vector>

#include "sim/core/error.hpp"
#include "sim/system/durable_file.hpp"

namespace acidsim {

namespace {

namespace fs = std::filesystem;

fs::path named(const fs::path& target) {
  const fs::path whole = fs::absolute(target).lexically_normal();
  return whole.has_filename() ? whole : whole.parent_path();
}

// Complete results within `folder` that are still to move up.
fs::path complete_within(const fs::path& folder) { return folder / ".complete"; }

// Moves the files of complete results into their folder, run.json last. Can be repeated, and another may do the same.
void move_up(const fs::path& complete, const fs::path& folder) {
  fs::remove(folder / "run.json");
  sync_to_disk(folder);
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(complete))
    if (entry.path().filename() != "run.json") files.push_back(entry.path());
  const auto move = [&](const fs::path& file) {
    std::error_code failed;
    fs::rename(file, folder / file.filename(), failed);
    if (failed && fs::exists(file)) throw fs::filesystem_error("cannot be moved", file, folder, failed);
  };
  for (const fs::path& file : files) move(file);
  sync_to_disk(folder);
  move(complete / "run.json");
  sync_to_disk(folder);
  fs::remove(complete);
}

}  // namespace

fs::path followed(fs::path folder) {
  std::error_code failed;
  for (int links = 0; links < 40 && fs::is_symlink(folder, failed) && !fs::exists(folder, failed); ++links)
    folder = folder.parent_path() / fs::read_symlink(folder);
  return folder;
}

bool holds_something(const fs::path& folder) {
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    if (const std::string name = entry->path().filename().string();
        !name.starts_with(".") && name != "lost+found")
      return true;
  return false;
}

void finish_commit(const fs::path& target) {
  const fs::path folder = named(target), complete = complete_within(folder);
  std::error_code failed;
  if (fs::exists(complete / "run.json", failed)) move_up(complete, folder);
  fs::remove(complete, failed);
}

PendingFolder::PendingFolder(const fs::path& target, bool may_replace)
    : target_(named(target)), within_(fs::exists(target_)), may_replace_(may_replace) {
  std::error_code failed;
  if (within_) {
    if (!fs::is_directory(target_))
      throw InputError(target.string(), "is a file, not a folder", "", "choose another --out");
    if (!may_replace && holds_something(target_))
      throw InputError(target.string(), "the output folder is there already and not empty", "",
                       "choose another --out, or remove it; nothing was written");
    pending_ = target_ / fmt::format(".{}", may_replace ? "pending" : process_name());
    fs::remove_all(pending_, failed);
    failed.clear();
  } else {
    pending_ = target_.parent_path() / fmt::format(".{}.{}", target_.filename().string(), process_name());
  }
  fs::create_directories(pending_, failed);
  if (failed)
    throw InputError(target.string(),
                     within_ ? "the output folder cannot be written to" : "the output folder cannot be made",
                     failed.message(), "choose another --out");
}

PendingFolder::~PendingFolder() {
  std::error_code ignored;
  if (!committed_) fs::remove_all(pending_, ignored);
}

void PendingFolder::commit() {
  for (const auto& entry : fs::directory_iterator(pending_)) sync_to_disk(entry.path());
  sync_to_disk(pending_);
  committed_ = true;  // from here on it stays, under one name or the other
  std::error_code failed;
  if (!within_) {
    fs::rename(pending_, target_, failed);
    if (failed) keep_aside(target_.string() + fmt::format(".{}", process_name()), failed);
    sync_to_disk(target_.parent_path());
    return;
  }
  const fs::path aside = target_ / process_name(), complete = complete_within(target_);
  if (!may_replace_ && holds_something(target_))
    keep_aside(aside, std::make_error_code(std::errc::directory_not_empty));
  fs::rename(pending_, complete, failed);
  if (failed) keep_aside(aside, failed);
  sync_to_disk(target_);
  move_up(complete, target_);
}

void PendingFolder::keep_aside(const fs::path& aside, const std::error_code& failed) {
  const bool occupied = failed == std::errc::directory_not_empty || failed == std::errc::file_exists ||
                        failed == std::errc::not_a_directory;
  std::error_code lost;
  fs::rename(pending_, aside, lost);
  throw std::runtime_error(fmt::format(
      "{}: {} ({}); these results are in {}", target_.string(),
      occupied ? "something else was put there during the run" : "the results cannot be put there",
      failed.message(), (lost ? pending_ : aside).string()));
}

}  // namespace acidsim
