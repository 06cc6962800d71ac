#include "sim/app/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <stdexcept>

namespace acidsim {

void sync_to_disk(const std::filesystem::path& path) {
  if (const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC)); file >= 0) ::fsync(file);
}

void refuse_to_write(const std::filesystem::path& file) {
  throw std::runtime_error(
      fmt::format("{}: cannot be written (disk full, or no permission?)", file.string()));
}

}  // namespace acidsim
