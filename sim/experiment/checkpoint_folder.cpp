#include "sim/experiment/checkpoint_folder.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <limits>

#include "sim/core/error.hpp"

namespace acidsim {
namespace {

namespace fs = std::filesystem;

const std::string extension = ".checkpoint";
constexpr std::size_t kept = 2;
constexpr std::uint64_t end_number = std::numeric_limits<std::uint64_t>::max();

// 0: none.
std::uint64_t number_of(const fs::path& file) {
  if (file.stem() == "end") return end_number;
  const std::string stem = file.stem().string();
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(stem.data(), stem.data() + stem.size(), number);
  return error == std::errc() && end == stem.data() + stem.size() ? number : 0;
}

}  // namespace

fs::path checkpoint_folder(const fs::path& results) { return results / "checkpoint"; }

fs::path checkpoint_folder(const fs::path& results, int repeat) {
  return checkpoint_folder(results) / fmt::format("repeat_{}", repeat);
}

fs::path kept_states(const fs::path& repeat_folder) { return repeat_folder / "states"; }

std::vector<fs::path> checkpoints_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code failed;
  for (fs::directory_iterator entry(folder, failed), end; !failed && entry != end; entry.increment(failed))
    if (entry->path().extension() == extension && number_of(entry->path()) > 0)
      files.push_back(entry->path());
  std::sort(files.begin(), files.end(),
            [](const fs::path& a, const fs::path& b) { return number_of(a) > number_of(b); });
  return files;
}

std::optional<CheckpointHeader> newest_header(const fs::path& folder) {
  for (const fs::path& file : checkpoints_in(folder)) {
    try {
      return CheckpointReader(file).header();
    } catch (const DamagedCheckpoint&) {  // said when it is read
    }
  }
  return std::nullopt;
}

CheckpointLock::CheckpointLock(const fs::path& results)
    : results_(results), made_(!fs::exists(results)), folder_([&] {
        const fs::path folder = checkpoint_folder(results);
        std::error_code failed;
        fs::create_directories(folder, failed);
        if (failed)
          throw InputError(folder.string(), "the folder for checkpoints cannot be made", failed.message(),
                           "choose another --out");
        return ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
      }()) {
  const fs::path folder = checkpoint_folder(results);
  if (::flock(folder_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw InputError(folder.string(), "another run is writing its checkpoints here", "",
                     "wait for it, or choose another --out");
  sync_to_disk(results);
  sync_to_disk(fs::absolute(results).lexically_normal().parent_path());
  for (const auto& repeat : fs::directory_iterator(folder)) {
    if (!repeat.is_directory()) continue;
    std::vector<fs::path> halves;
    for (const auto& entry : fs::directory_iterator(repeat.path()))
      if (entry.path().filename().string().starts_with(".")) halves.push_back(entry.path());
    for (const fs::path& half : halves) fs::remove(half);
  }
}

CheckpointLock::~CheckpointLock() {
  std::error_code ignored;
  const fs::path folder = checkpoint_folder(results_);
  std::vector<fs::path> repeats;
  for (fs::directory_iterator entry(folder, ignored), end; !ignored && entry != end; entry.increment(ignored))
    repeats.push_back(entry->path());
  for (const fs::path& repeat : repeats)
    if (fs::is_directory(repeat, ignored)) {
      if (checkpoints_in(repeat).empty()) fs::remove(kept_states(repeat), ignored);
      fs::remove(repeat, ignored);  // none that holds something
    }
  fs::remove(folder, ignored);
  if (made_) fs::remove(results_, ignored);
}

void add_checkpoint(const fs::path& folder, const CheckpointHeader& header,
                    const std::function<void(CheckpointWriter&)>& fill) {
  std::error_code failed;
  if (fs::create_directories(folder, failed)) sync_to_disk(folder.parent_path());
  std::vector<fs::path> before = checkpoints_in(folder);
  std::erase_if(before, [](const fs::path& file) { return number_of(file) == end_number; });
  const std::uint64_t number = before.empty() ? 1 : number_of(before[0]) + 1;
  CheckpointWriter writer(
      folder / (header.end ? "end" + extension : fmt::format("{:06}{}", number, extension)), header);
  fill(writer);
  writer.commit();
  for (std::size_t k = kept - 1; !header.end && k < before.size(); ++k) fs::remove(before[k], failed);
}

void read_newest(const fs::path& folder, const std::function<bool(const CheckpointHeader&)>& accept,
                 const std::function<void(CheckpointReader&)>& read,
                 const std::function<void(const std::string&)>& notice) {
  std::string damage;
  for (const fs::path& file : checkpoints_in(folder)) {
    if (!damage.empty() && notice) notice(damage + "; the one before it is taken");
    try {
      CheckpointReader reader(file);
      if (accept(reader.header())) return read(reader);
    } catch (const DamagedCheckpoint& error) {
      damage = error.what();
    }
  }
  if (!damage.empty())
    throw InputError(folder.string(), "holds no checkpoint that is whole", damage,
                     "remove the folder of results to start over; nothing was written");
}

}  // namespace acidsim
